/** C2SP tlog-witness: the body of `POST <prefix>/add-checkpoint` and its answer. @module */
import { decodeBase64, encodeBase64 } from '../canonical/base64.ts';
import { LedgerError } from '../errors.ts';
import { HASH_SIZE } from '../merkle/hash.ts';
import { parseDecimal } from './checkpoint.ts';
import type { NoteSignature } from './key.ts';
import { parseSignatureLine } from './note.ts';

/** C2SP tlog-witness: at most 63 consistency hashes. */
const MAX_PROOF_HASHES = 63;

export interface AddCheckpointRequest {
  /** The size that the witness cosigned last; 0 with an empty proof if none. */
  readonly oldSize: number;
  /** Consistency proof from `oldSize` to the checkpoint. */
  readonly proof: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: string;
}

function unusable(reason: string): LedgerError {
  return new LedgerError('verify_unusable', `Not a usable witness message: ${reason}.`);
}

/** `old <size>`, one proof hash a line, an empty line, the checkpoint. */
export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpointRequest): string {
  if (!Number.isSafeInteger(oldSize) || oldSize < 0 || proof.length > MAX_PROOF_HASHES) {
    throw new LedgerError('invalid_value', 'The old size or the number of proof hashes is out of range.');
  }
  return `old ${oldSize}\n${proof.map((hash) => `${encodeBase64(hash)}\n`).join('')}\n${checkpoint}`;
}

/** Proof hashes, one base64 line each. @throws LedgerError `verify_unusable` */
export function parseHashLines(lines: readonly string[]): Uint8Array[] {
  if (lines.length > MAX_PROOF_HASHES) throw unusable('it has too many proof hashes');
  return lines.map((line) => {
    const hash = decodeBase64(line);
    if (hash?.length !== HASH_SIZE) throw unusable('a proof hash is not base64 of 32 bytes');
    return hash;
  });
}

/**
 * Reads a request body (attacker-controlled); the checkpoint is not looked into.
 * @throws LedgerError `verify_unusable`
 */
export function parseAddCheckpoint(body: string): AddCheckpointRequest {
  const end = body.indexOf('\n\n');
  if (end === -1) throw unusable('no empty line before the checkpoint');
  const [first = '', ...hashLines] = body.slice(0, end).split('\n');
  const oldSize = first.startsWith('old ') ? parseDecimal(first.slice(4)) : undefined;
  if (oldSize === undefined) throw unusable('it does not start with "old <size>"');
  return { oldSize, proof: parseHashLines(hashLines), checkpoint: body.slice(end + 2) };
}

/**
 * Reads the answer to a request: one cosignature line or more, nothing else (attacker-controlled; not verified here).
 * @throws LedgerError `verify_unusable`
 */
export function parseCosignatureLines(body: string): NoteSignature[] {
  if (!body.endsWith('\n') || body.length > 20_000) throw unusable('the answer is not signature lines');
  return body.slice(0, -1).split('\n').map(parseSignatureLine);
}
