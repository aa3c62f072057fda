/** @module The chi-squared distribution. */
import { gammaP, gammaQ } from './gamma.ts';

/**
 * Probability that a chi-squared variable is at most `x`.
 *
 * @param degrees - of freedom, above 0
 * @throws RangeError where `x` is below 0 or `degrees` not above 0
 */
export function chiSquaredCdf(x: number, degrees: number): number {
  return gammaP(degrees / 2, x / 2);
}

/** Probability that a chi-squared variable is above `x`: the p-value of a chi-squared test. Keeps its digits where it is tiny. */
export function chiSquaredTail(x: number, degrees: number): number {
  return gammaQ(degrees / 2, x / 2);
}
