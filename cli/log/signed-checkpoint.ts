import { openCheckpoint, parseCheckpoint, type Checkpoint } from '../../ledger/checkpoint/checkpoint.ts';
import { parseVerifierKey, type VerifierKey } from '../../ledger/checkpoint/key.ts';
import { parseNote } from '../../ledger/checkpoint/note.ts';
import { utf8Decode } from '../../ledger/canonical/bytes.ts';
import { LedgerError } from '../../ledger/errors.ts';
import type { Primitives } from '../../ledger/types.ts';
import { LogFault } from './log-fault.ts';
import type { LogSource } from './log-source.ts';

/** A checkpoint whose signature holds, and by which key. */
export interface SignedCheckpoint {
  readonly note: string;
  readonly checkpoint: Checkpoint;
  readonly key: VerifierKey;
  /** Whether the key was given, or is only what the log says of itself. */
  readonly isPinned: boolean;
  /** Names of the witnesses among the given keys whose cosignature holds. */
  readonly witnesses: readonly string[];
}

/** Verifies a checkpoint against given keys, or where there are none against the log's own claim (`key`). @throws LogFault */
export async function verifyCheckpoint(
  note: string,
  pinned: readonly VerifierKey[],
  source: LogSource,
  primitives: Primitives,
): Promise<SignedCheckpoint> {
  const keys = pinned.length > 0 ? pinned : [await claimedKey(source, primitives)];
  const opening = asFault('checkpoint', () => openCheckpoint(note, keys, primitives));
  if (opening.kind === 'rejected') {
    const why =
      opening.reason === 'bad_signature'
        ? `the signature of ${opening.key?.name ?? 'a known key'} does not verify`
        : `it is not signed by the log key ${keys.map((key) => `${key.name}+${key.keyId}`).join(' or ')}`;
    throw new LogFault('checkpoint', why);
  }
  const witnesses = opening.cosignatures.map((one) => one.key.name);
  return { note, checkpoint: opening.checkpoint, key: opening.logKey, isPinned: pinned.length > 0, witnesses };
}

/** What the log says of itself. @throws LogFault */
export async function claimedKey(source: LogSource, primitives: Primitives): Promise<VerifierKey> {
  const bytes = await source.read('key');
  if (bytes === undefined) throw new LogFault('key', 'the log does not say its key: give it with --key');
  return asFault('key', () => parseVerifierKey(primitives.sha256, utf8Decode(bytes).trim()));
}

/** A note as text. @throws LogFault where it is none */
export function readNote(path: string, bytes: Uint8Array): { note: string; checkpoint: Checkpoint } {
  return asFault(path, () => {
    const note = utf8Decode(bytes);
    return { note, checkpoint: parseCheckpoint(parseNote(note).text) };
  });
}

function asFault<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof LedgerError) throw new LogFault(path, thrown.message);
    throw thrown;
  }
}
