/**
 * Whether the database's head is the log that this service signed before (invariants 3 and 11): run at start, after every
 * lost connection, whenever another instance moved the head, and on a timer.
 *
 * @module
 */
import { equalBytes } from '../canonical/bytes.ts';
import { openCheckpoint, type Checkpoint } from '../checkpoint/checkpoint.ts';
import { formatVerifierKey, type VerifierKey } from '../checkpoint/key.ts';
import { FatalLedgerError } from '../errors.ts';
import type { TileNodes } from '../merkle/tile-nodes.ts';
import type { Head } from '../store/log-store.ts';
import type { Primitives } from '../types.ts';

export interface HeadCheckDeps {
  readonly key: VerifierKey;
  readonly primitives: Primitives;
  readonly tiles: TileNodes;
}

/** Opens a note of our own; `undefined` if it is not one. */
export function openOwnNote({ key, primitives }: HeadCheckDeps, note: string): Checkpoint | undefined {
  try {
    const opening = openCheckpoint(note, [key], primitives);
    return opening.kind === 'opened' && opening.checkpoint.origin === key.name ? opening.checkpoint : undefined;
  } catch {
    return undefined; // not a note at all: a torn slot, or another file
  }
}

function checkIdentity({ key }: HeadCheckDeps, head: Head): void {
  if (head.origin !== key.name) {
    throw new FatalLedgerError('other_log', `the database holds the log "${head.origin}", not "${key.name}"`);
  }
  if (head.vkey !== formatVerifierKey(key)) {
    throw new FatalLedgerError('key_changed', 'the log was signed with another key than the one in the key file');
  }
}

function checkNote(deps: HeadCheckDeps, head: Head): void {
  const checkpoint = openOwnNote(deps, head.note);
  if (checkpoint?.size !== head.size || !equalBytes(checkpoint.root, head.root)) {
    throw new FatalLedgerError(
      'head_corrupt',
      `the head row at size ${head.size} does not carry our signature over its root`,
    );
  }
}

/**
 * Checks the head against the newest checkpoint that we know of.
 *
 * @param head what the database says
 * @param known a checkpoint of ours: in memory, or from the watermark file
 * @throws FatalLedgerError
 */
export async function checkHead(
  deps: HeadCheckDeps,
  head: Head | undefined,
  known: Checkpoint | undefined,
): Promise<void> {
  if (head === undefined) {
    if (known === undefined || known.size === 0) return;
    throw new FatalLedgerError(
      'database_older_than_checkpoint',
      `the database is empty, but a checkpoint of size ${known.size} was signed`,
    );
  }
  checkIdentity(deps, head);
  checkNote(deps, head);
  if (known === undefined) return;
  if (head.size < known.size) {
    const message = `the database holds ${head.size} entries, but a checkpoint of size ${known.size} was signed: it was restored from an older backup`;
    throw new FatalLedgerError('database_older_than_checkpoint', message);
  }
  if (!equalBytes(await deps.tiles.rootAt(known.size), known.root)) {
    throw new FatalLedgerError(
      'forked_head',
      `the database's tree of ${known.size} entries is not the one that was signed`,
    );
  }
}
