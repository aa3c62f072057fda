/**
 * Interval of a mean: generalized rates are means of scores.
 *
 * @module
 */
import { studentCritical } from '../../numerics/student.ts';
import { type Bounds, effectiveRows } from './proportion.ts';

/** Weighted sums over rows. */
export interface Moments {
  /** Σw */
  readonly weight: number;
  /** Σw² */
  readonly weightSquared: number;
  /** Σwx */
  readonly sum: number;
  /** Σwx² */
  readonly sumOfSquares: number;
}

/**
 * Student's interval of Σwx / Σw, with Kish's effective number of rows in place of their number.
 *
 * @param level - e.g. 0.95
 * @param range - what the mean cannot leave [0 to 1, as scores]
 * @returns `range` where the rows are fewer than two effective ones: they say nothing about their spread
 */
export function meanInterval(
  { weight, weightSquared, sum, sumOfSquares }: Moments,
  level: number,
  range: Bounds = { low: 0, high: 1 },
): Bounds {
  const n = effectiveRows(weight, weightSquared);
  // Just below two is two rows whose weights differ by rounding.
  const degrees = n - 1;
  if (!(degrees > 1 - 1e-9)) return range;
  const mean = sum / weight;
  const variance = Math.max(0, sumOfSquares / weight - mean * mean) / degrees;
  const reach = studentCritical(level, degrees) * Math.sqrt(variance);
  return { low: Math.max(range.low, mean - reach), high: Math.min(range.high, mean + reach) };
}
