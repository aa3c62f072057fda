/** @module Order of numbers. */

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const DIGIT_MASK = DIGITS - 1;

/**
 * Positions of the values in ascending order; equal values keep their order. A total order: −∞ first, −0 equal to 0,
 * every NaN after +∞. Radix sort over the bits, Θ(values); digits in which all values agree cost one count.
 *
 * @param values - fewer than 2^32
 */
export function argsort(values: Float64Array): Uint32Array {
  const [low, high] = sortableWords(values);
  let from = new Uint32Array(values.length);
  for (let i = 0; i < from.length; i += 1) from[i] = i;
  let to = new Uint32Array(values.length);
  for (const words of [low, high]) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      if (pass(words, shift, from, to)) [from, to] = [to, from];
    }
  }
  return from;
}

/** Bits of each value as two unsigned words that are ordered as the value is. */
function sortableWords(values: Float64Array): [Uint32Array, Uint32Array] {
  const low = new Uint32Array(values.length);
  const high = new Uint32Array(values.length);
  const one = new Float64Array(1);
  const words = new Uint32Array(one.buffer);
  const highAt = isLittleEndian() ? 1 : 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    // −0 + 0 is 0; NaNs come with any sign and payload, and become one.
    one[0] = Number.isNaN(value) ? NaN : value + 0;
    const upper = words[highAt] ?? 0;
    const lower = words[1 - highAt] ?? 0;
    const isNegative = upper >>> 31 === 1 && !Number.isNaN(value);
    high[i] = isNegative ? ~upper : upper | 0x80000000;
    low[i] = isNegative ? ~lower : lower;
  }
  return [low, high];
}

function isLittleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
}

/** One stable pass over a digit. @returns false where all values have the same digit: nothing was written */
function pass(words: Uint32Array, shift: number, from: Uint32Array, to: Uint32Array): boolean {
  const starts = new Uint32Array(DIGITS);
  for (const word of words) {
    const digit = (word >>> shift) & DIGIT_MASK;
    starts[digit] = (starts[digit] ?? 0) + 1;
  }
  if (starts.includes(words.length)) return false;
  let start = 0;
  for (let digit = 0; digit < DIGITS; digit += 1) {
    const count = starts[digit] ?? 0;
    starts[digit] = start;
    start += count;
  }
  for (const position of from) {
    const digit = ((words[position] ?? 0) >>> shift) & DIGIT_MASK;
    const at = starts[digit] ?? 0;
    to[at] = position;
    starts[digit] = at + 1;
  }
  return true;
}
