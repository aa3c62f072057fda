/**
 * Proofs from stored tiles in O(log n) reads: the tiles that a proof needs are fetched first (or are in the cache), then
 * the proof is computed without I/O.
 *
 * @module
 */
import { LedgerError } from '../errors.ts';
import type { ConsistencyProof, InclusionProof, Sha256 } from '../types.ts';
import { TreeEdge } from './edge.ts';
import {
  consistencyNodes,
  consistencyProof,
  inclusionNodes,
  inclusionProof,
  type NodeId,
  type NodeSource,
  rootNodes,
  rootOf,
} from './proof.ts';
import { nodePlace, partialTiles, TILE_WIDTH, tilesOfNodes, tileWidth } from './tile-layout.ts';
import { TilePyramid } from './tile-pyramid.ts';

/** Where hashes come from. `from` and `to` are positions inside the tile; the answer holds `to - from` hashes. */
export interface TileHashes {
  read: (tile: { level: number; n: number }, from: number, to: number) => Promise<Uint8Array>;
}

export interface TileNodes {
  /** @throws LedgerError `not_in_log` unless index < size */
  inclusion: (index: number, size: number) => Promise<InclusionProof>;
  /** @throws LedgerError `invalid_query` unless 1 <= from <= to */
  consistency: (from: number, to: number) => Promise<ConsistencyProof>;
  rootAt: (size: number) => Promise<Uint8Array>;
  /** The right edge of the tree of `size` entries. */
  edgeAt: (size: number) => Promise<TreeEdge>;
  /** A copy of the tile's first `width` hashes, for a tile that the log of some committed size has. */
  hashes: (level: number, n: number, width: number) => Promise<Uint8Array>;
  /** Forgets every cached tile. */
  forget: () => void;
}

/**
 * @param capacity tiles kept, 16 KiB each. A tile only ever grows at its end, so one cached pyramid serves every size up to
 *   its width.
 */
export function createTileNodes(sha256: Sha256, source: TileHashes, capacity: number): TileNodes {
  const cache = new Map<string, TilePyramid>();

  function keep(key: string, pyramid: TilePyramid): void {
    cache.delete(key);
    cache.set(key, pyramid);
    if (cache.size > capacity) {
      const oldest = cache.keys().next().value;
      if (oldest !== undefined) cache.delete(oldest);
    }
  }

  async function pyramidOf(level: number, n: number, width: number): Promise<TilePyramid> {
    const key = `${level}/${n}`;
    const cached = cache.get(key);
    if (cached !== undefined && cached.width >= width) {
      if (cache.size * 2 > capacity) keep(key, cached);
      return cached;
    }
    const from = cached?.width ?? 0;
    const hashes = await source.read({ level, n }, from, width);
    if (hashes.length !== (width - from) * 32) throw new LedgerError('internal', 'the store lacks hashes of a tile');
    const pyramid = cache.get(key) ?? cached ?? new TilePyramid(sha256);
    // Another reader may have grown the same pyramid meanwhile: take only what is still missing.
    for (let at = pyramid.width; at < width; at += 1)
      pyramid.append(hashes.subarray((at - from) * 32, (at - from + 1) * 32));
    keep(key, pyramid);
    return pyramid;
  }

  async function load(nodes: readonly NodeId[], size: number): Promise<NodeSource> {
    const pyramids = new Map<string, TilePyramid>();
    for (const { level, n } of tilesOfNodes(nodes)) {
      pyramids.set(`${level}/${n}`, await pyramidOf(level, n, tileWidth(level, n, size)));
    }
    return (level, index) => {
      const place = nodePlace({ level, index });
      const pyramid = pyramids.get(`${place.level}/${place.n}`);
      if (pyramid === undefined) throw new LedgerError('internal', 'a proof asked for a tile that was not fetched');
      return pyramid.node(place.sublevel, place.index);
    };
  }

  return {
    inclusion: async (index, size) =>
      inclusionProof(sha256, index, size, await load(inclusionNodes(index, size), size)),
    consistency: async (from, to) => consistencyProof(sha256, from, to, await load(consistencyNodes(from, to), to)),
    rootAt: async (size) => rootOf(sha256, size, await load(rootNodes(size), size)),
    edgeAt: async (size) => {
      const partial: Uint8Array[] = [];
      for (const { level, n, width } of partialTiles(size))
        partial[level] = (await pyramidOf(level, n, width)).hashes().slice(0, width * 32);
      return TreeEdge.fromTiles(sha256, size, partial);
    },
    hashes: async (level, n, width) =>
      (await pyramidOf(level, n, Math.min(width, TILE_WIDTH))).hashes().slice(0, width * 32),
    forget: () => {
      cache.clear();
    },
  };
}
