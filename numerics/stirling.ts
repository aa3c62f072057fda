/** @module Stirling's series, and the deviance that goes with it. */

/** ln √(2π) */
export const LOG_ROOT_TWO_PI = 0.91893853320467274178;

/** Coefficients of Stirling's series: B(2k) / (2k (2k − 1)). */
const SERIES: readonly number[] = [
  0.083333333333333333333, -0.0027777777777777777778, 7.9365079365079365079e-4, -5.952380952380952381e-4,
  8.4175084175084175084e-4, -0.0019175269175269175269, 0.0064102564102564102564,
];

/** From here on {@link stirlingSeries} is exact to the last bit. */
export const SERIES_FROM = 16;

/**
 * ln Γ(x) − (x − ½) ln x + x − ln √(2π) for large x (Abramowitz and Stegun 6.1.41).
 *
 * @param x - from {@link SERIES_FROM}
 */
export function stirlingSeries(x: number): number {
  const square = 1 / (x * x);
  let series = 0;
  for (let i = SERIES.length - 1; i >= 0; i -= 1) series = series * square + (SERIES[i] ?? 0);
  return series / x;
}

/**
 * x ln(x / mean) + mean − x, not below 0: half the deviance of an observation of x where `mean` was expected.
 *
 * @param x - not below 0
 * @param mean - above 0
 */
export function deviance(x: number, mean: number): number {
  if (x === 0) return mean;
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x;
  // A series in v = (x − mean) / (x + mean), because the difference of the terms above would be rounding.
  const v = (x - mean) / (x + mean);
  const square = v * v;
  let total = (x - mean) * v;
  let term = 2 * x * v;
  for (let j = 1; j < 1000; j += 1) {
    term *= square;
    const next = total + term / (2 * j + 1);
    if (next === total) break;
    total = next;
  }
  return total;
}
