/**
 * Proofs from stored tiles in O(log n) reads: the tiles that a proof needs are fetched first (or are in the cache), then
 * the proof is computed without I/O.
 *
 * @module
 */
import { LedgerError } from '../errors.ts';
import type { ConsistencyProof, InclusionProof, Sha256 } from '../types.ts';
import { TreeEdge } from './edge.ts';
import { FullTile } from './full-tile.ts';
import { HASH_SIZE } from './hash.ts';
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
import { nodePlace, partialTiles, TILE_WIDTH, type TileId, tileWidth } from './tile-layout.ts';
import { TilePyramid } from './tile-pyramid.ts';

type CachedTile = TilePyramid | FullTile;

/** One number for a tile: n stays below 2^45 for every size that is a safe integer, levels below 8. */
const tileKey = (level: number, n: number): number => level * 2 ** 45 + n;

/** Where hashes come from. `from` and `to` are positions inside the tile; the answer holds `to - from` hashes. */
export interface TileHashes {
  /** A full tile with its inner nodes, where the store has it as a whole. */
  full: (tile: { level: number; n: number }) => Promise<{ hashes: Uint8Array; nodes: Uint8Array } | undefined>;
  read: (tile: { level: number; n: number }, from: number, to: number) => Promise<Uint8Array>;
}

export interface JoinedRoots {
  readonly proof: ConsistencyProof;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
}

export interface TileNodes {
  /** @throws LedgerError `not_in_log` unless index < size */
  inclusion: (index: number, size: number) => Promise<InclusionProof>;
  /** The proof with the two roots that it joins. @throws LedgerError `invalid_query` unless 1 <= from <= to */
  consistency: (from: number, to: number) => Promise<JoinedRoots>;
  rootAt: (size: number) => Promise<Uint8Array>;
  /** The right edge of the tree of `size` entries. */
  edgeAt: (size: number) => Promise<TreeEdge>;
  /** A copy of the tile's first `width` hashes, for a tile that the log of some committed size has. */
  hashes: (level: number, n: number, width: number) => Promise<Uint8Array>;
  /** Forgets every cached tile. */
  forget: () => void;
}

/**
 * @param capacity tiles kept, 10 KiB each once full. A tile only ever grows at its end, so a cached one serves every size up
 *   to its width.
 */
export function createTileNodes(sha256: Sha256, source: TileHashes, capacity: number): TileNodes {
  const cache = new Map<string, CachedTile>();

  function keep(key: string, tile: CachedTile): void {
    cache.delete(key);
    cache.set(key, tile);
    if (cache.size > capacity) {
      const oldest = cache.keys().next().value;
      if (oldest !== undefined) cache.delete(oldest);
    }
  }

  async function tileOf(level: number, n: number, width: number): Promise<CachedTile> {
    const key = `${level}/${n}`;
    const cached = cache.get(key);
    if (cached !== undefined && cached.width >= width) {
      if (cache.size * 2 > capacity) keep(key, cached);
      return cached;
    }
    const whole = width === TILE_WIDTH ? await source.full({ level, n }) : undefined;
    if (whole !== undefined) {
      const full = FullTile.fromStored(sha256, whole.hashes, whole.nodes);
      keep(key, full);
      return full;
    }
    return extend({ level, n }, cached, width);
  }

  /** Reads what the cached tile lacks. */
  async function extend(id: TileId, cached: CachedTile | undefined, width: number): Promise<CachedTile> {
    const key = `${id.level}/${id.n}`;
    const from = cached?.width ?? 0;
    const hashes = await source.read(id, from, width);
    if (hashes.length !== (width - from) * HASH_SIZE) {
      throw new LedgerError('internal', 'the store lacks hashes of a tile');
    }
    const tile = grown(widest(cache.get(key), cached), hashes, from);
    keep(key, tile);
    return tile;
  }

  /** Takes in what is still missing: another reader may have grown or filled the same tile meanwhile. */
  function grown(tile: CachedTile, hashes: Uint8Array, from: number): CachedTile {
    if (tile instanceof FullTile) return tile;
    const width = from + hashes.length / HASH_SIZE;
    for (let at = tile.width; at < width; at += 1) {
      tile.append(hashes.subarray((at - from) * HASH_SIZE, (at - from + 1) * HASH_SIZE));
    }
    return tile.isFull ? FullTile.fromPyramid(sha256, tile) : tile;
  }

  /** The one in the cache may be younger and narrower than the one that was there before, if the cache was emptied. */
  function widest(a: CachedTile | undefined, b: CachedTile | undefined): CachedTile {
    const tile = (a?.width ?? -1) >= (b?.width ?? -1) ? a : b;
    return tile ?? new TilePyramid(sha256);
  }

  async function load(nodes: readonly NodeId[], size: number): Promise<NodeSource> {
    const loaded = new Map<number, CachedTile>();
    for (const node of nodes) {
      const { level, n } = nodePlace(node);
      const key = tileKey(level, n);
      if (!loaded.has(key)) loaded.set(key, await tileOf(level, n, tileWidth(level, n, size)));
    }
    return (level, index) => {
      const place = nodePlace({ level, index });
      const tile = loaded.get(tileKey(place.level, place.n));
      if (tile === undefined) throw new LedgerError('internal', 'a proof asked for a tile that was not fetched');
      return tile.node(place.sublevel, place.index);
    };
  }

  return {
    inclusion: async (index, size) =>
      inclusionProof(sha256, index, size, await load(inclusionNodes(index, size), size)),
    consistency: async (from, to) => {
      const nodes = await load([...consistencyNodes(from, to), ...rootNodes(from), ...rootNodes(to)], to);
      return {
        proof: consistencyProof(sha256, from, to, nodes),
        fromRoot: rootOf(sha256, from, nodes),
        toRoot: rootOf(sha256, to, nodes),
      };
    },
    rootAt: async (size) => rootOf(sha256, size, await load(rootNodes(size), size)),
    edgeAt: async (size) => {
      const partial: Uint8Array[] = [];
      for (const { level, n, width } of partialTiles(size))
        partial[level] = (await tileOf(level, n, width)).hashes().slice(0, width * HASH_SIZE);
      return TreeEdge.fromTiles(sha256, size, partial);
    },
    hashes: async (level, n, width) =>
      (await tileOf(level, n, Math.min(width, TILE_WIDTH))).hashes().slice(0, width * HASH_SIZE),
    forget: () => {
      cache.clear();
    },
  };
}
