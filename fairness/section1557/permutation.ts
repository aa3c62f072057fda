/**
 * Permutation tests of many inputs against one attribute: its values are shuffled once for all of them.
 *
 * @module
 */
import type { Random } from '../../numerics/random.ts';
import { shuffle } from '../../numerics/sampling.ts';
import { NO_LEVEL } from './input-levels.ts';

/** An input by level, rows as in the attribute. */
export interface TestedInput {
  readonly codes: Uint16Array;
  readonly levels: number;
}

export interface PermutationTest {
  /** `null` where there is one level or one group. */
  readonly pValue: number | null;
  /** Permutations made: fewer than asked for where it was clear before. */
  readonly permutations: number;
}

/** Permutations at least as extreme after which none more is made. */
export const STOP_AFTER = 20;

/** Rows of a test at most: beyond, a random part of them. A weak association is still seen. */
export const TESTED_ROWS = 5_000;

/** Positions of the rows that are tested, ascending: all, or a random part. */
export function testedRows(rows: number, random: Random): Uint32Array {
  const all = Uint32Array.from({ length: rows }, (_, i) => i);
  if (rows <= TESTED_ROWS) return all;
  for (let i = 0; i < TESTED_ROWS; i += 1) {
    const other = i + random.below(rows - i);
    const kept = all[other] ?? 0;
    all[other] = all[i] ?? 0;
    all[i] = kept;
  }
  return all.slice(0, TESTED_ROWS).sort();
}

/**
 * Permutation tests of no association, by χ²: they see any dependence, of numbers in bins also one of spread alone.
 *
 * After {@link STOP_AFTER} permutations at least as extreme as what was seen a test stops with their share (Besag and Clifford,
 * "Sequential Monte Carlo p-values", Biometrika 78, 1991); otherwise p = (extreme + 1) / (permutations + 1).
 *
 * @param codes - group of each row; a row at or beyond `groups` is left out
 */
export function permutationTests(
  inputs: readonly TestedInput[],
  { codes, groups }: { readonly codes: ArrayLike<number>; readonly groups: number },
  { permutations, random }: { readonly permutations: number; readonly random: Random },
): readonly PermutationTest[] {
  const rows = Uint32Array.from(Array.from(codes).flatMap((code, row) => (code < groups ? [row] : [])));
  const shuffled = Uint16Array.from(rows, (row) => codes[row] ?? 0);
  const tests = inputs.map((input) => new Test(input, rows, groups));
  for (const test of tests) test.look(shuffled);
  let open = tests.filter((test) => test.isOpen);
  for (let made = 1; made <= permutations && open.length > 0; made += 1) {
    shuffle(random, shuffled);
    for (const test of open) test.count(shuffled);
    open = open.filter((test) => test.isOpen);
  }
  return tests.map((test) => test.result());
}

/** One input under permutations. */
class Test {
  /** Rows with a level: where in the shuffled groups, and where in the table its level begins. */
  readonly #positions: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #levelSums: Float64Array;
  readonly #groups: number;
  readonly #table: Uint32Array;
  readonly #groupSums: Float64Array;
  #seen = 0;
  #isDefined = false;
  #made = 0;
  #extreme = 0;

  constructor({ codes, levels }: TestedInput, rows: Uint32Array, groups: number) {
    const positions = [...rows.keys()].filter((i) => (codes[rows[i] ?? 0] ?? NO_LEVEL) < levels);
    this.#positions = Uint32Array.from(positions);
    this.#starts = Uint32Array.from(positions, (i) => (codes[rows[i] ?? 0] ?? 0) * groups);
    this.#levelSums = new Float64Array(levels);
    for (const start of this.#starts) {
      this.#levelSums[start / groups] = (this.#levelSums[start / groups] ?? 0) + 1;
    }
    this.#groups = groups;
    this.#table = new Uint32Array(levels * groups);
    this.#groupSums = new Float64Array(groups);
  }

  get isOpen(): boolean {
    return this.#isDefined && this.#extreme < STOP_AFTER;
  }

  /** At the groups as they are. */
  look(codes: Uint16Array): void {
    // Sums in another order differ in the last bits: what is as extreme must not count as less.
    this.#seen = this.#statistic(codes) * (1 - 1e-12);
    const isSeveral = (sums: Float64Array): boolean => sums.filter((sum) => sum > 0).length > 1;
    this.#isDefined = isSeveral(this.#levelSums) && isSeveral(this.#groupSums);
  }

  count(codes: Uint16Array): void {
    this.#made += 1;
    if (this.#statistic(codes) >= this.#seen) this.#extreme += 1;
  }

  result(): PermutationTest {
    if (!this.#isDefined) return { pValue: null, permutations: 0 };
    const permutations = this.#made;
    if (this.#extreme === STOP_AFTER) return { pValue: STOP_AFTER / permutations, permutations };
    return { pValue: (this.#extreme + 1) / (permutations + 1), permutations };
  }

  /** Σ count² / (level sum · group sum): χ² / n + 1. */
  #statistic(codes: Uint16Array): number {
    this.#tabulate(codes);
    const groups = this.#groups;
    const table = this.#table;
    let sum = 0;
    for (let level = 0; level < this.#levelSums.length; level += 1) {
      const size = this.#levelSums[level] ?? 0;
      if (size === 0) continue;
      let row = 0;
      for (let group = 0; group < groups; group += 1) {
        const count = table[level * groups + group] ?? 0;
        if (count > 0) row += (count * count) / (this.#groupSums[group] ?? 1);
      }
      sum += row / size;
    }
    return sum;
  }

  #tabulate(codes: Uint16Array): void {
    const table = this.#table.fill(0);
    const [positions, starts, sums] = [this.#positions, this.#starts, this.#groupSums.fill(0)];
    for (let i = 0; i < positions.length; i += 1) {
      const at = (starts[i] ?? 0) + (codes[positions[i] ?? 0] ?? 0);
      table[at] = (table[at] ?? 0) + 1;
    }
    for (let i = 0; i < table.length; i += 1) {
      const group = i % sums.length;
      sums[group] = (sums[group] ?? 0) + (table[i] ?? 0);
    }
  }
}
