/** Numbers in bytes. @module */

const ZERO = 0x30;
/** Of the point to the digit 0. */
const DOT = 0x2e - ZERO;
const MINUS = 0x2d;

/** Powers of ten that a double holds exactly. */
const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** More digits may not fit the 53 bits of a double. */
const EXACT_DIGITS = 15;

/** As JSON writes numbers, but for leading zeros and bare points, which tables hold: `.5`, `007`, `1.`. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The number that `bytes[from .. end)` spell in decimal, to the last bit what `Number` makes of the same text; `undefined`
 * where they spell none, or none that is finite. Blanks around it are no part of a number.
 */
export function readNumber(bytes: Uint8Array, from: number, end: number): number | undefined {
  const start = bytes[from] === MINUS ? from + 1 : from;
  let mantissa = 0;
  let point = end;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    // Below 0 wraps to a large number.
    if (digit >>> 0 <= 9) mantissa = mantissa * 10 + digit;
    else if (digit === DOT && point === end) point = at;
    else return readAnyNumber(bytes, from, end);
  }
  const places = Math.max(0, end - point - 1);
  const digits = point - start + places;
  if (digits === 0 || digits > EXACT_DIGITS) return readAnyNumber(bytes, from, end);
  const value = shift(mantissa, places);
  return start === from ? value : -value;
}

/** A mantissa and a power of ten that are both exact give a correctly rounded quotient (IEEE 754). */
function shift(mantissa: number, places: number): number {
  return mantissa / (EXACT_POWERS[places] ?? 1);
}

/** Exponents, signs, many digits. */
function readAnyNumber(bytes: Uint8Array, from: number, end: number): number | undefined {
  // No number needs more; a cell of a megabyte is not turned into text.
  if (end - from > 400) return undefined;
  const text = String.fromCharCode(...bytes.subarray(from, end));
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
