import { equalBytes } from '../../ledger/canonical/bytes.ts';
import type { VerifierKey } from '../../ledger/checkpoint/key.ts';
import { LedgerError } from '../../ledger/errors.ts';
import { HASH_SIZE } from '../../ledger/merkle/hash.ts';
import { TILE_WIDTH, tilePath, tileWidth } from '../../ledger/merkle/tile-layout.ts';
import { createTileNodes, type JoinedRoots } from '../../ledger/merkle/tile-nodes.ts';
import { verifyConsistency } from '../../ledger/merkle/verify-proof.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { unusable } from '../failure.ts';
import { LogFault } from '../log/log-fault.ts';
import type { LogSource } from '../log/log-source.ts';
import { readNote, verifyCheckpoint, type SignedCheckpoint } from '../log/signed-checkpoint.ts';
import { PeerFault } from './peer-fault.ts';

/** Few tiles: those of two right edges and one proof between them. */
const TILES_IN_MEMORY = 32;

/** What the peer's blocks say of the log. */
export interface RebuiltTree {
  readonly size: number;
  readonly root: Uint8Array;
}

/**
 * Compares the tree of the peer's blocks with a log: the newest signed checkpoint must extend it, proven from the log's
 * tiles. The checkpoint is read after the blocks, so that it can lie ahead of the chain and never behind.
 *
 * @throws PeerFault `log_invalid`, `log_behind`, `log_differs`; CommandFailure where the log cannot be read
 */
export async function compareWithLog(
  source: LogSource,
  key: VerifierKey,
  tree: RebuiltTree,
  isExport: boolean,
): Promise<SignedCheckpoint> {
  const signed = await asLogInvalid(() => newestCheckpoint(source, key));
  const { checkpoint } = signed;
  if (checkpoint.size < tree.size) refuseOlder(checkpoint.size, tree.size, isExport);
  if (tree.size === 0) return signed;
  const joined = await asLogInvalid(() => joinRoots(source, tree.size, checkpoint.size));
  if (!equalBytes(joined.fromRoot, tree.root)) {
    throw new PeerFault(
      'log_differs',
      `the log's first ${tree.size} entries have another root than those on the chain`,
    );
  }
  if (!verifyConsistency(nodePrimitives.sha256, joined.proof, tree.root, checkpoint.root)) {
    throw new PeerFault(
      'log_invalid',
      `the log's tiles do not lead to the signed checkpoint of ${checkpoint.size} entries`,
    );
  }
  return signed;
}

async function newestCheckpoint(source: LogSource, key: VerifierKey): Promise<SignedCheckpoint> {
  const bytes = await source.read('checkpoint');
  if (bytes === undefined) {
    throw unusable('the log has no checkpoint', 'Give the address of a Vericlin service, or the folder of an export.');
  }
  return await verifyCheckpoint(readNote('checkpoint', bytes).note, [key], source, nodePrimitives);
}

function refuseOlder(logSize: number, chainSize: number, isExport: boolean): never {
  const message = `the log has ${logSize} entries, the chain ${chainSize}`;
  if (isExport) throw unusable(`${message}: the export is older than the chain`, 'Export the log again, then compare.');
  throw new PeerFault('log_behind', `${message}: the service lost entries, or shows an old state`, { index: logSize });
}

async function joinRoots(source: LogSource, from: number, to: number): Promise<JoinedRoots> {
  const nodes = createTileNodes(
    nodePrimitives.sha256,
    {
      full: () => Promise.resolve(undefined),
      read: async ({ level, n }, start, end) => (await readTile(source, { level, n }, end)).subarray(start * HASH_SIZE),
    },
    TILES_IN_MEMORY,
  );
  return await nodes.consistency(from, to);
}

/** The first `width` hashes of a tile. @throws LogFault */
async function readTile(source: LogSource, tile: { level: number; n: number }, width: number): Promise<Uint8Array> {
  const path = tilePath(tile.level, tile.n, width);
  // C2SP lets a server drop a partial tile once the full one is there.
  const bytes = (await source.read(path)) ?? (await source.read(tilePath(tile.level, tile.n)));
  if (bytes === undefined) throw new LogFault(path, 'the tile is missing');
  if (bytes.length < width * HASH_SIZE) throw new LogFault(path, 'the tile has the wrong length');
  return bytes.subarray(0, width * HASH_SIZE);
}

async function asLogInvalid<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof LogFault) {
      const place = thrown.index === undefined ? {} : { index: thrown.index };
      throw new PeerFault('log_invalid', `${thrown.path}: ${thrown.message}`, place);
    }
    if (thrown instanceof LedgerError) throw new PeerFault('log_invalid', thrown.message);
    throw thrown;
  }
}

/** Compares leaf hash by leaf hash, in order; keeps one tile. */
export class LeafComparison {
  readonly #source: LogSource;
  readonly #size: number;
  #tile: { n: number; hashes: Uint8Array } | undefined;

  /** @param size of the log that the tiles are of */
  constructor(source: LogSource, size: number) {
    this.#source = source;
    this.#size = size;
  }

  /** The index of the first of `leaves` (from index `start`) that the log has otherwise. */
  async firstDifference(start: number, leaves: Uint8Array): Promise<number | undefined> {
    for (let i = 0; i * HASH_SIZE < leaves.length; i += 1) {
      const index = start + i;
      const { n, hashes } = await this.#tileOf(index);
      const at = (index - n * TILE_WIDTH) * HASH_SIZE;
      const ours = leaves.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE);
      if (!equalBytes(hashes.subarray(at, at + HASH_SIZE), ours)) return index;
    }
    return undefined;
  }

  async #tileOf(index: number): Promise<{ n: number; hashes: Uint8Array }> {
    const n = Math.floor(index / TILE_WIDTH);
    if (this.#tile?.n !== n) {
      const hashes = await asLogInvalid(() => readTile(this.#source, { level: 0, n }, tileWidth(0, n, this.#size)));
      this.#tile = { n, hashes };
    }
    return this.#tile;
  }
}
