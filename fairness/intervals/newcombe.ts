/**
 * Interval of a difference of two rates.
 *
 * @module
 */
import { type Bounds, type Proportion, rateOf } from './proportion.ts';
import { wilson } from './rates.ts';

/**
 * Rate of `group` − rate of `reference`, from the Wilson intervals of both: the hybrid score interval, method 10 of
 * Newcombe. Never leaves [−1, 1], and has a width where both rates are 0 or 1.
 *
 * @param level - e.g. 0.95
 * @see R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17 (1998)
 */
export function newcombe(group: Proportion, reference: Proportion, level: number): Bounds {
  const a = wilson(group.successes, group.n, level);
  const b = wilson(reference.successes, reference.n, level);
  if (!(group.n > 0 && reference.n > 0)) return { low: a.low - b.high, high: a.high - b.low };
  const rateA = rateOf(group);
  const rateB = rateOf(reference);
  const difference = rateA - rateB;
  return {
    low: Math.max(-1, difference - reach(rateA - a.low, b.high - rateB)),
    high: Math.min(1, difference + reach(a.high - rateA, rateB - b.low)),
  };
}

/** The longest side of a right triangle. Not `Math.hypot`, whose last bit ECMAScript leaves open: roots are exact. */
function reach(a: number, b: number): number {
  return Math.sqrt(a * a + b * b);
}
