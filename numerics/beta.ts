/** @module The beta distribution. */
import { stirlingError } from './gamma.ts';
import { deviance, LOG_ROOT_TWO_PI } from './stirling.ts';

/**
 * Regularized incomplete beta function: the probability that a beta variable is at most `x`. Relative error
 * about 1e-13 for a + b up to 20,000; beyond, it grows with the root of that, as what rounding `x` does to the tail.
 *
 * @param x - in [0, 1]
 * @param a - above 0
 * @param b - above 0
 * @throws RangeError for other numbers
 */
export function betaCdf(x: number, a: number, b: number): number {
  return betaTails(x, a, b).lower;
}

/** Both tails: the smaller one is computed, and the other is what is left of 1. */
export interface Tails {
  readonly lower: number;
  readonly upper: number;
}

/** The tails below and above `x`; parameters and errors as of {@link betaCdf}. */
export function betaTails(x: number, a: number, b: number): Tails {
  checkShapes(a, b);
  if (!(x >= 0 && x <= 1)) throw new RangeError('x: 0 to 1');
  if (x === 0) return { lower: 0, upper: 1 };
  if (x === 1) return { lower: 1, upper: 0 };
  const y = 1 - x;
  const power = powersOverBeta(x, a, b);
  // a·y − b·x is above 0 below the mean: there the fraction of the lower tail converges.
  const distance = a * y - b * x;
  if (distance >= 0) {
    const lower = Math.min(1, power / fraction(x, a, b, distance));
    return { lower, upper: 1 - lower };
  }
  const upper = Math.min(1, power / fraction(y, b, a, -distance));
  return { lower: 1 - upper, upper };
}

function checkShapes(a: number, b: number): void {
  if (!(a > 0 && b > 0 && a < Infinity && b < Infinity)) throw new RangeError('a, b: above 0, finite');
}

/** x^a (1 − x)^b / B(a, b) = x (1 − x) × the density. */
function powersOverBeta(x: number, a: number, b: number): number {
  const n = a + b;
  const exponent =
    stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * (1 - x));
  return Math.exp(exponent - LOG_ROOT_TWO_PI) * Math.sqrt((a * b) / n);
}

/**
 * The continued fraction of DiDonato and Morris, "Algorithm 708", ACM TOMS 18 (1992), equation 9, by Lentz' algorithm: unlike
 * the better known one it subtracts nothing near the mean. Of the order of √(a + b) steps.
 */
function fraction(x: number, a: number, b: number, distance: number): number {
  let value = (a * (distance + 1)) / (a + 1);
  let c = value;
  let d = 0;
  for (let m = 1; m < 1e6; m += 1) {
    const odd = a + 2 * m - 1;
    const share = (m * (b - m) * x) / odd;
    const numerator = (((a + m - 1) * (a + b + m - 1) * x) / odd) * share;
    const denominator = m + share + ((a + m) * (distance + 1 + m * (2 - x))) / (odd + 2);
    d = 1 / (denominator + numerator * d);
    c = denominator + numerator / c;
    value *= c * d;
    if (Math.abs(c * d - 1) <= Number.EPSILON) break;
  }
  return value;
}

/**
 * The value that a beta variable stays below with probability `p`. Relative error about 1e-12.
 *
 * @param p - in [0, 1]
 * @param a - above 0
 * @param b - above 0
 * @throws RangeError for other numbers
 */
export function betaQuantile(p: number, a: number, b: number): number {
  checkShapes(a, b);
  if (!(p >= 0 && p <= 1)) throw new RangeError('p: 0 to 1');
  if (p === 0 || p === 1) return p;
  let bracket: Bracket = { low: 0, high: 1 };
  let x = a / (a + b);
  for (let step = 0; step < 400; step += 1) {
    const tails = betaTails(x, a, b);
    if (tails.lower === p) break;
    bracket = tails.lower < p ? { low: x, high: bracket.high } : { low: bracket.low, high: x };
    const trial = newton(x, p, tails, powersOverBeta(x, a, b) / (1 - x));
    if (Math.abs(trial - x) <= Math.max(SETTLED * Math.min(x, 1 - x), Number.EPSILON * x)) return Math.min(trial, 1);
    const next = inside(bracket, trial);
    if (next === x) break;
    x = next;
  }
  return x;
}

/** Newton's error is squared by a step: what is this near before one is exact after it. */
const SETTLED = 1e-11;

interface Bracket {
  readonly low: number;
  readonly high: number;
}

/**
 * Newton's step in ln x for the logarithm of the smaller tail, which is nearly straight there.
 *
 * @param slope - x × density: the derivative of the lower tail by ln x
 */
function newton(x: number, p: number, { lower, upper }: Tails, slope: number): number {
  const step = p <= 0.5 ? (Math.log(lower / p) * lower) / slope : (-Math.log(upper / (1 - p)) * upper) / slope;
  return x * Math.exp(-step);
}

/** Where Newton leaves the bracket: its geometric mean, because quantiles near 0 span hundreds of magnitudes. */
function inside({ low, high }: Bracket, x: number): number {
  if (x > low && x < high) return x;
  if (low > 0.25) return (low + high) / 2;
  return Math.sqrt(Math.max(low, Number.MIN_VALUE)) * Math.sqrt(high);
}
