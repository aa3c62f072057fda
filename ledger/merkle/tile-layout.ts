/**
 * C2SP tlog-tiles: where a hash lies. A tile holds up to 256 hashes of one tile level; tile level L holds the roots of perfect
 * subtrees of 256^L entries. Paths are relative to the log's prefix, without a leading slash.
 *
 * @module
 */
import type { NodeId } from './proof.ts';

/** Hashes in a full tile, entries in a full entry bundle. */
export const TILE_WIDTH = 256;
/** Tree levels in one tile: 2^8 = 256. */
export const TILE_HEIGHT = 8;
/** C2SP tlog-tiles: levels run from 0 to 63. */
const MAX_TILE_LEVEL = 63;

export interface TileId {
  readonly level: number;
  readonly n: number;
}

export interface TilePath extends TileId {
  /** Hashes in the tile, 1..256; 256 is a full tile. */
  readonly width: number;
}

export interface EntriesPath {
  readonly n: number;
  readonly width: number;
}

/** Where a perfect subtree's hash is found: `index` counts within the tile, at `sublevel` (0..7) above the tile's hashes. */
export interface NodePlace extends TileId {
  readonly sublevel: number;
  readonly index: number;
}

/** 5 is `005`; 1234067 is `x001/x234/067`. */
function tileNumber(n: number): string {
  let text = String(n % 1000).padStart(3, '0');
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    text = `x${String(rest % 1000).padStart(3, '0')}/${text}`;
  }
  return text;
}

function withWidth(path: string, width: number): string {
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}

/** `tile/<L>/<N>[.p/<W>]`. */
export function tilePath(level: number, n: number, width: number = TILE_WIDTH): string {
  return withWidth(`tile/${level}/${tileNumber(n)}`, width);
}

/** `tile/entries/<N>[.p/<W>]`. */
export function entriesPath(n: number, width: number = TILE_WIDTH): string {
  return withWidth(`tile/entries/${tileNumber(n)}`, width);
}

const TILE_PATTERN = /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/){0,6}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/**
 * Reads the coordinates from a path (attacker-controlled). `undefined` unless the path is exactly the one that
 * {@link tilePath} or {@link entriesPath} writes: one tile has one path, so caches hold it once.
 */
export function parseTilePath(
  path: string,
): ({ kind: 'tile' } & TilePath) | ({ kind: 'entries' } & EntriesPath) | undefined {
  const match = TILE_PATTERN.exec(path);
  if (match === null) return undefined;
  const [, kind = '', number = '', partial] = match;
  const n = Number(number.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  if (!Number.isSafeInteger(n)) return undefined;
  if (kind === 'entries') return entriesPath(n, width) === path ? { kind, n, width } : undefined;
  const level = Number(kind);
  if (level > MAX_TILE_LEVEL || tilePath(level, n, width) !== path) return undefined;
  return { kind: 'tile', level, n, width };
}

/** How many hashes tile level `level` holds in all for a log of `size` entries: floor(size / 256^level). */
export function hashesAtTileLevel(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** Width of tile `n` at `level` for a log of `size` entries: 0 (no such tile) to 256 (full). */
export function tileWidth(level: number, n: number, size: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, hashesAtTileLevel(level, size) - n * TILE_WIDTH));
}

/** Every tile of a log of `size` entries that is not full, lowest level first: the right edge. */
export function partialTiles(size: number): TilePath[] {
  const tiles: TilePath[] = [];
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    const width = count % TILE_WIDTH;
    if (width > 0) tiles.push({ level, n: Math.floor(count / TILE_WIDTH), width });
  }
  return tiles;
}

/** The tile that holds a node, and where in it. */
export function nodePlace({ level, index }: NodeId): NodePlace {
  const sublevel = level % TILE_HEIGHT;
  const perTile = 2 ** (TILE_HEIGHT - sublevel);
  return { level: Math.floor(level / TILE_HEIGHT), n: Math.floor(index / perTile), sublevel, index: index % perTile };
}
