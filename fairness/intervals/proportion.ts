/**
 * What intervals are made from and what they are.
 *
 * @module
 */
import { normalQuantile } from '../../numerics/normal.ts';

/**
 * A fraction of `n`. Real numbers: with weights, `n` is the effective number of rows (Kish: (Σw)² / Σw²) and `successes`
 * the weighted rate times that.
 */
export interface Proportion {
  /** From 0 to `n`. */
  readonly successes: number;
  /** Not below 0; 0 is no information, and the interval is everything. */
  readonly n: number;
}

/** Ends of an interval; ±∞ where there is no bound on that side. Never NaN. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Rates nearer to 0 or 1 are these, but for rounding: 2^32 rows, each of which might count, have none between. */
const NEAREST = 1e-13;

/** The rate, in [0, 1]. NaN for no rows. */
export function rateOf({ successes, n }: Proportion): number {
  const rate = successes / n;
  if (rate < NEAREST) return 0;
  return rate > 1 - NEAREST ? 1 : rate;
}

/**
 * How many standard errors a two-sided interval reaches to each side.
 *
 * @param level - e.g. 0.95
 * @throws RangeError unless between 0 and 1
 */
export function criticalValue(level: number): number {
  if (!(level > 0 && level < 1)) throw new RangeError('level: between 0 and 1');
  return normalQuantile((1 + level) / 2);
}

/**
 * Kish's effective number of rows: how many rows of equal weight would say as much.
 *
 * @param weight - Σw
 * @param weightSquared - Σw²
 * @returns 0 where there is no weight
 * @see L. Kish, *Survey Sampling*, 1965, 11.7
 */
export function effectiveRows(weight: number, weightSquared: number): number {
  return weightSquared > 0 ? (weight * weight) / weightSquared : 0;
}
