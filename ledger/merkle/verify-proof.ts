/**
 * Verification of inclusion and consistency proofs (RFC 9162 §2.1.3.2 and §2.1.4.2, whose trees are those of
 * RFC 6962). Every proof is attacker-controlled: sizes are range-checked, hashes must be 32 bytes, and a proof that is
 * too short or too long is refused. Sizes go to 2^53-1, so positions are halved, never shifted (bitwise operators
 * work on 32 bits).
 *
 * @module
 */
import { equalBytes } from '../canonical/bytes.ts';
import type { ConsistencyProof, InclusionProof, Sha256 } from '../types.ts';
import { emptyRoot, HASH_SIZE, hashNode } from './hash.ts';

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === HASH_SIZE);
}

/**
 * On which side of the path from `position` each sibling stands, leaf to root. `last` is the last position of that
 * level. The last node of a level that is not complete has no sibling there.
 */
function siblingSides(position: number, last: number): ('left' | 'right')[] {
  const sides: ('left' | 'right')[] = [];
  let at = position;
  for (let end = last; end > 0; end = Math.floor(end / 2)) {
    if (at % 2 === 1) sides.push('left');
    else if (at < end) sides.push('right');
    at = Math.floor(at / 2);
  }
  return sides;
}

/** The root that the proof leads to from `leafHash`, or `undefined` if the proof is malformed. */
export function rootFromInclusionProof(
  sha256: Sha256,
  proof: InclusionProof,
  leafHash: Uint8Array,
): Uint8Array | undefined {
  const { index, size, hashes } = proof;
  if (!isSize(index) || !isSize(size) || index >= size) return undefined;
  if (leafHash.length !== HASH_SIZE || !areHashes(hashes)) return undefined;
  const sides = siblingSides(index, size - 1);
  if (sides.length !== hashes.length) return undefined;
  return hashes.reduce(
    (root, sibling, i) => (sides[i] === 'left' ? hashNode(sha256, sibling, root) : hashNode(sha256, root, sibling)),
    leafHash,
  );
}

/** Whether `leafHash` is at `proof.index` in the tree of `proof.size` entries under `root`. */
export function verifyInclusion(
  sha256: Sha256,
  proof: InclusionProof,
  leafHash: Uint8Array,
  root: Uint8Array,
): boolean {
  const led = rootFromInclusionProof(sha256, proof, leafHash);
  return led !== undefined && equalBytes(led, root);
}

/** Whether the tree of `proof.to` entries under `toRoot` extends that of `proof.from` entries under `fromRoot`. */
export function verifyConsistency(
  sha256: Sha256,
  proof: ConsistencyProof,
  fromRoot: Uint8Array,
  toRoot: Uint8Array,
): boolean {
  const { from, to, hashes } = proof;
  if (!isSize(from) || !isSize(to) || from > to) return false;
  if (!areHashes([fromRoot, toRoot, ...hashes])) return false;
  if (from > 0 && from < to) return verifyExtension(sha256, proof, fromRoot, toRoot);
  return hashes.length === 0 && verifyWithoutProof(sha256, proof, fromRoot, toRoot);
}

/** from = 0 or from = to: every tree extends the empty one, and itself. */
function verifyWithoutProof(
  sha256: Sha256,
  { from, to }: ConsistencyProof,
  fromRoot: Uint8Array,
  toRoot: Uint8Array,
): boolean {
  if (from === to && !equalBytes(fromRoot, toRoot)) return false;
  return from > 0 || equalBytes(fromRoot, emptyRoot(sha256));
}

/** 0 < from < to. */
function verifyExtension(sha256: Sha256, proof: ConsistencyProof, fromRoot: Uint8Array, toRoot: Uint8Array): boolean {
  let position = proof.from - 1;
  let last = proof.to - 1;
  while (position % 2 === 1) {
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  // Where `from` is a power of two its root is itself a node of the larger tree, and the proof leaves it out.
  const [first, ...siblings] = position === 0 ? [fromRoot, ...proof.hashes] : proof.hashes;
  const sides = siblingSides(position, last);
  if (first === undefined || sides.length !== siblings.length) return false;
  let oldRoot = first;
  let newRoot = first;
  siblings.forEach((sibling, i) => {
    if (sides[i] === 'left') {
      oldRoot = hashNode(sha256, sibling, oldRoot);
      newRoot = hashNode(sha256, sibling, newRoot);
    } else newRoot = hashNode(sha256, newRoot, sibling);
  });
  return equalBytes(oldRoot, fromRoot) && equalBytes(newRoot, toRoot);
}
