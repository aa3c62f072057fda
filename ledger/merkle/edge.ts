/** @module */
import { LedgerError } from '../errors.ts';
import type { ConsistencyProof, InclusionProof, Sha256 } from '../types.ts';
import { HASH_SIZE } from './hash.ts';
import { consistencyProof, inclusionProof, rootOf } from './proof.ts';
import { hashesAtTileLevel, nodePlace, TILE_WIDTH, type TileId } from './tile-layout.ts';
import { TilePyramid } from './tile-pyramid.ts';

/** A tile that became full, ready to be stored: it will never change. */
export interface CompletedTile extends TileId {
  readonly pyramid: TilePyramid;
}

/** The open tile of one level. `shared`: a clone points to the same pyramid, so it is copied before it grows. */
interface OpenTile {
  n: number;
  pyramid: TilePyramid;
  shared: boolean;
}

function misfit(): LedgerError {
  return new LedgerError('invalid_value', 'The partial tiles do not fit the size of the log.');
}

const tileKey = (level: number, n: number): string => `${level}/${n}`;

/**
 * The right edge of the tree: one open tile per tile level. It is all a sequencer needs to append, to compute the
 * root, and to prove the entries of the present batch.
 *
 * A batch is tried on a {@link clone}: dropped if the commit fails, kept (with {@link dropCompleted}) if it succeeds.
 */
export class TreeEdge {
  readonly #sha256: Sha256;
  readonly #open: OpenTile[];
  readonly #completed: Map<string, CompletedTile>;
  #size: number;

  private constructor(sha256: Sha256, size: number, open: OpenTile[], completed: Map<string, CompletedTile>) {
    this.#sha256 = sha256;
    this.#size = size;
    this.#open = open;
    this.#completed = completed;
  }

  /** The edge of the tree without entries. */
  static empty(sha256: Sha256): TreeEdge {
    return new TreeEdge(sha256, 0, [], new Map());
  }

  /**
   * From the partial tiles of a log of `size` entries: `partialHashes[L]` holds `floor(size / 256^L) mod 256` hashes
   * (possibly none), one item per level up to the highest that is not empty; `partialTiles(size)` lists them.
   *
   * @throws LedgerError `invalid_value` if a width does not fit the size
   */
  static fromTiles(sha256: Sha256, size: number, partialHashes: readonly Uint8Array[]): TreeEdge {
    if (!Number.isSafeInteger(size) || size < 0) throw misfit();
    const open: OpenTile[] = [];
    for (let level = 0; hashesAtTileLevel(level, size) > 0 || level < partialHashes.length; level++) {
      const count = hashesAtTileLevel(level, size);
      const hashes = partialHashes[level] ?? new Uint8Array(0);
      if (hashes.length !== (count % TILE_WIDTH) * HASH_SIZE) throw misfit();
      const pyramid = TilePyramid.fromHashes(sha256, hashes);
      open.push({ n: Math.floor(count / TILE_WIDTH), pyramid, shared: false });
    }
    return new TreeEdge(sha256, size, open, new Map());
  }

  /** Entries in the tree. */
  get size(): number {
    return this.#size;
  }

  /** Full tiles since the edge was made or {@link dropCompleted} was called, in the order in which they became full. */
  get completed(): readonly CompletedTile[] {
    return [...this.#completed.values()];
  }

  /** Takes in one leaf hash (32 bytes) and returns its index. */
  append(leafHash: Uint8Array): number {
    this.#appendAt(0, leafHash);
    const index = this.#size;
    this.#size += 1;
    return index;
  }

  #appendAt(level: number, hash: Uint8Array): void {
    const tile = this.#openTile(level);
    tile.pyramid.append(hash);
    if (!tile.pyramid.isFull) return;
    const { n, pyramid } = tile;
    this.#completed.set(tileKey(level, n), { level, n, pyramid });
    this.#open[level] = { n: n + 1, pyramid: new TilePyramid(this.#sha256), shared: false };
    this.#appendAt(level + 1, pyramid.root());
  }

  #openTile(level: number): OpenTile {
    const tile = (this.#open[level] ??= { n: 0, pyramid: new TilePyramid(this.#sha256), shared: false });
    if (tile.shared) {
      tile.pyramid = tile.pyramid.clone();
      tile.shared = false;
    }
    return tile;
  }

  /** Root of the tree (RFC 6962 §2.1). */
  root(): Uint8Array {
    return rootOf(this.#sha256, this.#size, this.node);
  }

  /**
   * Hash of a perfect subtree, if the edge holds it: in an open tile or in one completed since {@link dropCompleted}. A
   * view, valid until the edge changes.
   *
   * @throws LedgerError `not_in_log` if it does not
   */
  readonly node = (level: number, index: number): Uint8Array => {
    const place = nodePlace({ level, index });
    const open = this.#open[place.level];
    const pyramid = open?.n === place.n ? open.pyramid : this.#completed.get(tileKey(place.level, place.n))?.pyramid;
    if (pyramid === undefined) throw new LedgerError('not_in_log', 'The edge does not hold this node.');
    return pyramid.node(place.sublevel, place.index);
  };

  /** Inclusion proof in the present tree, for entries whose tile is open or completed since {@link dropCompleted}. */
  prove(index: number): InclusionProof {
    return inclusionProof(this.#sha256, index, this.#size, this.node);
  }

  /** Consistency proof from a size that lies no further back than {@link dropCompleted}. */
  proveConsistency(from: number): ConsistencyProof {
    return consistencyProof(this.#sha256, from, this.#size, this.node);
  }

  /** The open tiles that are not empty, lowest level first: `{level, n, pyramid}`. */
  openTiles(): CompletedTile[] {
    return this.#open.flatMap(({ n, pyramid }, level) => (pyramid.width === 0 ? [] : [{ level, n, pyramid }]));
  }

  /** Forgets the completed tiles, once they are stored. Proofs handed out before stay as they are. */
  dropCompleted(): void {
    this.#completed.clear();
  }

  /** An independent edge. Cheap: tiles are copied (16 kB each) only when one of the two grows them. */
  clone(): TreeEdge {
    for (const tile of this.#open) tile.shared = true;
    const open = this.#open.map((tile) => ({ ...tile }));
    return new TreeEdge(this.#sha256, this.#size, open, new Map(this.#completed));
  }
}
