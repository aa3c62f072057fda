/**
 * Intervals of whatever is computed from the cells of a table, by resampling the cells: the cost depends on the number of
 * cells and resamples, not on that of rows.
 *
 * @module
 */
import { createRandom, type Random } from '../../numerics/random.ts';
import { gamma, multinomial } from '../../numerics/sampling.ts';
import type { Bounds } from './proportion.ts';
import { type CellStatistic, endsOf } from './resampled-ends.ts';

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
  /** [`percentile`] */
  readonly ends?: 'percentile' | 'bca';
}

export type ResampledInterval =
  | (Bounds & {
      readonly status: 'ok';
      /** Resamples on which the statistic had no value. */ readonly undefinedResamples: number;
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
export const BOOTSTRAP_METHOD = { percentile: 'bootstrap-multinomial', bca: 'bootstrap-multinomial-bca' } as const;

/**
 * Draws as many rows as there are, with replacement, `resamples` times, and takes the quantiles of each statistic: that a
 * row falls into a cell has the probability of the cell's share, so that a draw of rows is a multinomial draw of cells. With
 * weights, the weight of a cell is that of its drawn rows, which is drawn from a gamma distribution with the mean and
 * variance of such a sum.
 *
 * @returns an interval for each statistic, in their order
 * @throws RangeError unless `resamples` is a whole number above 0, and the level between 0 and 1
 * @see B. Efron and R. J. Tibshirani, *An Introduction to the Bootstrap*, 1993, chapters 13 and 14
 */
export function bootstrapCells(resampling: CellResampling): readonly ResampledInterval[] {
  const { cells, resamples, seed, level, statistics } = resampling;
  if (!Number.isInteger(resamples) || resamples < 1) throw new RangeError('resamples: a whole number above 0');
  if (!(level > 0 && level < 1)) throw new RangeError('level: between 0 and 1');
  const rows = Math.round(cells.reduce((all, count) => all + count, 0));
  if (rows === 0) return statistics.map(() => ({ status: 'refused', reason: 'no_rows', undefinedResamples: 0 }));
  const values = statistics.map(() => new Float64Array(resamples));
  const random = createRandom(seed);
  const weigh = weigherOf(resampling);
  const drawn = new Float64Array(cells.length);
  for (let i = 0; i < resamples; i += 1) {
    multinomial(random, rows, cells, drawn);
    weigh?.(random, drawn);
    for (const [j, statistic] of statistics.entries()) {
      const column = values[j];
      if (column !== undefined) column[i] = finiteOf(statistic(drawn));
    }
  }
  return statistics.map((statistic, j) => intervalOf(statistic, values[j] ?? new Float64Array(0), resampling));
}

/** NaN for whatever is no number: such resamples are counted and left out. */
function finiteOf(value: number | undefined): number {
  return value === undefined || !Number.isFinite(value) ? NaN : value;
}

function intervalOf(statistic: CellStatistic, values: Float64Array, resampling: CellResampling): ResampledInterval {
  const defined = values.filter((value) => !Number.isNaN(value)).sort();
  const undefinedResamples = values.length - defined.length;
  const estimate = finiteOf(statistic(Float64Array.from(resampling.weight ?? resampling.cells)));
  if (Number.isNaN(estimate)) return { status: 'refused', reason: 'undefined', undefinedResamples };
  if (undefinedResamples > UNDEFINED_SHARE * values.length) {
    return { status: 'refused', reason: 'undefined_resamples', undefinedResamples };
  }
  return { status: 'ok', ...endsOf(defined, { ...resampling, statistic, estimate }), undefinedResamples };
}

/** Turns drawn rows into drawn weights, in place. */
type Weigher = (random: Random, drawn: Float64Array) => void;

function weigherOf({ cells, weight, weightSquared }: CellResampling): Weigher | undefined {
  if (weight === undefined || weight === cells) return undefined;
  const means = weight.map((sum, cell) => sum / (cells[cell] ?? 0));
  // Squared coefficient of variation of the weights in a cell; rounding leaves a little where all are the same.
  const spreads = means.map((mean, cell) => {
    const square = (weightSquared?.[cell] ?? 0) / (cells[cell] ?? 0);
    const spread = square / (mean * mean) - 1;
    return spread > 1e-12 ? spread : 0;
  });
  return (random, drawn) => {
    for (const [cell, count] of drawn.entries()) {
      if (count === 0) continue;
      const spread = spreads[cell] ?? 0;
      const effective = spread === 0 ? count : gamma(random, count / spread) * spread;
      drawn[cell] = effective * (means[cell] ?? 0);
    }
  };
}
