/** @module */
import { copyBytes } from '../canonical/bytes.ts';
import { LedgerError } from '../errors.ts';
import type { Sha256 } from '../types.ts';
import { emptyRoot, HASH_SIZE, hashNode } from './hash.ts';

/**
 * Root of a log of any length in constant memory: the roots of the perfect subtrees of the binary digits of the size, at
 * most 53. Independent of tiles, so that a check of tiles does not rest on them.
 */
export class CompactRange {
  readonly #sha256: Sha256;
  /** `#subtrees[level]` is the pending perfect subtree of 2^level entries, if that digit of the size is one. */
  readonly #subtrees: (Uint8Array | undefined)[] = [];
  #size = 0;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  get size(): number {
    return this.#size;
  }

  /** @throws LedgerError `invalid_value` unless the hash is 32 bytes */
  append(leafHash: Uint8Array): void {
    if (leafHash.length !== HASH_SIZE) throw new LedgerError('invalid_value', 'A leaf hash is 32 bytes.');
    let hash = copyBytes(leafHash);
    let level = 0;
    for (let left = this.#subtrees[0]; left !== undefined; left = this.#subtrees[level]) {
      hash = hashNode(this.#sha256, left, hash);
      this.#subtrees[level] = undefined;
      level += 1;
    }
    this.#subtrees[level] = hash;
    this.#size += 1;
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (const subtree of this.#subtrees) {
      if (subtree !== undefined) root = root === undefined ? subtree : hashNode(this.#sha256, subtree, root);
    }
    return root ?? emptyRoot(this.#sha256);
  }
}
