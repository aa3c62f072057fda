/** @module Draws from distributions. Exact: none is an approximation by another distribution. */
import { logGamma } from './gamma.ts';
import type { Random } from './random.ts';

/** Standard normal, by Marsaglia's polar method (SIAM Review 6, 1964): logarithm and root alone, no sine. */
export function normal(random: Random): number {
  for (;;) {
    const x = 2 * random.next() - 1;
    const y = 2 * random.next() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/**
 * Gamma with scale 1, by the method of Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26
 * (2000).
 *
 * @param shape - above 0, finite
 * @throws RangeError for other numbers
 */
export function gamma(random: Random, shape: number): number {
  if (!(shape > 0 && shape < Infinity)) throw new RangeError('shape: above 0, finite');
  // Below 1 from the next larger shape, times a power of a uniform number.
  if (shape < 1) return gamma(random, shape + 1) * Math.exp(Math.log1p(-random.next()) / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const root = 1 + c * x;
    const v = root * root * root;
    if (v > 0 && Math.log1p(-random.next()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** Expected counts from which rejection costs less than counting up. */
const INVERSION_LIMIT = 10;

/**
 * How many of `n` independent trials succeed.
 *
 * @param n - not below 0, an integer
 * @param p - probability of success in [0, 1]
 * @throws RangeError for other numbers
 */
export function binomial(random: Random, n: number, p: number): number {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError('n: an integer not below 0');
  if (!(p >= 0 && p <= 1)) throw new RangeError('p: 0 to 1');
  if (n === 0 || p === 0) return 0;
  if (p > 0.5) return n - rarer(random, n, 1 - p);
  return rarer(random, n, p);
}

/** For p up to a half. */
function rarer(random: Random, n: number, p: number): number {
  if (p === 0) return 0;
  return n * p < INVERSION_LIMIT ? invert(random, n, p) : reject(random, n, p);
}

/** Counts the distribution function up until it passes a uniform number. */
function invert(random: Random, n: number, p: number): number {
  const odds = p / (1 - p);
  const none = Math.exp(n * Math.log1p(-p));
  for (;;) {
    let left = random.next();
    let probability = none;
    for (let k = 0; k <= n; k += 1) {
      if (left < probability) return k;
      left -= probability;
      probability *= (odds * (n - k)) / (k + 1);
      // What rounding has left of 1 at the far end: drawn again.
      if (probability === 0) break;
    }
  }
}

/** Transformed rejection with squeeze: BTRS of W. Hörmann, "The generation of binomial random variates", JSCS 46 (1993). */
function reject(random: Random, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const alpha = (2.83 + 5.1 / b) * spread;
  const squeeze = 0.92 - 4.2 / b;
  for (;;) {
    const u = random.next() - 0.5;
    const v = random.next();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + centre);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || k > n || us === 0) continue;
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= logRatioToMode(k, n, p)) return k;
  }
}

/** ln of the probability of k over that of the likeliest count. */
function logRatioToMode(k: number, n: number, p: number): number {
  const mode = Math.floor((n + 1) * p);
  return (
    logGamma(mode + 1) +
    logGamma(n - mode + 1) -
    logGamma(k + 1) -
    logGamma(n - k + 1) +
    (k - mode) * Math.log(p / (1 - p))
  );
}

/**
 * How `n` independent draws fall into categories: by one binomial after the other, each of what is left, so that the cost
 * does not depend on `n`.
 *
 * @param n - not below 0, an integer
 * @param probabilities - none negative; they are divided by their sum
 * @param into - takes the counts, as long as `probabilities`
 * @throws RangeError for other numbers
 */
export function multinomial(random: Random, n: number, probabilities: Float64Array, into: Float64Array): void {
  if (into.length !== probabilities.length) throw new RangeError('into: as long as probabilities');
  remainders(probabilities, into);
  let left = n;
  for (const [i, probability] of probabilities.entries()) {
    const drawn = left === 0 || probability === 0 ? 0 : binomial(random, left, probability / (into[i] ?? 0));
    into[i] = drawn;
    left -= drawn;
  }
}

/**
 * Sum of each probability and all after it. From the end, so that the last one above 0 is all that is left, exactly.
 *
 * @throws RangeError where they are no probabilities
 */
function remainders(probabilities: Float64Array, into: Float64Array): void {
  let mass = 0;
  for (let i = probabilities.length - 1; i >= 0; i -= 1) {
    const probability = probabilities[i] ?? 0;
    if (!(probability >= 0)) throw new RangeError('probabilities: none negative');
    mass += probability;
    into[i] = mass;
  }
  if (!(mass > 0 && mass < Infinity)) throw new RangeError('probabilities: not all 0, finite');
}

/** Puts the elements into a random order, in place (Fisher and Yates; Durstenfeld, CACM 7, 1964): all orders as likely. */
export function shuffle(random: Random, array: Uint8Array | Uint16Array | Uint32Array | Float64Array | number[]): void {
  for (let i = array.length - 1; i > 0; i -= 1) {
    const other = random.below(i + 1);
    const kept = array[i] ?? 0;
    array[i] = array[other] ?? 0;
    array[other] = kept;
  }
}
