/** @module */
import { copyBytes } from '../canonical/bytes.ts';
import { LedgerError } from '../errors.ts';
import type { Sha256 } from '../types.ts';
import { emptyRoot, HASH_SIZE, hashAdjacent, hashNode } from './hash.ts';

/** What a {@link CompactRange} keeps of a log: enough to go on appending to it, and to know its root. */
export interface Frontier {
  /** Entries of the log. */
  readonly size: number;
  /** Roots of the perfect subtrees, 32 bytes each, largest first: one for each binary digit of `size` that is one. */
  readonly roots: readonly Uint8Array[];
}

const LEVELS = 53;

function requireLeafHashes(valid: boolean): void {
  if (!valid) throw new LedgerError('invalid_value', 'A leaf hash is 32 bytes.');
}

/** Binary digit of a safe integer; bit operations end at 32. */
function digitAt(size: number, level: number): boolean {
  return Math.floor(size / 2 ** level) % 2 === 1;
}

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

  /**
   * The range as it was when {@link frontier} was read. The roots are taken at their word: only their number and length
   * can be checked.
   * @throws LedgerError `invalid_value` unless there is one root of 32 bytes for each binary digit of the size that is one
   */
  static fromFrontier(sha256: Sha256, { size, roots }: Frontier): CompactRange {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new LedgerError('invalid_value', 'A size is an integer from 0 to 2^53-1.');
    }
    const range = new CompactRange(sha256);
    let at = 0;
    for (let level = LEVELS - 1; level >= 0; level -= 1) {
      if (!digitAt(size, level)) continue;
      const root = roots[at];
      if (root?.length !== HASH_SIZE) break;
      range.#subtrees[level] = copyBytes(root);
      range.#size += 2 ** level;
      at += 1;
    }
    if (range.#size !== size || at !== roots.length) {
      throw new LedgerError('invalid_value', 'The subtrees do not fit the size of the log.');
    }
    return range;
  }

  get size(): number {
    return this.#size;
  }

  /** @throws LedgerError `invalid_value` unless the hash is 32 bytes, or beyond 2^53-1 entries */
  append(leafHash: Uint8Array): void {
    requireLeafHashes(leafHash.length === HASH_SIZE);
    this.#add(0, copyBytes(leafHash));
  }

  /**
   * Appends the leaf hashes of `leafHashes`, which lie one after the other. The same as {@link append} for each, without
   * making a view of each.
   * @throws LedgerError `invalid_value` unless the length is a multiple of 32, or beyond 2^53-1 entries
   */
  appendAll(leafHashes: Uint8Array): void {
    requireLeafHashes(leafHashes.length % HASH_SIZE === 0);
    let at = 0;
    if (this.#subtrees[0] !== undefined && leafHashes.length > 0) {
      this.append(leafHashes.subarray(0, HASH_SIZE));
      at = HASH_SIZE;
    }
    for (; at + 2 * HASH_SIZE <= leafHashes.length; at += 2 * HASH_SIZE) {
      this.#add(1, hashAdjacent(this.#sha256, leafHashes, at));
    }
    if (at < leafHashes.length) this.append(leafHashes.subarray(at));
  }

  /** Adds a perfect subtree of 2^level entries; the digits of the size below `level` are zero. */
  #add(level: number, root: Uint8Array): void {
    const size = this.#size + 2 ** level;
    if (size > Number.MAX_SAFE_INTEGER) throw new LedgerError('invalid_value', 'A log has at most 2^53-1 entries.');
    let hash = root;
    let at = level;
    for (let left = this.#subtrees[at]; left !== undefined; left = this.#subtrees[at]) {
      hash = hashNode(this.#sha256, left, hash);
      this.#subtrees[at] = undefined;
      at += 1;
    }
    this.#subtrees[at] = hash;
    this.#size = size;
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (const subtree of this.#subtrees) {
      if (subtree !== undefined) root = root === undefined ? subtree : hashNode(this.#sha256, subtree, root);
    }
    return root === undefined ? emptyRoot(this.#sha256) : copyBytes(root);
  }

  /** What {@link fromFrontier} needs to go on from here. */
  frontier(): Frontier {
    const roots = this.#subtrees.flatMap((subtree) => (subtree === undefined ? [] : [copyBytes(subtree)])).reverse();
    return { size: this.#size, roots };
  }
}
