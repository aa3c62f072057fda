/** @module */
import { LedgerError } from '../errors.ts';
import type { Sha256 } from '../types.ts';
import { HASH_SIZE, hashAdjacent, hashNode } from './hash.ts';
import { TILE_HEIGHT, TILE_WIDTH } from './tile-layout.ts';
import type { TilePyramid } from './tile-pyramid.ts';

/** Sublevels below this one are hashed again when asked for: at most 3 hashes a node. */
const FIRST_KEPT = 3;
/** 32 + 16 + … + 1 nodes. */
const KEPT_NODES = 2 * (TILE_WIDTH >> FIRST_KEPT) - 1;

/** Position of the first node of a kept sublevel. */
function keptStart(sublevel: number): number {
  const width = TILE_WIDTH >> FIRST_KEPT;
  return 2 * width - ((2 * width) >> (sublevel - FIRST_KEPT));
}

/**
 * A full tile as a cache keeps it: 10 KiB instead of the 16 KiB of a {@link TilePyramid}, for at most 4 more hashes a proof.
 */
export class FullTile {
  readonly #sha256: Sha256;
  /** The 256 hashes, then the kept nodes. */
  readonly #bytes: Uint8Array;

  private constructor(sha256: Sha256, bytes: Uint8Array) {
    this.#sha256 = sha256;
    this.#bytes = bytes;
  }

  /** @throws LedgerError `not_in_log` unless the pyramid is full */
  static fromPyramid(sha256: Sha256, pyramid: TilePyramid): FullTile {
    if (!pyramid.isFull) throw new LedgerError('not_in_log', 'The tile is not full yet.');
    const bytes = new Uint8Array((TILE_WIDTH + KEPT_NODES) * HASH_SIZE);
    bytes.set(pyramid.hashes());
    for (let sublevel = FIRST_KEPT; sublevel <= TILE_HEIGHT; sublevel += 1) {
      for (let index = 0; index < TILE_WIDTH >> sublevel; index += 1) {
        const at = (TILE_WIDTH + keptStart(sublevel) + index) * HASH_SIZE;
        bytes.set(pyramid.node(sublevel, index), at);
      }
    }
    return new FullTile(sha256, bytes);
  }

  /**
   * From storage: 256 hashes and the inner nodes of {@link nodes}. The nodes are taken at their word; whoever proves with them
   * verifies the proof.
   * @throws LedgerError `invalid_value` on other lengths
   */
  static fromStored(sha256: Sha256, hashes: Uint8Array, nodes: Uint8Array): FullTile {
    if (hashes.length !== TILE_WIDTH * HASH_SIZE || nodes.length !== KEPT_NODES * HASH_SIZE) {
      throw new LedgerError('invalid_value', 'A stored tile has 256 hashes and 63 inner nodes.');
    }
    const bytes = new Uint8Array(hashes.length + nodes.length);
    bytes.set(hashes);
    bytes.set(nodes, hashes.length);
    return new FullTile(sha256, bytes);
  }

  get width(): number {
    return TILE_WIDTH;
  }

  /**
   * Hash of the perfect subtree over the hashes `[index * 2^sublevel, (index + 1) * 2^sublevel)`. Never write to it.
   * @throws LedgerError `not_in_log` if there is no such node
   */
  node(sublevel: number, index: number): Uint8Array {
    if (!(index >= 0 && index < TILE_WIDTH >> sublevel)) {
      throw new LedgerError('not_in_log', 'The tile does not hold this node.');
    }
    if (sublevel === 0) return this.#slice(index);
    if (sublevel >= FIRST_KEPT) return this.#slice(TILE_WIDTH + keptStart(sublevel) + index);
    if (sublevel === 1) return hashAdjacent(this.#sha256, this.#bytes, 2 * index * HASH_SIZE);
    return hashNode(this.#sha256, this.node(sublevel - 1, 2 * index), this.node(sublevel - 1, 2 * index + 1));
  }

  /** The tile's bytes as C2SP serves them. A view: copy it before handing it out. */
  hashes(): Uint8Array {
    return this.#bytes.subarray(0, TILE_WIDTH * HASH_SIZE);
  }

  /** The inner nodes that are kept, 2,016 bytes. A view. */
  nodes(): Uint8Array {
    return this.#bytes.subarray(TILE_WIDTH * HASH_SIZE);
  }

  #slice(position: number): Uint8Array {
    return this.#bytes.subarray(position * HASH_SIZE, (position + 1) * HASH_SIZE);
  }
}
