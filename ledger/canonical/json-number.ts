/** Which JSON numbers a double holds. @module */

/** Digits of a decimal literal from the first to the last that is not zero; `''` for zero. */
function significantDigits(literal: string): string {
  const mantissa = /^-?([0-9.]*)/.exec(literal)?.[1] ?? '';
  const digits = mantissa.replace('.', '');
  let start = 0;
  let end = digits.length;
  while (start < end && digits.charCodeAt(start) === 48) start++;
  while (end > start && digits.charCodeAt(end - 1) === 48) end--;
  return digits.slice(start, end);
}

/**
 * Whether the JSON number `literal`, read as the double `value`, keeps its decimal value when written again: its significant
 * digits are those of the shortest decimal of the double. 1.0, 1e2 and 0.10 do; 9007199254740993 and 1e400 do not.
 */
export function isExactNumber(literal: string, value: number): boolean {
  return Number.isFinite(value) && significantDigits(literal) === significantDigits(String(value));
}
