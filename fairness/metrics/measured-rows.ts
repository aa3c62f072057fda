/**
 * What a metric over single rows finds, with the number of persons behind it.
 *
 * @module
 */
import type { Reason } from '../types.ts';
import { type Measured, measureFraction, undefinedBecause } from './measured.ts';

export type MeasuredRows = Measured & {
  /** Persons (rows). */
  readonly n: number;
};

/** numerator / denominator, which is undefined because of `reason` where the denominator is 0. */
export function rowsFraction(numerator: number, denominator: number, n: number, reason: Reason): MeasuredRows {
  return { ...measureFraction(numerator, denominator, reason), n };
}

/** No value, and why. */
export function rowsUndefined(reason: Reason, n: number): MeasuredRows {
  return { ...undefinedBecause(reason), n };
}
