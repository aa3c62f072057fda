/**
 * What a metric finds, before anybody's convention: a value with the fraction it comes from, or the exact reason why the
 * definition has none.
 *
 * @module
 */
import type { Reason } from '../types.ts';

/** `value` = numerator / denominator, or the natural logarithm (`log`) or square root (`root`) of that. */
export type Measured =
  | {
      readonly status: 'ok';
      readonly value: number;
      readonly reason: null;
      readonly numerator: number;
      readonly denominator: number;
      readonly form?: 'log' | 'root';
    }
  | {
      readonly status: 'undefined';
      readonly value: null;
      readonly reason: Reason;
      /** Both kept where they are what makes the value undefined: a denominator of 0. */
      readonly numerator: number | null;
      readonly denominator: number | null;
    };

/** No value, and why. */
export function undefinedBecause(
  reason: Reason,
  numerator: number | null = null,
  denominator: number | null = null,
): Measured & { readonly status: 'undefined' } {
  return { status: 'undefined', value: null, reason, numerator, denominator };
}

/** numerator / denominator, which is undefined because of `reason` where the denominator is 0. */
export function measureFraction(numerator: number, denominator: number, reason: Reason): Measured {
  if (denominator === 0) return undefinedBecause(reason, numerator, denominator);
  return { status: 'ok', value: numerator / denominator, reason: null, numerator, denominator };
}

/** ln(numerator / denominator), both above 0. */
export function measureLog(numerator: number, denominator: number): Measured {
  const value = Math.log(numerator / denominator);
  return { status: 'ok', value, reason: null, numerator, denominator, form: 'log' };
}
