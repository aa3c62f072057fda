/**
 * Where an interval of resampled values ends.
 *
 * @module
 */
import type { Bounds } from './proportion.ts';

/**
 * - `percentile`: the quantiles of the resampled values. For what can have either sign.
 * - `distance`: for what cannot be below 0, as an absolute difference, a maximum of such, a spread or an entropy. Chance
 *   makes these larger, in the rows once and in the resamples twice, so that quantiles would never reach down to 0, even
 *   where no group differs. The upper end is the quantile. The lower end is as far below the estimate as that is above it,
 *   and lower by three times what resampling adds to the mean: with the noise doubled it adds √2 − 1 of what is in the
 *   estimate, which is thus (1 + √2) times that; the rest is for the chance in the addition itself. 0 is the least.
 */
export type Ends = 'percentile' | 'distance';

/** How many times the shift of the resampled mean is taken off below. */
const SHIFTS = 3;

/**
 * @param values - of the resamples, ascending, at least one
 * @param estimate - of the rows themselves; always inside
 * @param level - e.g. 0.95
 */
export function endsOf(
  values: Float64Array,
  { estimate, level, ends }: { readonly estimate: number; readonly level: number; readonly ends: Ends },
): Bounds {
  const tail = (1 - level) / 2;
  const upper = quantile(values, 1 - tail);
  const lower = ends === 'percentile' ? quantile(values, tail) : mirrored(values, estimate, upper);
  return { low: Math.min(lower, estimate), high: Math.max(upper, estimate) };
}

function mirrored(values: Float64Array, estimate: number, upper: number): number {
  const mean = values.reduce((all, value) => all + value, 0) / values.length;
  return Math.max(0, 2 * estimate - upper - SHIFTS * Math.max(0, mean - estimate));
}

/** Linear between order statistics (Hyndman and Fan's definition 7, that of R and NumPy). */
function quantile(values: Float64Array, p: number): number {
  const at = p * (values.length - 1);
  const below = Math.floor(at);
  const low = values[below] ?? 0;
  const high = values[Math.min(values.length - 1, below + 1)] ?? 0;
  return low + (at - below) * (high - low);
}
