/** @module Roots of functions of one variable: bracketed, so that they always end, and always at the same number. */

/** Steps after which both give what they have; halving meets neighbouring doubles sooner, unless the root is 0. */
const MAXIMUM_STEPS = 200;

type RealFunction = (x: number) => number;

/**
 * Halves the bracket. Slow and sure: for functions with jumps, and as a check on {@link brent}.
 *
 * @param tolerance - width of the bracket at which to stop [0: where the doubles meet]
 * @returns the middle of the last bracket
 * @throws RangeError unless the function has different signs (or a zero) at `low` and `high`
 */
export function bisect(f: RealFunction, low: number, high: number, tolerance = 0): number {
  const [atLow, atHigh] = ends(f, low, high);
  if (atLow === 0) return low;
  if (atHigh === 0) return high;
  let [left, right] = [low, high];
  let middle = left + (right - left) / 2;
  for (let step = 0; step < MAXIMUM_STEPS && Math.abs(right - left) > tolerance; step += 1) {
    const value = f(middle);
    if (value === 0) break;
    [left, right] = value > 0 === atLow > 0 ? [middle, right] : [left, middle];
    const next = left + (right - left) / 2;
    if (next === middle) break;
    middle = next;
  }
  return middle;
}

/**
 * Brent's method (*Algorithms for Minimization Without Derivatives*, 1973, chapter 4): secant and inverse quadratic steps
 * inside a bracket, halving where they do not help.
 *
 * @param tolerance - distance from the root to stop at, beside that of doubles [0]
 * @throws RangeError unless the function has different signs (or a zero) at `low` and `high`
 */
export function brent(f: RealFunction, low: number, high: number, tolerance = 0): number {
  const [atLow, atHigh] = ends(f, low, high);
  let best: Point = { x: high, y: atHigh };
  let previous: Point = { x: low, y: atLow };
  let opposite = previous;
  let [step, stepBefore] = [high - low, high - low];
  for (let count = 0; count < MAXIMUM_STEPS; count += 1) {
    if (best.y > 0 === opposite.y > 0) {
      opposite = previous;
      step = stepBefore = best.x - previous.x;
    }
    if (Math.abs(opposite.y) < Math.abs(best.y)) [previous, best, opposite] = [best, opposite, best];
    const reach = 2 * Number.EPSILON * Math.abs(best.x) + tolerance / 2;
    const half = (opposite.x - best.x) / 2;
    if (best.y === 0 || Math.abs(half) <= reach) break;
    const trial = interpolate(previous, best, opposite);
    [stepBefore, step] = isGoodStep(trial, half, stepBefore) ? [step, trial] : [half, half];
    previous = best;
    const x = best.x + (Math.abs(step) > reach ? step : Math.sign(half) * reach);
    best = { x, y: f(x) };
  }
  return best.x;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Whether a step stays within three quarters of the bracket, and is less than half of the one before the last. */
function isGoodStep(trial: number, half: number, stepBefore: number): boolean {
  return trial * half > 0 && Math.abs(trial) < Math.min(1.5 * Math.abs(half), Math.abs(stepBefore) / 2);
}

/** Step from `best` to the root of the secant (two points) or of the inverse parabola (three). */
function interpolate(previous: Point, best: Point, opposite: Point): number {
  const s = best.y / previous.y;
  if (previous.x === opposite.x) return ((best.x - opposite.x) * s) / (1 - s);
  const q = previous.y / opposite.y;
  const r = best.y / opposite.y;
  const p = s * ((opposite.x - best.x) * q * (q - r) - (best.x - previous.x) * (r - 1));
  return -p / ((q - 1) * (r - 1) * (s - 1));
}

function ends(f: RealFunction, low: number, high: number): [number, number] {
  const [atLow, atHigh] = [f(low), f(high)];
  const isBracket = atLow === 0 || atHigh === 0 || (atLow < 0 && atHigh > 0) || (atLow > 0 && atHigh < 0);
  if (!isBracket) throw new RangeError('low, high: no change of sign between them');
  return [atLow, atHigh];
}
