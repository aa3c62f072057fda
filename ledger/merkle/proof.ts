/**
 * Proof generation (RFC 6962 §2.1.1, §2.1.2) from the hashes of perfect subtrees. A proof hash is the root of a range
 * of entries; each range is a fold of perfect subtrees, which is what tiles hold. The functions that only list nodes let a
 * store fetch tiles first and then prove without waiting.
 *
 * @module
 */
import { LedgerError } from '../errors.ts';
import type { ConsistencyProof, InclusionProof, Sha256 } from '../types.ts';
import { emptyRoot, hashNode } from './hash.ts';

/** Perfect subtree over the entries `[index * 2^level, (index + 1) * 2^level)`. Level 0 are the leaf hashes. */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/** Hash of a perfect subtree that the tree holds. Throws if it does not have it. */
export type NodeSource = (level: number, index: number) => Uint8Array;

/** Entries `[start, end)`; `start` is a multiple of the range's largest power of two. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** Largest power of two not above `n` (n >= 1). `Math.log2` rounds near 2^53, hence the correction. */
function floorPowerOfTwo(n: number): number {
  let power = 2 ** Math.floor(Math.log2(n));
  if (power > n) power /= 2;
  return power;
}

/** RFC 6962 §2.1: the largest power of two smaller than `n` (n >= 2). */
function splitPoint(n: number): number {
  const power = floorPowerOfTwo(n);
  return power === n ? power / 2 : power;
}

function requireSize(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new LedgerError('invalid_query', `${what} must be an integer from 0 to 2^53-1.`);
}

/** The perfect subtrees of a range, largest first. */
function nodesOfRange({ start, end }: Range): NodeId[] {
  const nodes: NodeId[] = [];
  let at = start;
  while (at < end) {
    const width = floorPowerOfTwo(end - at);
    nodes.push({ level: Math.round(Math.log2(width)), index: at / width });
    at += width;
  }
  return nodes;
}

function rootOfRange(sha256: Sha256, range: Range, nodes: NodeSource): Uint8Array {
  let root: Uint8Array | undefined;
  for (const { level, index } of nodesOfRange(range).reverse()) {
    const hash = nodes(level, index);
    root = root === undefined ? hash : hashNode(sha256, hash, root);
  }
  return root ?? emptyRoot(sha256);
}

function inclusionRanges(index: number, size: number): Range[] {
  requireSize(size, 'size');
  requireSize(index, 'index');
  if (index >= size) throw new LedgerError('not_in_log', 'index must be below size.');
  const ranges: Range[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.reverse();
}

function consistencyRanges(from: number, to: number): Range[] {
  requireSize(from, 'from');
  requireSize(to, 'to');
  if (from === 0 || from > to) throw new LedgerError('invalid_query', 'from must be at least 1 and at most to.');
  const ranges: Range[] = [];
  let start = 0;
  let end = to;
  // RFC 6962 §2.1.2 SUBPROOF: walk to the subtree that ends exactly at `from`.
  while (end !== from) {
    const middle = start + splitPoint(end - start);
    if (from <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  if (start !== 0) ranges.push({ start, end });
  return ranges.reverse();
}

/** The nodes that {@link inclusionProof} asks for. */
export function inclusionNodes(index: number, size: number): NodeId[] {
  return inclusionRanges(index, size).flatMap(nodesOfRange);
}

/** The nodes that {@link consistencyProof} asks for. */
export function consistencyNodes(from: number, to: number): NodeId[] {
  return consistencyRanges(from, to).flatMap(nodesOfRange);
}

/** The nodes that {@link rootOf} asks for. */
export function rootNodes(size: number): NodeId[] {
  requireSize(size, 'size');
  return nodesOfRange({ start: 0, end: size });
}

/**
 * Proof that the entry at `index` is in the tree of `size` entries (RFC 6962 §2.1.1).
 * @throws LedgerError `not_in_log` unless index < size
 */
export function inclusionProof(sha256: Sha256, index: number, size: number, nodes: NodeSource): InclusionProof {
  const hashes = inclusionRanges(index, size).map((range) => rootOfRange(sha256, range, nodes));
  return { index, size, hashes };
}

/**
 * Proof that the tree of `to` entries extends that of `from` (RFC 6962 §2.1.2).
 * @throws LedgerError `invalid_query` unless 1 <= from <= to
 */
export function consistencyProof(sha256: Sha256, from: number, to: number, nodes: NodeSource): ConsistencyProof {
  const hashes = consistencyRanges(from, to).map((range) => rootOfRange(sha256, range, nodes));
  return { from, to, hashes };
}

/** Root of the tree of `size` entries; {@link emptyRoot} for none. */
export function rootOf(sha256: Sha256, size: number, nodes: NodeSource): Uint8Array {
  requireSize(size, 'size');
  return rootOfRange(sha256, { start: 0, end: size }, nodes);
}
