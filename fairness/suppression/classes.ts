/**
 * What a person can be counted as within a group: label × prediction, and with several thresholds label × the interval of
 * thresholds that the score falls into. Whatever figures say of persons are sums over these classes.
 *
 * @module
 */
import type { CellTable } from '../cells.ts';
import { CELLS, cellIndex, FAVOURABLE, UNFAVOURABLE, UNKNOWN } from '../columns.ts';

const LABELS = 3;

/** Persons by group and class, `groups.length * size` numbers. */
export interface ClassCounts {
  readonly attribute: string;
  readonly groups: readonly string[];
  /** Classes of a group. */
  readonly size: number;
  readonly counts: Float64Array;
  /** Classes whose persons have the same prediction at every threshold have the same number here. */
  readonly predictionOf: Uint16Array;
  readonly isWeighted: boolean;
}

/**
 * Persons by class, of tables with the same groups: one, or one for each threshold in any order.
 *
 * @returns `undefined` where the tables cannot be of the same rows at several thresholds
 */
export function classCounts(tables: readonly CellTable[]): ClassCounts | undefined {
  const [first] = tables;
  if (first === undefined) return undefined;
  const descending = [...tables].sort((a, b) => favourable(b) - favourable(a));
  const { groups } = first;
  if (descending.some((table) => table.groups.length !== groups.length)) return undefined;
  // Intervals from the top: below the lowest threshold, between two, above the highest; and no prediction.
  const columns = tables.length + 2;
  const size = LABELS * columns;
  const counts = new Float64Array(groups.length * size);
  for (let group = 0; group < groups.length; group += 1) {
    for (let label = 0; label < LABELS; label += 1) {
      const into = counts.subarray(group * size + label * columns, group * size + (label + 1) * columns);
      if (!splitLabel(descending, group, label, into)) return undefined;
    }
  }
  const predictionOf = Uint16Array.from({ length: size }, (_, i) => i % columns);
  return { attribute: first.attribute, groups, size, counts, predictionOf, isWeighted: first.weight !== first.rows };
}

function favourable({ rows, groups }: CellTable): number {
  let sum = 0;
  for (let group = 0; group < groups.length; group += 1) {
    for (const label of [UNFAVOURABLE, FAVOURABLE, UNKNOWN]) sum += at(rows, group, label, FAVOURABLE);
  }
  return sum;
}

function at(rows: Float64Array, group: number, label: number, prediction: number): number {
  return rows[group * CELLS + cellIndex(label, prediction)] ?? 0;
}

/** Whoever is favourable at one threshold and not at the next lies between them. */
function splitLabel(descending: readonly CellTable[], group: number, label: number, into: Float64Array): boolean {
  const known = descending.map(({ rows }) => at(rows, group, label, FAVOURABLE));
  const totals = descending.map(({ rows }, i) => (known[i] ?? 0) + at(rows, group, label, UNFAVOURABLE));
  const unknown = descending.map(({ rows }) => at(rows, group, label, UNKNOWN));
  const isSame = (values: readonly number[]): boolean => values.every((value) => value === values[0]);
  if (!isSame(totals) || !isSame(unknown)) return false;
  const ladder = [totals[0] ?? 0, ...known, 0];
  for (let i = 0; i + 1 < ladder.length; i += 1) {
    const between = (ladder[i] ?? 0) - (ladder[i + 1] ?? 0);
    if (between < 0) return false;
    into[i] = between;
  }
  into[ladder.length - 1] = unknown[0] ?? 0;
  return true;
}

/** How much of a group is shown: nothing, its size, its predictions as well, and its labels as well. Each includes the ones before. */
export const NOTHING = 0;
export const SIZE = 1;
export const PREDICTIONS = 2;
export const LABELLED = 3;
export type Level = typeof NOTHING | typeof SIZE | typeof PREDICTIONS | typeof LABELLED;

/** Persons by what is told apart at a level: an array of `groups.length * size`. */
export function countsAt(classes: ClassCounts, level: Level): { readonly counts: Float64Array; readonly size: number } {
  if (level === LABELLED) return classes;
  const isByPrediction = level === PREDICTIONS;
  const size = isByPrediction ? Math.max(...classes.predictionOf) + 1 : 1;
  const counts = new Float64Array(classes.groups.length * size);
  for (let i = 0; i < classes.counts.length; i += 1) {
    const group = Math.floor(i / classes.size);
    const to = group * size + (isByPrediction ? (classes.predictionOf[i % classes.size] ?? 0) : 0);
    counts[to] = (counts[to] ?? 0) + (classes.counts[i] ?? 0);
  }
  return { counts, size };
}

/** All groups as one. */
export function everybody(classes: ClassCounts): ClassCounts {
  const counts = new Float64Array(classes.size);
  for (let i = 0; i < classes.counts.length; i += 1) {
    counts[i % classes.size] = (counts[i % classes.size] ?? 0) + (classes.counts[i] ?? 0);
  }
  return { ...classes, groups: [''], counts };
}

/** A number of persons that may not be told: at least one, and fewer than the minimum. Nobody may be told. */
export function isSmall(count: number, minimum: number): boolean {
  return count > 0 && count < minimum;
}

/** How much of a group could be shown if there were no other. */
export function ownLevels(classes: ClassCounts, minimum: number): Level[] {
  const levels = classes.groups.map((): Level => LABELLED);
  for (const level of [LABELLED, PREDICTIONS, SIZE] as const) {
    const { counts, size } = countsAt(classes, level);
    for (let i = 0; i < counts.length; i += 1) {
      if (isSmall(counts[i] ?? 0, minimum)) levels[Math.floor(i / size)] = (level - 1) as Level;
    }
  }
  return levels;
}
