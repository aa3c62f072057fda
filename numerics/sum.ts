/** @module Sums whose error does not grow with their length. */

/**
 * Compensated sum (Neumaier, ZAMM 54, 1974): the error is that of a sum in twice the precision, rounded once.
 *
 * @returns 0 for no values
 */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return Number.isFinite(lost) ? total + lost : total;
}
