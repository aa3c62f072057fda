/** Who signed the checkpoint, and is that a key that the verifier pinned? @module */
import { type CheckpointOpening, openCheckpoint, parseCheckpoint, type Checkpoint } from '../checkpoint/checkpoint.ts';
import {
  COSIGNATURE_TYPE,
  ED25519_TYPE,
  formatVerifierKey,
  parseVerifierKey,
  type VerifierKey,
} from '../checkpoint/key.ts';
import { parseNote } from '../checkpoint/note.ts';
import { LedgerError } from '../errors.ts';
import type { Primitives } from '../types.ts';

/** Keys that the verifier was given, not the file. */
export interface PinnedKeys {
  readonly logs: readonly VerifierKey[];
  readonly witnesses: readonly VerifierKey[];
}

export type CheckpointCheck =
  | { readonly kind: 'signed'; readonly opening: CheckpointOpening & { kind: 'opened' }; readonly isPinned: boolean }
  /** No key to verify with: the file carries none and none was pinned. */
  | { readonly kind: 'unsigned'; readonly checkpoint: Checkpoint }
  /** `checkpoint` where it could be read: the checks that follow are still worth making. */
  | { readonly kind: 'fault'; readonly reason: string; readonly checkpoint?: Checkpoint };

/** @throws LedgerError `verify_unusable` if a key that was pinned is none */
export function readPinnedKeys(primitives: Primitives, vkeys: readonly string[]): PinnedKeys {
  const keys = vkeys.map((vkey) => parseVerifierKey(primitives.sha256, vkey));
  return {
    logs: keys.filter(({ type }) => type === ED25519_TYPE),
    witnesses: keys.filter(({ type }) => type === COSIGNATURE_TYPE),
  };
}

function messageOf(error: unknown): string {
  if (error instanceof LedgerError) return error.message;
  throw error;
}

function readCheckpoint(note: string): Checkpoint | LedgerError {
  try {
    return parseCheckpoint(parseNote(note).text);
  } catch (error) {
    if (error instanceof LedgerError) return error;
    throw error;
  }
}

/** The key that the file names as the log's; `undefined` if the format carries none. */
function readClaimedKey(primitives: Primitives, claimed: string | undefined): VerifierKey | undefined | string {
  if (claimed === undefined) return undefined;
  try {
    return parseVerifierKey(primitives.sha256, claimed);
  } catch (error) {
    return messageOf(error);
  }
}

function rejection(opening: CheckpointOpening & { kind: 'rejected' }): string {
  if (opening.reason === 'no_log_signature') return 'The checkpoint is not signed by the key of the log it names.';
  return `The signature of ${opening.key?.name ?? 'a known key'} on the checkpoint does not verify.`;
}

/**
 * Verifies the signed checkpoint (attacker-controlled). With pinned log keys only those count, and a key that the file
 * claims has to be one of them; without, the claimed key shows that file and signature fit together, and no more.
 */
export function checkCheckpoint(
  primitives: Primitives,
  note: string,
  claimedKey: string | undefined,
  pinned: PinnedKeys,
): CheckpointCheck {
  const checkpoint = readCheckpoint(note);
  if (checkpoint instanceof LedgerError) return { kind: 'fault', reason: checkpoint.message };
  const claimed = readClaimedKey(primitives, claimedKey);
  if (typeof claimed === 'string') return { kind: 'fault', reason: claimed, checkpoint };
  const isPinned = pinned.logs.length > 0;
  if (isPinned && claimed !== undefined && !includesKey(pinned.logs, claimed)) {
    const reason = `The file names ${claimed.name} (${claimed.keyId}) as the log's key, which is not the key you pinned.`;
    return { kind: 'fault', reason, checkpoint };
  }
  const logs = claimed === undefined ? pinned.logs : [claimed];
  if (logs.length === 0) return { kind: 'unsigned', checkpoint };
  const opening = openCheckpoint(note, [...logs, ...pinned.witnesses], primitives);
  if (opening.kind === 'rejected') return { kind: 'fault', reason: rejection(opening), checkpoint };
  return { kind: 'signed', opening, isPinned };
}

function includesKey(keys: readonly VerifierKey[], key: VerifierKey): boolean {
  const text = formatVerifierKey(key);
  return keys.some((other) => formatVerifierKey(other) === text);
}
