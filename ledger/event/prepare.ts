/**
 * event -> canonical bytes -> commitment -> entry -> leaf hash, the bytes that the log keeps (DESIGN.md §2). Pure but
 * for small caches of digests: clock and salt are passed in.
 *
 * @module
 */
import { hash } from 'node:crypto';
import { canonicalize } from '../canonical/jcs.ts';
import { LedgerError } from '../errors.ts';
import {
  EVENT_TYPES,
  type Envelope,
  type EventType,
  type JsonValue,
  type ModelRef,
  type RecordedEnvelope,
} from '../types.ts';
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
/** `{"commitment":"` with what follows for each type, so that an entry is four concatenations. */
const AFTER_REFS: ReadonlyMap<EventType, string> = new Map(
  EVENT_TYPES.map((type) => {
    const schema = Buffer.from(schemaDigest(type, (data) => hash('sha256', data, 'buffer'))).toString('base64');
    return [type, `"schema":"${schema}","type":"${type}","v":1}`];
  }),
);

/** Models seen last, so that a busy log does not hash the same three strings for every event. */
const MODEL_CACHE_SIZE = 256;
const modelDigests = new Map<string, string>();

/** Base64 SHA-256 of the canonical model member. */
function modelDigest(model: ModelRef): string {
  const canonical = canonicalize(model as unknown as JsonValue);
  const known = modelDigests.get(canonical);
  if (known !== undefined) return known;
  if (modelDigests.size >= MODEL_CACHE_SIZE) modelDigests.delete(modelDigests.keys().next().value ?? '');
  const digest = hash('sha256', canonical, 'base64');
  modelDigests.set(canonical, digest);
  return digest;
}

/**
 * The canonical text of the entry, written in member order: commitment, id, model, refs, schema, type, v. Every value
 * is base64, a UUID or a name of ours, so nothing needs escaping.
 */
function entryText(envelope: Envelope, commitment: string): string {
  const { id, type, model, refs } = envelope;
  const modelPart = model === undefined ? '' : `"model":"${modelDigest(model)}",`;
  const refsPart = refs === undefined || refs.length === 0 ? '' : `"refs":["${refs.join('","')}"],`;
  return `{"commitment":"${commitment}","id":"${id}",${modelPart}${refsPart}${AFTER_REFS.get(type) ?? ''}`;
}

/**
 * @param envelope from {@link createEnvelopeValidator}
 * @param recordedAt the server's time, RFC 3339 UTC with milliseconds
 * @param salt 32 fresh random bytes, used for this event alone
 * @throws LedgerError `json_too_large` if the canonical envelope is over 256 KiB, `json_lone_surrogate`, `entry_too_large`
 */
export function prepareEvent(envelope: Envelope, recordedAt: string, salt: Uint8Array): PreparedEvent {
  const recorded: RecordedEnvelope = { ...envelope, recordedAt };
  const canonicalEnvelope = Buffer.from(canonicalize(recorded as unknown as JsonValue), 'utf8');
  if (canonicalEnvelope.length > MAX_ENVELOPE_BYTES) {
    throw new LedgerError(
      'json_too_large',
      'An event may have at most 256 KiB; keep large content elsewhere and post its digest.',
    );
  }
  const commitment = commitTo(salt, canonicalEnvelope);
  const text = entryText(
    envelope,
    Buffer.from(commitment.buffer, commitment.byteOffset, commitment.length).toString('base64'),
  );
  // The entry is ASCII. It is hashed where it lies, behind the prefix, without a copy.
  const leaf = Buffer.allocUnsafe(1 + text.length);
  leaf[0] = LEAF_PREFIX;
  leaf.write(text, 1, 'latin1');
  const entry = leaf.subarray(1);
  if (entry.length > MAX_ENTRY_BYTES)
    throw new LedgerError('entry_too_large', 'The entry is over 65,535 bytes; give fewer refs.');
  return {
    id: envelope.id,
    type: envelope.type,
    idBytes: uuidToBytes(envelope.id),
    envelope: recorded,
    canonicalEnvelope,
    salt,
    commitment,
    entry,
    leafHash: hash('sha256', leaf, 'buffer'),
  };
}
