/**
 * Intervals of whatever is computed from the cells of a table, by resampling the cells: the cost depends on the number of
 * cells and resamples, not on that of rows.
 *
 * @module
 */
import { createRandom } from '../../numerics/random.ts';
import { multinomial } from '../../numerics/sampling.ts';
import { weigherOf } from './drawn-weights.ts';
import type { Bounds } from './proportion.ts';

/** A number from the sums in the cells; `undefined` where it has no value on them. Keeps no reference to its argument. */
export type CellStatistic = (cells: Float64Array) => number | undefined;

export interface CellResampling {
  /** Rows (persons) in each cell. */
  readonly cells: Float64Array;
  /** Σw and Σw² in each cell, where rows have weights: statistics are then computed from weights. */
  readonly weight?: Float64Array;
  readonly weightSquared?: Float64Array;
  /** E.g. 1000. */
  readonly resamples: number;
  /** The same text gives the same intervals. */
  readonly seed: string;
  /** E.g. 0.95. */
  readonly level: number;
  readonly statistics: readonly CellStatistic[];
}

export type ResampledInterval =
  | (Bounds & {
      readonly status: 'ok';
      /** Resamples on which the statistic had no value. */
      readonly undefinedResamples: number;
    })
  | {
      readonly status: 'refused';
      /** No value on the rows themselves; on more than 5 % of the resamples; or nothing to resample. */
      readonly reason: 'undefined' | 'undefined_resamples' | 'no_rows';
      readonly undefinedResamples: number;
    };

/** Largest share of resamples without a value: an interval of the rest would be about other tables than these. */
export const UNDEFINED_SHARE = 0.05;

/** Name of the method in figures. */
export const BOOTSTRAP_METHOD = 'bootstrap-multinomial';

/**
 * Draws as many rows as there are, with replacement, `resamples` times, and takes the quantiles of each statistic: that a
 * row falls into a cell has the probability of the cell's share, so that a draw of rows is a multinomial draw of cells. With
 * weights, what a cell weighs in a draw is drawn as well ({@link weigherOf}).
 *
 * Quantiles are for statistics that can have either sign. Of what cannot be below 0, as an absolute value, a maximum of such or
 * a spread, they never reach down to 0, because chance makes it larger, in the rows once and in the resamples twice: resample
 * how far its signed parts stray, and put that to both sides of the value.
 *
 * @returns an interval for each statistic, in their order, with its value on the rows inside
 * @throws RangeError unless `resamples` is a whole number above 0, and the level between 0 and 1
 * @see B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13
 */
export function bootstrapCells(resampling: CellResampling): readonly ResampledInterval[] {
  const { cells, resamples, seed, level, statistics } = resampling;
  if (!Number.isInteger(resamples) || resamples < 1) throw new RangeError('resamples: a whole number above 0');
  if (!(level > 0 && level < 1)) throw new RangeError('level: between 0 and 1');
  const rows = Math.round(cells.reduce((all, count) => all + count, 0));
  if (rows === 0) return statistics.map(() => ({ status: 'refused', reason: 'no_rows', undefinedResamples: 0 }));
  const measured = statistics.map((compute) => ({ compute, values: new Float64Array(resamples) }));
  const random = createRandom(seed);
  const weigh = weigherOf(resampling);
  const drawn = new Float64Array(cells.length);
  for (let i = 0; i < resamples; i += 1) {
    multinomial(random, rows, cells, drawn);
    weigh?.(random, drawn);
    for (const { compute, values } of measured) values[i] = finiteOf(compute(drawn));
  }
  return measured.map((one) => intervalOf(one, resampling));
}

interface Measured {
  readonly compute: CellStatistic;
  /** NaN where there is none. */
  readonly values: Float64Array;
}

/** NaN for whatever is no number: such resamples are counted and left out. */
function finiteOf(value: number | undefined): number {
  return value === undefined || !Number.isFinite(value) ? NaN : value;
}

function intervalOf({ compute, values }: Measured, { cells, weight, level }: CellResampling): ResampledInterval {
  const defined = values.filter((value) => !Number.isNaN(value)).sort();
  const undefinedResamples = values.length - defined.length;
  const estimate = finiteOf(compute(Float64Array.from(weight ?? cells)));
  if (Number.isNaN(estimate)) return { status: 'refused', reason: 'undefined', undefinedResamples };
  if (undefinedResamples > UNDEFINED_SHARE * values.length) {
    return { status: 'refused', reason: 'undefined_resamples', undefinedResamples };
  }
  const tail = (1 - level) / 2;
  const [low, high] = [quantile(defined, tail), quantile(defined, 1 - tail)];
  return { status: 'ok', low: Math.min(low, estimate), high: Math.max(high, estimate), undefinedResamples };
}

/**
 * Linear between order statistics, of which the k-th stands for k / (number + 1): definition 6 of R. J. Hyndman and Y. Fan,
 * "Sample quantiles in statistical packages" (The American Statistician 50, 1996). Others end further inside, and the interval of
 * a few hundred resamples would cover less than its level.
 */
function quantile(ascending: Float64Array, p: number): number {
  const rank = Math.min(ascending.length, Math.max(1, p * (ascending.length + 1)));
  const below = Math.floor(rank);
  const low = ascending[below - 1] ?? 0;
  const high = ascending[Math.min(ascending.length, below + 1) - 1] ?? 0;
  return low + (rank - below) * (high - low);
}
