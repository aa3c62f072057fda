/**
 * Weights in resamples of cells.
 *
 * @module
 */
import type { Random } from '../../numerics/random.ts';
import { gamma } from '../../numerics/sampling.ts';

/** Turns drawn rows into drawn weights, in place. */
export type Weigher = (random: Random, drawn: Float64Array) => void;

/** Sums by cell. */
export interface WeightedCells {
  /** Rows. */
  readonly cells: Float64Array;
  /** Σw */
  readonly weight?: Float64Array;
  /** Σw² */
  readonly weightSquared?: Float64Array;
}

/** Relative variances below are what rounding leaves of weights that are all the same. */
const LEAST_SPREAD = 1e-9;

/**
 * What the drawn rows of a cell weigh together: k times the cell's mean weight, varying as a sum of k draws from its weights
 * does. Drawn from the gamma distribution with this mean and variance, which as weights do stays above 0 and leans right.
 * Cell by cell, because one effective number of rows for a whole table would lend the information of groups with even
 * weights to a small one that was weighted up.
 *
 * @returns `undefined` where there are no weights: rows weigh 1
 */
export function weigherOf({ cells, weight, weightSquared }: WeightedCells): Weigher | undefined {
  if (weight === undefined || weight === cells) return undefined;
  const means = weight.map((sum, cell) => meanOf(sum, cells[cell]));
  // Variance of a weight over its squared mean.
  const spreads = means.map((mean, cell) => {
    const spread = meanOf(weightSquared?.[cell], cells[cell]) / (mean * mean) - 1;
    return spread > LEAST_SPREAD ? spread : 0;
  });
  return (random, drawn) => {
    for (let cell = 0; cell < drawn.length; cell += 1) {
      const spread = spreads[cell] ?? 0;
      const count = drawn[cell] ?? 0;
      const rows = count > 0 && spread > 0 ? gamma(random, count / spread) * spread : count;
      drawn[cell] = rows * (means[cell] ?? 0);
    }
  };
}

function meanOf(sum = 0, rows = 0): number {
  return rows > 0 ? sum / rows : 0;
}
