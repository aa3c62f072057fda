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
import { type Ends, endsOf } from './resampled-ends.ts';

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
  /** A function alone has `percentile` ends. */
  readonly statistics: readonly (CellStatistic | { readonly compute: CellStatistic; readonly ends: Ends })[];
}

export type ResampledInterval =
  | (Bounds & {
      readonly status: 'ok';
      /** From {@link BOOTSTRAP_METHOD}. */
      readonly method: string;
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

/** Names of the method in figures. */
export const BOOTSTRAP_METHOD: Readonly<Record<Ends, string>> = {
  percentile: 'bootstrap-multinomial',
  distance: 'bootstrap-multinomial-distance',
};

/**
 * Draws as many rows as there are, with replacement, `resamples` times, and takes the quantiles of each statistic: that a
 * row falls into a cell has the probability of the cell's share, so that a draw of rows is a multinomial draw of cells. With
 * weights, what a cell weighs in a draw is drawn as well ({@link weigherOf}).
 *
 * @returns an interval for each statistic, in their order
 * @throws RangeError unless `resamples` is a whole number above 0, and the level between 0 and 1
 * @see B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13
 */
export function bootstrapCells(resampling: CellResampling): readonly ResampledInterval[] {
  const { cells, resamples, seed, level, statistics } = resampling;
  if (!Number.isInteger(resamples) || resamples < 1) throw new RangeError('resamples: a whole number above 0');
  if (!(level > 0 && level < 1)) throw new RangeError('level: between 0 and 1');
  const rows = Math.round(cells.reduce((all, count) => all + count, 0));
  if (rows === 0) return statistics.map(() => ({ status: 'refused', reason: 'no_rows', undefinedResamples: 0 }));
  const measured = statistics.map((given) => {
    const { compute, ends } = typeof given === 'function' ? { compute: given, ends: 'percentile' as const } : given;
    return { compute, ends, values: new Float64Array(resamples) };
  });
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
  readonly ends: Ends;
  /** NaN where there is none. */
  readonly values: Float64Array;
}

/** NaN for whatever is no number: such resamples are counted and left out. */
function finiteOf(value: number | undefined): number {
  return value === undefined || !Number.isFinite(value) ? NaN : value;
}

function intervalOf({ compute, ends, values }: Measured, { cells, weight, level }: CellResampling): ResampledInterval {
  const defined = values.filter((value) => !Number.isNaN(value)).sort();
  const undefinedResamples = values.length - defined.length;
  const estimate = finiteOf(compute(Float64Array.from(weight ?? cells)));
  if (Number.isNaN(estimate)) return { status: 'refused', reason: 'undefined', undefinedResamples };
  if (undefinedResamples > UNDEFINED_SHARE * values.length) {
    return { status: 'refused', reason: 'undefined_resamples', undefinedResamples };
  }
  const bounds = endsOf(defined, { estimate, level, ends });
  return { status: 'ok', ...bounds, method: BOOTSTRAP_METHOD[ends], undefinedResamples };
}
