/**
 * Predictions at many thresholds from one pass over the rows.
 *
 * @module
 */
import { LedgerError } from '../../../ledger/errors.ts';
import type { CellTable } from '../../cells.ts';
import { type AttributeColumn, type AuditColumns, CELLS, cellIndex, FAVOURABLE, UNFAVOURABLE } from '../../columns.ts';

/** 0.05, 0.10, … 0.95. */
export const DEFAULT_THRESHOLDS: readonly number[] = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);
export const MAX_THRESHOLDS = 10_000;
/** Of groups × thresholds: 72 bytes or more each. */
const MAX_TABLES = 1 << 21;

/** The sums of an attribute's groups at each threshold: predicted favourable = score at or above it. */
export interface ThresholdSweep {
  /** Ascending, each once. */
  readonly thresholds: readonly number[];
  /** One a threshold. */
  readonly tables: readonly CellTable[];
}

/**
 * Counts each row once, in the interval between thresholds that its score falls in; the counts at a threshold are those of
 * the intervals from it up. Θ(rows + thresholds · groups). Predictions that the columns hold are not looked at; rows without
 * a known label count among predictions.
 *
 * @returns `undefined` where there are no scores
 * @throws LedgerError `invalid_value` for no thresholds, more than {@link MAX_THRESHOLDS}, or one outside [0, 1];
 *   `audit_too_large` where groups × thresholds are more than 2^21
 */
export function sweepThresholds(
  columns: AuditColumns,
  attribute: AttributeColumn,
  thresholds: readonly number[] = DEFAULT_THRESHOLDS,
): ThresholdSweep | undefined {
  const ascending = checkThresholds(thresholds);
  if (columns.scores === undefined) return undefined;
  if (ascending.length * attribute.groups.length > MAX_TABLES) {
    throw new LedgerError('audit_too_large', 'Too many groups times thresholds: ask for fewer of either.');
  }
  const shape = { thresholds: ascending.length, groups: attribute.groups.length };
  const slots = slotsOf(columns, attribute, { thresholds: ascending, scores: columns.scores });
  const { scores, weights } = columns;
  const summed = (...factors: (Float64Array | undefined)[]): Float64Array[] => {
    const given = factors.filter((factor) => factor !== undefined);
    return accumulate(sumSlots(slots, slotCount(shape), given), shape);
  };
  const rows = summed();
  const weight = weights === undefined ? rows : summed(weights);
  const weightSquared = weights === undefined ? rows : summed(weights, weights);
  const sums = {
    rows,
    weight,
    weightSquared,
    score: summed(scores, weights),
    scoreSquared: summed(scores, scores, weights),
  };
  return { thresholds: ascending, tables: ascending.map((_, i) => tableAt(sums, i, attribute)) };
}

/**
 * Thresholds in order, each once.
 *
 * @throws LedgerError `invalid_value`
 */
function checkThresholds(thresholds: readonly number[]): readonly number[] {
  const areInRange = thresholds.every((threshold) => threshold >= 0 && threshold <= 1);
  if (areInRange && thresholds.length > 0 && thresholds.length <= MAX_THRESHOLDS) {
    return [...new Set(thresholds)].sort((a, b) => a - b);
  }
  const message = `Give 1 to ${MAX_THRESHOLDS} thresholds from 0 to 1.`;
  throw new LedgerError('invalid_value', message, { pointer: '/threshold' });
}

interface SweepShape {
  readonly thresholds: number;
  readonly groups: number;
}

const LABELS = 3;

/** A slot a group, label and interval between thresholds: `(interval · groups + group) · 3 + label`. */
function slotCount({ thresholds, groups }: SweepShape): number {
  return (thresholds + 1) * groups * LABELS;
}

/** The slot of each row. Interval j has j thresholds at or below its scores. */
function slotsOf(
  { cells }: AuditColumns,
  { codes, groups }: AttributeColumn,
  { thresholds, scores }: { readonly thresholds: readonly number[]; readonly scores: Float64Array },
): Uint32Array {
  const bounds = Float64Array.of(...thresholds, Infinity);
  const first = firstIntervals(bounds);
  const slots = new Uint32Array(scores.length);
  const size = groups.length;
  for (let i = 0; i < slots.length; i += 1) {
    const score = scores[i] ?? 0;
    let interval = first[(score * BUCKETS) | 0] ?? 0;
    while ((bounds[interval] ?? Infinity) <= score) interval += 1;
    slots[i] = (interval * size + (codes[i] ?? 0)) * LABELS + (((cells[i] ?? 0) / LABELS) | 0);
  }
  return slots;
}

/** A power of two: the product of a score with it is exact, so a bucket never starts above the score. */
const BUCKETS = 4096;

/** For each bucket of scores, how many thresholds are at or below its start: from there it is a few steps at most. */
function firstIntervals(bounds: Float64Array): Uint32Array {
  const first = new Uint32Array(BUCKETS + 1);
  let interval = 0;
  for (let bucket = 0; bucket <= BUCKETS; bucket += 1) {
    while ((bounds[interval] ?? Infinity) <= bucket / BUCKETS) interval += 1;
    first[bucket] = interval;
  }
  return first;
}

/** Sums over the rows of each slot of the product of the factors; without factors their number. */
function sumSlots(slots: Uint32Array, size: number, [a, b, c]: readonly Float64Array[]): Float64Array {
  const sums = new Float64Array(size);
  for (let i = 0; i < slots.length; i += 1) {
    const slot = slots[i] ?? 0;
    let value = a === undefined ? 1 : (a[i] ?? 0);
    if (b !== undefined) value *= b[i] ?? 0;
    if (c !== undefined) value *= c[i] ?? 0;
    sums[slot] = (sums[slot] ?? 0) + value;
  }
  return sums;
}

/**
 * Cells at each threshold. Favourable predictions are added up from the top and unfavourable ones from the bottom: a
 * difference from the total could leave a rounding error below 0.
 */
function accumulate(slots: Float64Array, shape: SweepShape): Float64Array[] {
  const tables = Array.from({ length: shape.thresholds }, () => new Float64Array(shape.groups * CELLS));
  const width = shape.groups * LABELS;
  const below = new Float64Array(width);
  const above = new Float64Array(width);
  for (let i = 0; i < shape.thresholds; i += 1) {
    addInto(below, slots.subarray(i * width, (i + 1) * width));
    spread(below, tables[i], UNFAVOURABLE);
  }
  for (let i = shape.thresholds - 1; i >= 0; i -= 1) {
    addInto(above, slots.subarray((i + 1) * width, (i + 2) * width));
    spread(above, tables[i], FAVOURABLE);
  }
  return tables;
}

function addInto(sums: Float64Array, values: Float64Array): void {
  for (let i = 0; i < sums.length; i += 1) sums[i] = (sums[i] ?? 0) + (values[i] ?? 0);
}

function spread(sums: Float64Array, table: Float64Array | undefined, prediction: number): void {
  if (table === undefined) return;
  for (let i = 0; i < sums.length; i += 1) {
    const group = Math.floor(i / LABELS);
    table[group * CELLS + cellIndex(i % LABELS, prediction)] = sums[i] ?? 0;
  }
}

type SumName = 'rows' | 'weight' | 'weightSquared' | 'score' | 'scoreSquared';

function tableAt(sums: Readonly<Record<SumName, Float64Array[]>>, i: number, attribute: AttributeColumn): CellTable {
  const at = (name: SumName): Float64Array => sums[name][i] ?? new Float64Array(0);
  return {
    attribute: attribute.name,
    groups: attribute.groups,
    rows: at('rows'),
    weight: at('weight'),
    weightSquared: at('weightSquared'),
    score: at('score'),
    scoreSquared: at('scoreSquared'),
  };
}

/**
 * Thresholds at quantiles of the scores, for a sweep that has as many rows between any two: at most `count`, fewer where
 * quantiles are equal. `sorted` ascends, e.g. `ScoreOrder.scores`. Each threshold is a score that occurs.
 *
 * @throws LedgerError `invalid_value` for a count that is not 1 to {@link MAX_THRESHOLDS}
 */
export function quantileThresholds(sorted: Float64Array, count: number): readonly number[] {
  if (!Number.isInteger(count) || count < 1 || count > MAX_THRESHOLDS) {
    throw new LedgerError('invalid_value', `Ask for 1 to ${MAX_THRESHOLDS} thresholds.`, { pointer: '/threshold' });
  }
  const found = new Set<number>();
  for (let i = 1; i <= count && sorted.length > 0; i += 1) {
    found.add(sorted[Math.floor((sorted.length * i) / (count + 1))] ?? 0);
  }
  return [...found];
}
