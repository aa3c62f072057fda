/** @module */
import { LedgerError } from '../errors.ts';
import type { Sha256 } from '../types.ts';
import { HASH_SIZE, hashAdjacent } from './hash.ts';
import { TILE_HEIGHT, TILE_WIDTH } from './tile-layout.ts';

/** 256 + 128 + … + 1 hashes. */
const PYRAMID_NODES = 2 * TILE_WIDTH - 1;

/** Position of the first node of a sublevel: 0, 256, 384, … 510. */
function sublevelStart(sublevel: number): number {
  return 2 * TILE_WIDTH - ((2 * TILE_WIDTH) >> sublevel);
}

/**
 * A tile that can grow, with every perfect subtree inside it: 9 sublevels in one buffer of 16,352 bytes. Appending costs one
 * inner hash on average; any node of a proof is a slice. A full one is what a cache of tiles keeps.
 */
export class TilePyramid {
  readonly #sha256: Sha256;
  readonly #nodes: Uint8Array;
  #width: number;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
    this.#nodes = new Uint8Array(PYRAMID_NODES * HASH_SIZE);
    this.#width = 0;
  }

  /**
   * From the bytes of a tile: 1..256 hashes.
   * @throws LedgerError `invalid_value` if the length is not that of a tile
   */
  static fromHashes(sha256: Sha256, hashes: Uint8Array): TilePyramid {
    if (hashes.length % HASH_SIZE !== 0 || hashes.length > TILE_WIDTH * HASH_SIZE) {
      throw new LedgerError('invalid_value', 'A tile holds 0 to 256 hashes of 32 bytes.');
    }
    const pyramid = new TilePyramid(sha256);
    for (let at = 0; at < hashes.length; at += HASH_SIZE) pyramid.append(hashes.subarray(at, at + HASH_SIZE));
    return pyramid;
  }

  /** Hashes in the tile, 0..256. */
  get width(): number {
    return this.#width;
  }

  get isFull(): boolean {
    return this.#width === TILE_WIDTH;
  }

  /** @throws LedgerError `invalid_value` if the tile is full or the hash is not 32 bytes */
  append(hash: Uint8Array): void {
    if (hash.length !== HASH_SIZE || this.isFull) {
      throw new LedgerError('invalid_value', 'A tile takes at most 256 hashes of 32 bytes.');
    }
    const nodes = this.#nodes;
    nodes.set(hash, this.#width * HASH_SIZE);
    this.#width += 1;
    let count = this.#width;
    for (let sublevel = 0; sublevel < TILE_HEIGHT && count % 2 === 0; sublevel++) {
      const left = (sublevelStart(sublevel) + count - 2) * HASH_SIZE;
      count /= 2;
      nodes.set(hashAdjacent(this.#sha256, nodes, left), (sublevelStart(sublevel + 1) + count - 1) * HASH_SIZE);
    }
  }

  /** Whether the perfect subtree `index` at `sublevel` (0..8) is complete. */
  has(sublevel: number, index: number): boolean {
    return index >= 0 && index < this.#width >> sublevel;
  }

  /**
   * Hash of the perfect subtree over the hashes `[index * 2^sublevel, (index + 1) * 2^sublevel)`. A view: never write to it.
   * @throws LedgerError `not_in_log` if the tile does not hold it yet
   */
  node(sublevel: number, index: number): Uint8Array {
    if (!this.has(sublevel, index)) throw new LedgerError('not_in_log', 'The tile does not hold this node.');
    const at = (sublevelStart(sublevel) + index) * HASH_SIZE;
    return this.#nodes.subarray(at, at + HASH_SIZE);
  }

  /** The tile's bytes as C2SP serves them: `width` hashes. A view: copy it before the tile grows or is stored. */
  hashes(): Uint8Array {
    return this.#nodes.subarray(0, this.#width * HASH_SIZE);
  }

  /** Root of a full tile: the hash that the level above takes in. @throws LedgerError `not_in_log` unless full */
  root(): Uint8Array {
    return this.node(TILE_HEIGHT, 0);
  }

  /** An independent copy. */
  clone(): TilePyramid {
    const copy = new TilePyramid(this.#sha256);
    copy.#nodes.set(this.#nodes);
    copy.#width = this.#width;
    return copy;
  }
}
