/** C2SP tlog-checkpoint: the signed statement of a log's size and root. @module */
import { decodeBase64, encodeBase64 } from '../canonical/base64.ts';
import { LedgerError } from '../errors.ts';
import { HASH_SIZE } from '../merkle/hash.ts';
import type { Primitives } from '../types.ts';
import { ED25519_TYPE, isKeyName, type NoteSignature, type NoteSigner, type VerifierKey } from './key.ts';
import { openNote, parseNote, signNote, type VerifiedSignature } from './note.ts';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Extension lines; NOT RECOMMENDED by C2SP and never written by this log. */
  readonly extensions?: readonly string[];
}

/** A checkpoint whose log signature verified. */
export interface OpenedCheckpoint {
  readonly kind: 'opened';
  readonly checkpoint: Checkpoint;
  /** The signed text. */
  readonly text: string;
  readonly logKey: VerifierKey;
  /** The witnesses among the known keys whose cosignature verified. */
  readonly cosignatures: readonly VerifiedSignature[];
  readonly unknown: readonly NoteSignature[];
}

export type CheckpointRejection =
  /** A line of a known key does not verify. */
  | 'bad_signature'
  /** No line of a known log key whose name is the origin. */
  | 'no_log_signature';

export type CheckpointOpening =
  OpenedCheckpoint | { readonly kind: 'rejected'; readonly reason: CheckpointRejection; readonly key?: VerifierKey };

function unusable(reason: string): LedgerError {
  return new LedgerError('verify_unusable', `Not a usable checkpoint: ${reason}.`);
}

/** ASCII decimal without leading zeros, at most 2^53-1; `undefined` otherwise. */
export function parseDecimal(text: string): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/**
 * The text that the log signs.
 * @throws LedgerError `invalid_value` on an origin that is no key name, a root that is not 32 bytes, an impossible size
 */
export function formatCheckpoint({ origin, size, root, extensions = [] }: Checkpoint): string {
  const isValid = isKeyName(origin) && Number.isSafeInteger(size) && size >= 0 && root.length === HASH_SIZE;
  if (!isValid || extensions.some((line) => line === '' || line.includes('\n'))) {
    throw new LedgerError('invalid_value', 'A checkpoint needs an origin without spaces, a size and a 32-byte root.');
  }
  return [origin, size, encodeBase64(root), ...extensions, ''].join('\n');
}

/**
 * Reads a checkpoint text without signatures (attacker-controlled), strict in every byte.
 * @throws LedgerError `verify_unusable`
 */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith('\n')) throw unusable('the last line does not end');
  const [origin, sizeLine, rootLine, ...extensions] = text.slice(0, -1).split('\n');
  const size = parseDecimal(sizeLine ?? '');
  const root = decodeBase64(rootLine ?? '');
  if (!origin) throw unusable('the origin is empty');
  if (size === undefined) throw unusable('the size is not a decimal number below 2^53');
  if (root?.length !== HASH_SIZE) throw unusable('the root is not base64 of 32 bytes');
  if (extensions.includes('')) throw unusable('it has an empty line');
  return extensions.length === 0 ? { origin, size, root } : { origin, size, root, extensions };
}

/** Signs a checkpoint; the signer's key name must be the origin. Ed25519 is deterministic: same input, same note. */
export function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): string {
  if (signer.key.name !== checkpoint.origin) throw new LedgerError('invalid_value', 'The key name must be the origin.');
  return signNote(formatCheckpoint(checkpoint), signer);
}

/**
 * Reads a signed checkpoint and verifies it against known keys: log keys (type Ed25519) and witnesses
 * (cosignature/v1). It is opened only if a known log key whose name is the origin signed it, and no line of any known key
 * fails.
 *
 * @throws LedgerError `verify_unusable` if it is malformed
 */
export function openCheckpoint(note: string, keys: readonly VerifierKey[], primitives: Primitives): CheckpointOpening {
  const parsed = parseNote(note);
  const checkpoint = parseCheckpoint(parsed.text);
  const opening = openNote(parsed, keys, primitives);
  if (opening.kind === 'rejected') {
    if (opening.reason === 'no_known_signature') return { kind: 'rejected', reason: 'no_log_signature' };
    return { kind: 'rejected', reason: 'bad_signature', ...(opening.key && { key: opening.key }) };
  }
  const logKey = opening.verified.find(({ key }) => key.type === ED25519_TYPE && key.name === checkpoint.origin)?.key;
  if (logKey === undefined) return { kind: 'rejected', reason: 'no_log_signature' };
  const cosignatures = opening.verified.filter(({ cosignature }) => cosignature !== undefined);
  return { kind: 'opened', checkpoint, text: opening.text, logKey, cosignatures, unknown: opening.unknown };
}
