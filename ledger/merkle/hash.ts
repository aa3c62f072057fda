/** RFC 6962 §2.1 hashing. @module */
import type { Sha256 } from '../types.ts';

/** Length of every hash in the tree, bytes. */
export const HASH_SIZE = 32;
/** RFC 6962 §2.1: keeps a leaf from passing as a node (second preimage). */
export const RFC6962_LEAF_HASH_PREFIX = 0x00;
/** RFC 6962 §2.1. */
export const RFC6962_NODE_HASH_PREFIX = 0x01;

// Reused between calls: hashing is synchronous, and no Sha256 keeps its input.
const nodeScratch = new Uint8Array(1 + 2 * HASH_SIZE);
nodeScratch[0] = RFC6962_NODE_HASH_PREFIX;
const leafScratch = new Uint8Array(2048);
leafScratch[0] = RFC6962_LEAF_HASH_PREFIX;

/** SHA-256(0x00 ‖ entry). */
export function hashLeaf(sha256: Sha256, entry: Uint8Array): Uint8Array {
  const length = entry.length + 1;
  if (length <= leafScratch.length) {
    leafScratch.set(entry, 1);
    return sha256(leafScratch.subarray(0, length));
  }
  const prefixed = new Uint8Array(length);
  prefixed[0] = RFC6962_LEAF_HASH_PREFIX;
  prefixed.set(entry, 1);
  return sha256(prefixed);
}

/** SHA-256(0x01 ‖ left ‖ right). */
export function hashNode(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeScratch.set(left, 1);
  nodeScratch.set(right, 1 + HASH_SIZE);
  return sha256(nodeScratch);
}

/** {@link hashNode} of the two hashes that lie next to each other at `offset`: no views are made. */
export function hashAdjacent(sha256: Sha256, hashes: Uint8Array, offset: number): Uint8Array {
  for (let i = 0; i < 2 * HASH_SIZE; i++) nodeScratch[i + 1] = hashes[offset + i] as number;
  return sha256(nodeScratch);
}

/** Root of the tree without entries: SHA-256 of nothing. */
export function emptyRoot(sha256: Sha256): Uint8Array {
  return sha256(new Uint8Array(0));
}
