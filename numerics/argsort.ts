/** @module Order of numbers. */

const SIGN = 0x80000000;
const ABOVE_ALL = 0xffffffff;
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const DIGIT_MASK = DIGITS - 1;
/** Runs up to here are put in order by insertion. */
const SHORT_RUN = 24;

/**
 * Positions of the values in ascending order; equal values keep their order. A total order: −∞ first, −0 equal to 0,
 * every NaN after +∞. Radix sort over the bits, Θ(values): by the high word of each double, and by the low word only
 * within runs whose high words are the same.
 *
 * @param values - fewer than 2^32
 */
export function argsort(values: Float64Array): Uint32Array {
  const count = values.length;
  const { high, low } = sortableWords(values);
  const positions = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) positions[i] = i;
  const { keys, order } = sortByKeys(high, positions);
  for (let start = 0; start < count;) {
    let end = start + 1;
    while (end < count && keys[end] === keys[start]) end += 1;
    if (end - start > 1) sortRun(low, order, start, end);
    start = end;
  }
  return order;
}

/** Bits of each value as two unsigned words that are ordered as the value is. */
function sortableWords(values: Float64Array): { readonly high: Uint32Array; readonly low: Uint32Array } {
  const count = values.length;
  const words = new Uint32Array(2 * count);
  const plain = new Float64Array(words.buffer);
  // −0 + 0 is 0.
  for (let i = 0; i < count; i += 1) plain[i] = (values[i] ?? 0) + 0;
  const highAt = isLittleEndian() ? 1 : 0;
  const high = new Uint32Array(count);
  const low = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) {
    const upper = words[2 * i + highAt] ?? 0;
    const lower = words[2 * i + 1 - highAt] ?? 0;
    high[i] = upper >= SIGN ? ~upper : upper | SIGN;
    low[i] = upper >= SIGN ? ~lower : lower;
    // NaNs come with any sign and payload.
    if (Number.isNaN(plain[i])) [high[i], low[i]] = [ABOVE_ALL, 0];
  }
  return { high, low };
}

function isLittleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
}

interface Sorted {
  readonly keys: Uint32Array;
  /** What stood beside each key. */
  readonly order: Uint32Array;
}

/** Sorts keys, and what stands beside them, from the last digit to the first. Works in the arrays given and in copies. */
function sortByKeys(keys: Uint32Array, order: Uint32Array): Sorted {
  let from: Sorted = { keys, order };
  let to: Sorted = { keys: new Uint32Array(keys.length), order: new Uint32Array(keys.length) };
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    if (distribute(from, to, shift)) [from, to] = [to, from];
  }
  return from;
}

/** One stable pass over a digit. @returns false where all keys have the same digit: nothing was written */
function distribute(from: Sorted, to: Sorted, shift: number): boolean {
  const { keys, order } = from;
  const starts = digitStarts(keys, shift);
  if (starts === undefined) return false;
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] ?? 0;
    const digit = (key >>> shift) & DIGIT_MASK;
    const at = starts[digit] ?? 0;
    to.keys[at] = key;
    to.order[at] = order[i] ?? 0;
    starts[digit] = at + 1;
  }
  return true;
}

/** Where the keys of each digit begin; `undefined` where there is one digit alone. */
function digitStarts(keys: Uint32Array, shift: number): Uint32Array | undefined {
  const counts = new Uint32Array(DIGITS);
  for (let i = 0; i < keys.length; i += 1) {
    const digit = ((keys[i] ?? 0) >>> shift) & DIGIT_MASK;
    counts[digit] = (counts[digit] ?? 0) + 1;
  }
  if (counts.includes(keys.length)) return undefined;
  let start = 0;
  for (let digit = 0; digit < DIGITS; digit += 1) {
    const count = counts[digit] ?? 0;
    counts[digit] = start;
    start += count;
  }
  return counts;
}

/** Puts positions whose high words are the same in the order of their low words. */
function sortRun(low: Uint32Array, order: Uint32Array, start: number, end: number): void {
  if (isInOrder(low, order, start, end)) return;
  if (end - start <= SHORT_RUN) {
    insertionSort(low, order, start, end);
    return;
  }
  const run = order.slice(start, end);
  order.set(
    sortByKeys(
      Uint32Array.from(run, (position) => low[position] ?? 0),
      run,
    ).order,
    start,
  );
}

function isInOrder(low: Uint32Array, order: Uint32Array, start: number, end: number): boolean {
  let before = 0;
  for (let i = start; i < end; i += 1) {
    const word = low[order[i] ?? 0] ?? 0;
    if (word < before) return false;
    before = word;
  }
  return true;
}

function insertionSort(low: Uint32Array, order: Uint32Array, start: number, end: number): void {
  for (let i = start + 1; i < end; i += 1) {
    const position = order[i] ?? 0;
    const word = low[position] ?? 0;
    let at = i;
    for (; at > start && (low[order[at - 1] ?? 0] ?? 0) > word; at -= 1) order[at] = order[at - 1] ?? 0;
    order[at] = position;
  }
}
