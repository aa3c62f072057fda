/**
 * Fractions that keep their numerator and denominator, so that a figure can be computed again by hand. All sums are of weights that
 * are 0 or from 1e-12 to 1e12, over at most 2e7 rows: products of eight of them stay far inside the range of doubles.
 *
 * @module
 */

export interface Fraction {
  readonly numerator: number;
  /** Not 0. */
  readonly denominator: number;
}

export function valueOf({ numerator, denominator }: Fraction): number {
  return numerator / denominator;
}

/** a − b. */
export function subtract(a: Fraction, b: Fraction): Fraction {
  return {
    numerator: a.numerator * b.denominator - b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

/** a / b, where b is not 0. */
export function divide(a: Fraction, b: Fraction): Fraction {
  return { numerator: a.numerator * b.denominator, denominator: a.denominator * b.numerator };
}

/** (a + b) / 2. */
export function mean(a: Fraction, b: Fraction): Fraction {
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: 2 * a.denominator * b.denominator,
  };
}

export function absolute({ numerator, denominator }: Fraction): Fraction {
  return { numerator: Math.abs(numerator), denominator: Math.abs(denominator) };
}

export function larger(a: Fraction, b: Fraction): Fraction {
  return valueOf(b) > valueOf(a) ? b : a;
}
