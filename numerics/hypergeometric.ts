/** @module Draws without replacement, and tables with given margins. */
import { logGamma } from './gamma.ts';
import type { Random } from './random.ts';

/** ln k! up to here from a table. */
const TABLE_SIZE = 1 << 16;
let table: Float64Array | undefined;

/** ln k! for an integer k not below 0. */
export function logFactorial(k: number): number {
  if (k >= TABLE_SIZE) return logGamma(k + 1);
  table ??= Float64Array.from({ length: TABLE_SIZE }, (_, i) => logGamma(i + 1));
  return table[k] ?? 0;
}

/** Mean from which rejection costs less than counting up. */
const INVERSION_LIMIT = 10;

/**
 * How many of `sample` things drawn without replacement are good, from `good` good ones and `bad` others.
 *
 * @param good - like the others an integer not below 0
 * @param sample - at most `good + bad`
 * @throws RangeError for other numbers
 */
export function hypergeometric(
  random: Random,
  { good, bad, sample }: { readonly good: number; readonly bad: number; readonly sample: number },
): number {
  const isWhole = Number.isSafeInteger(good) && Number.isSafeInteger(bad) && Number.isSafeInteger(sample);
  if (!isWhole || Math.min(good, bad, sample) < 0 || sample > good + bad) {
    throw new RangeError('good, bad, sample: integers not below 0, sample at most both');
  }
  return draw(random, good, bad, sample);
}

/** Draws the rarer kind into the smaller part; the rest follows. */
function draw(random: Random, good: number, bad: number, sample: number): number {
  const total = good + bad;
  if (good === 0 || sample === 0) return 0;
  if (bad === 0 || sample === total) return Math.min(good, sample);
  const rare = Math.min(good, bad);
  const part = Math.min(sample, total - sample);
  const isFew = part * rare < INVERSION_LIMIT * total;
  const rareInPart = isFew ? invert(random, rare, total, part) : reject(random, rare, total, part);
  const rareInSample = part === sample ? rareInPart : rare - rareInPart;
  return good <= bad ? rareInSample : sample - rareInSample;
}

/** Counts the distribution function up until it passes a uniform number. */
function invert(random: Random, rare: number, total: number, part: number): number {
  const others = total - rare;
  const none = Math.exp(
    logFactorial(others) + logFactorial(total - part) - logFactorial(others - part) - logFactorial(total),
  );
  const most = Math.min(rare, part);
  let left = random.next();
  let probability = none;
  let k = 0;
  while (left >= probability && k < most) {
    left -= probability;
    probability *= ((rare - k) * (part - k)) / ((k + 1) * (others - part + k + 1));
    k += 1;
  }
  return k;
}

/** 2 √(2/e) and 3 − 2 √(3/e): the rectangle that holds the ratio of uniforms. */
const WIDTH = 1.7155277699214135;
const MARGIN = 0.8989161620588988;

/** Ratio of uniforms (E. Stadlober, J. Comput. Appl. Math. 31, 1990, algorithm HRUA). */
function reject(random: Random, rare: number, total: number, part: number): number {
  const others = total - rare;
  const share = rare / total;
  const centre = part * share + 0.5;
  const spread = Math.sqrt(((total - part) * part * share * (1 - share)) / (total - 1) + 0.5);
  const width = WIDTH * spread + MARGIN;
  const mode = Math.floor(((part + 1) * (rare + 1)) / (total + 2));
  const weigh = (k: number): number =>
    logFactorial(k) + logFactorial(rare - k) + logFactorial(part - k) + logFactorial(others - part + k);
  const atMode = weigh(mode);
  const end = Math.min(Math.min(part, rare) + 1, Math.floor(centre + 16 * spread));
  for (;;) {
    const u = 1 - random.next();
    const at = centre + (width * (random.next() - 0.5)) / u;
    if (at < 0 || at >= end) continue;
    const k = Math.floor(at);
    const logDensity = atMode - weigh(k);
    if (u * (4 - u) - 3 <= logDensity) return k;
    if (u * (u - logDensity) < 1 && 2 * Math.log(u) <= logDensity) return k;
  }
}

/**
 * A random table with these margins, distributed as that of two columns of which one was shuffled (Patefield's problem, Applied
 * Statistics AS 159; here by one hypergeometric draw a cell). The cost depends on the cells, not on the rows.
 *
 * @param rows - sums of the rows of the table
 * @param columns - sums of its columns; the same total
 * @param into - `rows.length * columns.length`, written row by row
 */
export function randomTable(random: Random, rows: Float64Array, columns: Float64Array, into: Float64Array): void {
  const width = columns.length;
  const left = Float64Array.from(columns);
  let total = left.reduce((sum, count) => sum + count, 0);
  for (const [i, row] of rows.entries()) {
    let sample = row;
    let rest = total;
    for (let j = 0; j < width; j += 1) {
      const good = left[j] ?? 0;
      const count = rest === good ? sample : draw(random, good, rest - good, sample);
      into[i * width + j] = count;
      left[j] = good - count;
      rest -= good;
      sample -= count;
    }
    total -= row;
  }
}
