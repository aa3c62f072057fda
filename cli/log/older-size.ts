import { equalBytes } from '../../ledger/canonical/bytes.ts';
import type { Checkpoint } from '../../ledger/checkpoint/checkpoint.ts';
import { HASH_SIZE } from '../../ledger/merkle/hash.ts';
import { partialTiles, type TileId } from '../../ledger/merkle/tile-layout.ts';
import type { Sha256 } from '../../ledger/types.ts';
import { rootOfEdge } from './walk-log.ts';

/**
 * Proves during a walk that the log extends an older checkpoint: keeps the beginnings of those tiles that were the right
 * edge at the older size, at most 8 kB a level, and hashes them to the older root.
 */
export class OlderSize {
  readonly #checkpoint: Checkpoint;
  readonly #sha256: Sha256;
  readonly #edge = new Map<string, { level: number; hashes: Uint8Array }>();
  readonly #wanted: ReadonlyMap<string, number>;

  constructor(checkpoint: Checkpoint, sha256: Sha256) {
    this.#checkpoint = checkpoint;
    this.#sha256 = sha256;
    this.#wanted = new Map(partialTiles(checkpoint.size).map((tile) => [keyOf(tile), tile.width]));
  }

  /** Takes in every verified tile of the walk. */
  visit(tile: TileId, hashes: Uint8Array): void {
    const width = this.#wanted.get(keyOf(tile));
    if (width === undefined) return;
    this.#edge.set(keyOf(tile), { level: tile.level, hashes: hashes.slice(0, width * HASH_SIZE) });
  }

  /** After the walk: whether the tree began as the older checkpoint says. */
  isExtended(): boolean {
    const edge = [...this.#edge.values()];
    if (edge.length !== this.#wanted.size) return false;
    return equalBytes(rootOfEdge(this.#sha256, this.#checkpoint.size, edge), this.#checkpoint.root);
  }
}

function keyOf({ level, n }: TileId): string {
  return `${level}/${n}`;
}
