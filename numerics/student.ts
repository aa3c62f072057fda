/** @module Student's t distribution. */
import { betaCdf, betaQuantile } from './beta.ts';

/**
 * The size that a t variable stays within with probability `level`.
 *
 * @param level - in (0, 1)
 * @param degrees - of freedom, above 0
 * @throws RangeError for other numbers
 */
export function studentCritical(level: number, degrees: number): number {
  if (!(level > 0 && level < 1)) throw new RangeError('level: between 0 and 1');
  // t² / (degrees + t²) has a beta distribution. From its complement where that is the smaller one, for its digits.
  const share = betaQuantile(level, 0.5, degrees / 2);
  if (share < 0.5) return Math.sqrt((degrees * share) / (1 - share));
  const rest = betaQuantile(1 - level, degrees / 2, 0.5);
  return Math.sqrt((degrees * (1 - rest)) / rest);
}

/**
 * Probability that a t variable is further from 0 than `t`: the two-sided p-value.
 *
 * @param degrees - of freedom, above 0
 */
export function studentTwoSided(t: number, degrees: number): number {
  return betaCdf(degrees / (degrees + t * t), degrees / 2, 0.5);
}
