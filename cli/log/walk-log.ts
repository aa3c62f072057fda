import { equalBytes } from '../../ledger/canonical/bytes.ts';
import type { Checkpoint } from '../../ledger/checkpoint/checkpoint.ts';
import { TreeEdge } from '../../ledger/merkle/edge.ts';
import { HASH_SIZE, hashLeaf } from '../../ledger/merkle/hash.ts';
import {
  entriesPath,
  hashesAtTileLevel,
  partialTiles,
  TILE_WIDTH,
  tilePath,
  type TileId,
} from '../../ledger/merkle/tile-layout.ts';
import { TilePyramid } from '../../ledger/merkle/tile-pyramid.ts';
import type { Sha256 } from '../../ledger/types.ts';
import { concurrently } from './concurrently.ts';
import { parseEntryBundle } from './entry-bundle.ts';
import { firstFault, LogFault } from './log-fault.ts';
import type { LogSource } from './log-source.ts';
import { obtain, obtainPartial, readAny } from './obtain.ts';

/** What is walked, and who is told. Visitors see bytes only after these are verified. */
export interface WalkOptions {
  readonly checkpoint: Checkpoint;
  /** Asked in this order; bytes of an earlier one that do not verify are passed over. */
  readonly sources: readonly LogSource[];
  readonly sha256: Sha256;
  readonly concurrency: number;
  /** Verified tile of the checkpoint's size. `from`: which source had it. */
  readonly onTile?: (tile: TileId, hashes: Uint8Array, from: LogSource) => Promise<void> | void;
  readonly onEntries?: (n: number, bundle: VerifiedBundle, from: LogSource) => Promise<void> | void;
}

/** An entry bundle whose leaf hashes are those of its verified tile. */
export interface VerifiedBundle {
  readonly path: string;
  /** The bytes as the width of the checkpoint has them. */
  readonly bytes: Uint8Array;
  readonly entries: readonly Uint8Array[];
  /** Index of the first entry. */
  readonly firstIndex: number;
}

/** A level-0 tile to be checked, with its entries. */
interface LeafTask {
  readonly n: number;
  readonly width: number;
  /** Either what the tile must hash to, or its hashes, verified already. */
  readonly expected: { readonly root: Uint8Array } | { readonly hashes: Uint8Array };
}

/**
 * Verifies a whole log against a checkpoint, from the top: the right edge must hash to the root, each full tile to the
 * hash above it, each entry to its leaf hash. So every file is verified the moment it is read, the bad one is known
 * by name, and memory does not grow with the log.
 *
 * @throws LogFault the first fault; whatever a source throws
 */
export async function walkLog(options: WalkOptions): Promise<void> {
  const errors = await concurrently(leafTasks(options), options.concurrency, (task) => checkLeaves(options, task));
  const faults = errors.filter((error) => error instanceof LogFault);
  const other = errors.find((error) => !(error instanceof LogFault));
  if (other !== undefined) throw asError(other);
  const fault = firstFault(faults);
  if (fault !== undefined) throw fault;
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

async function* leafTasks(options: WalkOptions): AsyncGenerator<LeafTask> {
  const edge = await readEdge(options);
  for (const { level, n, width, hashes, from } of edge.reverse()) {
    await options.onTile?.({ level, n }, hashes, from);
    if (level === 0) yield { n, width, expected: { hashes } };
    else {
      for (let i = 0; i < width; i += 1) {
        yield* below(options, { level: level - 1, n: n * TILE_WIDTH + i }, hashAt(hashes, i));
      }
    }
  }
}

/** The tasks under one full tile. */
async function* below(options: WalkOptions, tile: TileId, root: Uint8Array): AsyncGenerator<LeafTask> {
  if (tile.level === 0) {
    yield { n: tile.n, width: TILE_WIDTH, expected: { root } };
    return;
  }
  const hashes = await readFullTile(options, tile, root);
  for (let i = 0; i < TILE_WIDTH; i += 1) {
    yield* below(options, { level: tile.level - 1, n: tile.n * TILE_WIDTH + i }, hashAt(hashes, i));
  }
}

function hashAt(hashes: Uint8Array, i: number): Uint8Array {
  return hashes.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE);
}

async function readFullTile(options: WalkOptions, tile: TileId, root: Uint8Array): Promise<Uint8Array> {
  const { level, n } = tile;
  const path = tilePath(level, n);
  const firstIndex = n * TILE_WIDTH ** (level + 1);
  const { value, from } = await obtain(options.sources, path, (bytes) => {
    if (bytes.length !== TILE_WIDTH * HASH_SIZE) throw new LogFault(path, 'the tile has the wrong length', firstIndex);
    const actual = TilePyramid.fromHashes(options.sha256, bytes).root();
    if (!equalBytes(actual, root))
      throw new LogFault(path, 'the tile does not hash to what the tile above says', firstIndex);
    return bytes;
  });
  if (value === undefined) throw new LogFault(path, 'the tile is missing', firstIndex);
  await options.onTile?.(tile, value, from);
  return value;
}

async function checkLeaves(options: WalkOptions, task: LeafTask): Promise<void> {
  const { n, width, expected } = task;
  const hashes = 'hashes' in expected ? expected.hashes : await readFullTile(options, { level: 0, n }, expected.root);
  const path = entriesPath(n, width);
  const { value, from } = await obtainPartial(options.sources, path, entriesPath(n), (bytes, isExact) =>
    verifyBundle(options.sha256, { path, bytes, hashes, firstIndex: n * TILE_WIDTH, isExact }),
  );
  if (value === undefined) throw new LogFault(path, 'the entry bundle is missing', n * TILE_WIDTH);
  await options.onEntries?.(n, value, from);
}

function verifyBundle(
  sha256: Sha256,
  read: { path: string; bytes: Uint8Array; hashes: Uint8Array; firstIndex: number; isExact: boolean },
): VerifiedBundle {
  const { path, bytes, hashes, firstIndex } = read;
  const bundle = parseEntryBundle(bytes, hashes.length / HASH_SIZE);
  if (bundle === undefined || (read.isExact && bundle.end !== bytes.length)) {
    throw new LogFault(path, 'the entry bundle has the wrong length', firstIndex);
  }
  bundle.entries.forEach((entry, i) => {
    if (equalBytes(hashLeaf(sha256, entry), hashAt(hashes, i))) return;
    throw new LogFault(path, `entry ${firstIndex + i} does not hash to its leaf hash`, firstIndex + i);
  });
  return { path, bytes: bytes.subarray(0, bundle.end), entries: bundle.entries, firstIndex };
}

/** A tile of the right edge, lowest level first. */
interface EdgeTile extends TileId {
  readonly width: number;
  readonly hashes: Uint8Array;
  readonly from: LogSource;
}

/** Reads the right edge, which must hash to the root. A stale edge of an earlier source is passed over. */
async function readEdge(options: WalkOptions): Promise<EdgeTile[]> {
  const { sources } = options;
  for (let i = 0; ; i += 1) {
    const usable = sources.slice(i);
    try {
      const edge = await readEdgeFrom(options, usable);
      if (equalBytes(rootOfEdge(options.sha256, options.checkpoint.size, edge), options.checkpoint.root)) return edge;
      if (usable.length <= 1) await throwEdgeFault(options, edge);
    } catch (thrown) {
      if (usable.length <= 1 || !(thrown instanceof LogFault)) throw thrown;
    }
  }
}

async function readEdgeFrom(options: WalkOptions, sources: readonly LogSource[]): Promise<EdgeTile[]> {
  const edge: EdgeTile[] = [];
  for (const { level, n, width } of partialTiles(options.checkpoint.size)) {
    const path = tilePath(level, n, width);
    const length = width * HASH_SIZE;
    const { value, from } = await obtainPartial(sources, path, tilePath(level, n), (bytes, isExact) => {
      const isLong = isExact ? bytes.length !== length : bytes.length < length;
      if (isLong) throw new LogFault(path, 'the tile has the wrong length', n * TILE_WIDTH ** (level + 1));
      return bytes.subarray(0, length);
    });
    if (value === undefined) throw new LogFault(path, 'the tile is missing', n * TILE_WIDTH ** (level + 1));
    edge.push({ level, n, width, hashes: value, from });
  }
  return edge;
}

/** Root of the tree whose right edge these tiles are. */
export function rootOfEdge(
  sha256: Sha256,
  size: number,
  edge: readonly { readonly level: number; readonly hashes: Uint8Array }[],
): Uint8Array {
  const levels: Uint8Array[] = [];
  for (let level = 0; hashesAtTileLevel(level, size) > 0; level += 1) {
    levels.push(edge.find((tile) => tile.level === level)?.hashes ?? new Uint8Array(0));
  }
  return TreeEdge.fromTiles(sha256, size, levels).root();
}

/** The edge does not hash to the root: names the edge tile that does not fit what lies below it, if one does not. */
async function throwEdgeFault(options: WalkOptions, edge: readonly EdgeTile[]): Promise<never> {
  for (const { level, n, width, hashes } of edge) {
    const path = tilePath(level, n, width);
    if (level === 0) {
      const index = await firstUnfitLeaf(options, { n, width, expected: { hashes } });
      if (index !== undefined) throw new LogFault(path, 'the tile fits neither the root nor its entries', index);
      continue;
    }
    for (let i = 0; i < width; i += 1) {
      const child = n * TILE_WIDTH + i;
      const bytes = await readAny(options.sources, tilePath(level - 1, child));
      if (bytes?.length !== TILE_WIDTH * HASH_SIZE) continue;
      if (equalBytes(TilePyramid.fromHashes(options.sha256, bytes).root(), hashAt(hashes, i))) continue;
      const message = `the tile fits neither the root nor ${tilePath(level - 1, child)} below it`;
      throw new LogFault(path, message, child * TILE_WIDTH ** level);
    }
  }
  throw new LogFault('checkpoint', 'the root is not that of the tiles');
}

async function firstUnfitLeaf(options: WalkOptions, task: LeafTask): Promise<number | undefined> {
  try {
    await checkLeaves({ ...options, onEntries: () => undefined }, task);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof LogFault) return thrown.index ?? task.n * TILE_WIDTH;
    throw thrown;
  }
}
