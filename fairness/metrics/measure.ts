/**
 * What a metric answers before it is a figure of an audit: the numbers of a {@link Figure} without its place.
 *
 * @module
 */
import type { Figure, Reason } from '../types.ts';

/** `value` is `numerator / denominator`, or why there is none. Spread it into a {@link Figure}. */
export type Measure = Pick<Figure, 'value' | 'status' | 'reason' | 'numerator' | 'denominator' | 'n'>;

/**
 * @param n - persons behind it
 * @param reason - said where the denominator is 0
 */
export function quotient(numerator: number, denominator: number, n: number, reason: Reason): Measure {
  if (denominator === 0) return { value: null, status: 'undefined', reason, numerator, denominator, n };
  return { value: numerator / denominator, status: 'ok', reason: null, numerator, denominator, n };
}

/** No value on these rows. */
export function undefinedMeasure(reason: Reason, n: number): Measure {
  return { value: null, status: 'undefined', reason, numerator: null, denominator: null, n };
}
