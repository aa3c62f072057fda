/** What the rows of the bench share. @module */
import { GrowingLog } from './growing-log.ts';
import type { Figure } from './figures.ts';
import type { Sizes } from './options.ts';

/** One row of the bench. */
export interface Row {
  readonly name: string;
  /** One line for `--help`. */
  readonly about: string;
  /** @throws BenchFault where correctness is broken */
  readonly run: (context: BenchContext) => Promise<Figure[]>;
}

/** Names of the floors that other rows are compared with. */
export type FloorName = 'PostgreSQL floor' | 'HTTP floor, batches' | 'HTTP floor, single';

export class BenchContext {
  readonly sizes: Sizes;
  /** Folder for everything that the bench writes; removed at the end. */
  readonly workDir: string;
  readonly #floors = new Map<FloorName, number>();
  #growing: GrowingLog | undefined;

  constructor(sizes: Sizes, workDir: string) {
    this.sizes = sizes;
    this.workDir = workDir;
  }

  /** Progress, on stderr: the figures alone are on stdout. */
  tell(message: string): void {
    process.stderr.write(`  ${message}\n`);
  }

  setFloor(name: FloorName, perSecond: number): void {
    this.#floors.set(name, perSecond);
  }

  /** Ratios to those of the floors that were measured in this run. */
  ratios(perSecond: number, ...names: readonly FloorName[]): { ratios?: Record<string, number> } {
    const known = names.flatMap((name) => {
      const floor = this.#floors.get(name);
      return floor === undefined ? [] : [[name, perSecond / floor] as const];
    });
    return known.length === 0 ? {} : { ratios: Object.fromEntries(known) };
  }

  /** The one log that several rows fill further and measure; started at its first use. */
  async growing(): Promise<GrowingLog> {
    this.#growing ??= await GrowingLog.open(this);
    return this.#growing;
  }

  /** Whether a row used the growing log. */
  get usedGrowing(): GrowingLog | undefined {
    return this.#growing;
  }
}
