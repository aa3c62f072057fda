/**
 * event -> canonical bytes -> commitment -> entry -> leaf hash, the bytes that the log keeps (DESIGN.md §2). Pure but
 * for small caches of digests: clock and salt are passed in.
 *
 * @module
 */
import { hash } from 'node:crypto';
import { encodeBase64 } from '../canonical/base64.ts';
import { LedgerError } from '../errors.ts';
import { EVENT_TYPES, type Envelope, type EventType, type RecordedEnvelope } from '../types.ts';
import { writeEnvelope, type EnvelopeText } from './canonical-envelope.ts';
import { commitTo } from './commitment.ts';
import { MAX_ENTRY_BYTES, MAX_ENVELOPE_BYTES } from './limits.ts';
import { schemaDigest } from './schemas/index.ts';
import { uuidToBytes } from './uuid.ts';

/** An event ready to be sealed and sequenced. */
export interface PreparedEvent {
  readonly id: string;
  readonly type: EventType;
  /** The id, 16 bytes. */
  readonly idBytes: Uint8Array;
  readonly envelope: RecordedEnvelope;
  /** RFC 8785 UTF-8 of the recorded envelope: what the commitment commits to. */
  readonly canonicalEnvelope: Uint8Array;
  /** 32 bytes. */
  readonly salt: Uint8Array;
  /** HMAC-SHA-256(salt, canonicalEnvelope), 32 bytes. */
  readonly commitment: Uint8Array;
  /** RFC 8785 UTF-8 of the {@link Entry}. */
  readonly entry: Uint8Array;
  /** SHA-256(0x00 ‖ entry), 32 bytes (RFC 6962 §2.1). */
  readonly leafHash: Uint8Array;
}

const LEAF_PREFIX = 0x00;

/** The end of an entry, by type: all that follows `refs`. */
const ENTRY_END: ReadonlyMap<EventType, string> = new Map(
  EVENT_TYPES.map((type) => {
    const schema = encodeBase64(schemaDigest(type, (data) => hash('sha256', data, 'buffer')));
    return [type, `"schema":"${schema}","type":"${type}","v":1}`];
  }),
);

/** Models seen last, so that a busy log does not hash the same name and version for every event. */
const MODEL_CACHE_SIZE = 256;
const modelDigests = new Map<string, string>();

/** Base64 SHA-256 of the canonical model member. */
function modelDigest(canonicalModel: string): string {
  const known = modelDigests.get(canonicalModel);
  if (known !== undefined) return known;
  const [oldest] = modelDigests.keys();
  if (modelDigests.size >= MODEL_CACHE_SIZE && oldest !== undefined) modelDigests.delete(oldest);
  const digest = hash('sha256', canonicalModel, 'base64');
  modelDigests.set(canonicalModel, digest);
  return digest;
}

/** The canonical text of the entry, in member order: commitment, id, model, refs, schema, type, v. */
function entryText(type: EventType, { id, model, refs }: EnvelopeText, commitment: Uint8Array): string {
  const modelPart = model === undefined ? '' : `"model":"${modelDigest(model)}",`;
  const refsPart = refs === undefined ? '' : `"refs":${refs},`;
  return `{"commitment":"${encodeBase64(commitment)}","id":${id},${modelPart}${refsPart}${ENTRY_END.get(type) ?? ''}`;
}

/** Prefix and entry in one buffer: the entry is hashed where it lies, without a copy. */
function leafOf(text: string): Buffer {
  const leaf = Buffer.allocUnsafe(1 + text.length);
  leaf[0] = LEAF_PREFIX;
  // Ids, digests and our own names: one byte per character.
  leaf.write(text, 1, 'latin1');
  return leaf;
}

/**
 * @param envelope from {@link createEnvelopeValidator}
 * @param recordedAt the server's time, RFC 3339 UTC with milliseconds
 * @param salt 32 fresh random bytes, used for this event alone
 * @param maxBytes of the canonical envelope
 * @throws LedgerError `json_too_large` if the canonical envelope is over `maxBytes`, `entry_too_large`,
 *   `json_lone_surrogate` and `invalid_value` for an envelope that was not validated
 */
export function prepareEvent(
  envelope: Envelope,
  recordedAt: string,
  salt: Uint8Array,
  maxBytes = MAX_ENVELOPE_BYTES,
): PreparedEvent {
  const written = writeEnvelope(envelope, recordedAt);
  const { message: canonicalEnvelope, commitment } = commitTo(salt, written.text);
  if (canonicalEnvelope.length > maxBytes) {
    const message = `An event may have at most ${maxBytes / 1024} KiB; keep large content elsewhere and post its digest.`;
    throw new LedgerError('json_too_large', message);
  }
  const text = entryText(envelope.type, written, commitment);
  if (text.length > MAX_ENTRY_BYTES) throw new LedgerError('entry_too_large', 'The entry is over 65,535 bytes.');
  const leaf = leafOf(text);
  return {
    id: envelope.id,
    type: envelope.type,
    idBytes: uuidToBytes(envelope.id),
    envelope: { ...envelope, recordedAt },
    canonicalEnvelope,
    salt,
    commitment,
    entry: leaf.subarray(1),
    leafHash: Buffer.from(hash('sha256', leaf, 'binary'), 'latin1'),
  };
}
