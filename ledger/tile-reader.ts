/** C2SP tlog-tiles from the store: what any C2SP client reads. @module */
import { LedgerError } from './errors.ts';
import { TILE_WIDTH, tileWidth } from './merkle/tile-layout.ts';
import type { TileNodes } from './merkle/tile-nodes.ts';
import type { TileReader } from './ports.ts';
import type { PublishedCheckpoint } from './publication.ts';
import type { LogStore } from './store/log-store.ts';

export interface TileReaderDeps {
  readonly store: Pick<LogStore, 'entries'>;
  readonly tiles: Pick<TileNodes, 'hashes'>;
  readonly published: () => Promise<PublishedCheckpoint>;
  /** Read from the database if the one that is known is smaller than `size`. */
  readonly newest: (size: number) => Promise<PublishedCheckpoint>;
}

/** uint16 big-endian length before each entry. */
function bundleEntries(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    at = bytes.writeUInt16BE(entry.length, at);
    bytes.set(entry, at);
    at += entry.length;
  }
  return bytes;
}

export function createTileReader(deps: TileReaderDeps): TileReader {
  /** A width up to what the log has now is servable: every prefix of a tile was a partial tile of some size. */
  async function has(level: number, n: number, width: number): Promise<boolean> {
    if (width < 1 || width > TILE_WIDTH) return false;
    const needed = (n * TILE_WIDTH + width) * TILE_WIDTH ** level;
    return tileWidth(level, n, (await deps.newest(needed)).size) >= width;
  }
  return {
    checkpoint: async () => (await deps.published()).note,
    tile: async (level, n, width) => ((await has(level, n, width)) ? deps.tiles.hashes(level, n, width) : undefined),
    entries: async (n, width) => {
      if (!(await has(0, n, width))) return undefined;
      const entries = await deps.store.entries(n * TILE_WIDTH, n * TILE_WIDTH + width);
      if (entries.length !== width) throw new LedgerError('internal', 'the store lacks entries of a tile');
      return bundleEntries(entries);
    },
  };
}
