/** A transaction of the chaincode that appended leaf hashes, as far as its content goes. @module */
import { equalBytes } from '../../canonical/bytes.ts';
import { LedgerError } from '../../errors.ts';
import { CompactRange } from '../../merkle/compact-range.ts';
import { decodeFrontier } from '../../merkle/frontier.ts';
import { HASH_SIZE } from '../../merkle/hash.ts';
import type { Sha256 } from '../../types.ts';
import { type EndorsedResult, unfit } from './endorsed-result.ts';
import type { KVWrite } from './fabric-messages.generated.ts';
import { checkpointKey, readCheckpointAnswer, textOf } from './signed-read.ts';

/** One `appendLeaves(log, start, leaves)`, and the checkpoint that came of it. */
export interface Append {
  readonly log: string;
  readonly start: number;
  /** Leaf hashes, 32 bytes each. */
  readonly leaves: readonly Uint8Array[];
  readonly size: number;
  readonly root: Uint8Array;
}

const CANONICAL_DECIMAL = /^(0|[1-9][0-9]{0,15})$/;

function positionOf(text: string): number {
  const position = CANONICAL_DECIMAL.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(position)) throw unfit('The start of the append is not a position.');
  return position;
}

function splitLeaves(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length === 0 || bytes.length % HASH_SIZE !== 0) throw unfit('The leaves of the append are not hashes.');
  return Array.from({ length: bytes.length / HASH_SIZE }, (_, i) => bytes.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE));
}

/**
 * Decodes an append and holds its arguments, its answer and its writes against each other: start + number of leaves =
 * size, and exactly the frontier (which folds to the root), the checkpoint (which is the root) and, at the first append,
 * the owner are written.
 *
 * That the leaves lead from the frontier before to the one after is what the endorsing peers computed.
 *
 * @throws LedgerError `verify_unusable` with the reason
 */
export function readAppend(sha256: Sha256, result: EndorsedResult): Append {
  const [name, logBytes, startBytes, leafBytes, ...more] = result.args;
  if (name === undefined || textOf(name) !== 'appendLeaves' || more.length > 0) {
    throw unfit('The transaction is not an append.');
  }
  if (logBytes === undefined || startBytes === undefined || leafBytes === undefined) {
    throw unfit('The append lacks an argument.');
  }
  const log = textOf(logBytes);
  const start = positionOf(textOf(startBytes));
  const leaves = splitLeaves(leafBytes);
  const { size, root } = readCheckpointAnswer(result.response);
  if (start + leaves.length !== size) throw unfit('Start and number of the leaves do not lead to the size.');
  checkWrites(sha256, result.writes, { log, start, leaves, size, root });
  return { log, start, leaves, size, root };
}

function checkWrites(sha256: Sha256, writes: readonly KVWrite[], { log, start, size, root }: Append): void {
  const keys = [checkpointKey(log, size), `${log}/frontier`, ...(start === 0 ? [`${log}/owner`] : [])];
  const written = new Map(writes.map(({ key, isDelete, value }) => [key, isDelete ? new Uint8Array(0) : value]));
  if (writes.length !== keys.length || !keys.every((key) => written.has(key))) {
    throw unfit('The append does not write exactly the checkpoint and the frontier of its log.');
  }
  const [checkpoint, frontier] = keys.map((key) => written.get(key) ?? new Uint8Array(0));
  if (checkpoint === undefined || !equalBytes(checkpoint, root)) {
    throw unfit('The checkpoint that the append writes is not the root that it answered with.');
  }
  if (frontier === undefined || !foldsTo(sha256, frontier, size, root)) {
    throw unfit('The frontier that the append writes does not fold to the root that it answered with.');
  }
}

/** Whether the frontier is of the tree of `size` entries under `root`. */
function foldsTo(sha256: Sha256, frontier: Uint8Array, size: number, root: Uint8Array): boolean {
  try {
    const range = CompactRange.fromFrontier(sha256, decodeFrontier(frontier));
    return range.size === size && equalBytes(range.root(), root);
  } catch (error) {
    if (error instanceof LedgerError) return false;
    throw error;
  }
}
