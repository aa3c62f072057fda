/** Tiles as the store keeps them: full ones as rows, partial ones from leaf hashes and the roots of the tiles below. @module */
import { TILE_WIDTH } from '../merkle/tile-layout.ts';
import type { TileHashes } from '../merkle/tile-nodes.ts';
import type { LogStore } from './log-store.ts';

export function createTileHashes(store: Pick<LogStore, 'fullTile' | 'leafHashes' | 'tileRoots'>): TileHashes {
  return {
    full: ({ level, n }) => store.fullTile(level, n),
    read: ({ level, n }, from, to) => {
      const start = n * TILE_WIDTH;
      return level === 0
        ? store.leafHashes(start + from, start + to)
        : store.tileRoots(level - 1, start + from, start + to);
    },
  };
}
