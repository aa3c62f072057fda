/**
 * Σ ln(1 − p + q·p) over many rows as one curve of t = ln q, so that a search over thousands of subsets does not go through
 * the rows for each.
 *
 * The sum is analytic in the strip |Im t| < π, so that its interpolation at Chebyshev points of [−ln 1000, ln 1000] converges
 * like ρ^−N with ρ = 1.554 (Trefethen, *Approximation Theory and Approximation Practice*, theorem 8.2): with 88 points the
 * error is below the rounding of the sum itself. Curves of rows together are sums of their curves.
 *
 * @module
 */
import type { Evidence } from './evidence.ts';

export const LOWEST_Q = 1e-3;
export const HIGHEST_Q = 1e3;
const HALF_WIDTH = Math.log(HIGHEST_Q);
/** Points of a curve. */
export const POINTS = 88;
/** Factors between 1e-3 and 1e3 whose product stays within a double. */
const BLOCK = 64;

const angle = (point: number): number => (Math.PI * (point + 0.5)) / POINTS;
/** q at each point. */
const QS = Float64Array.from({ length: POINTS }, (_, point) => Math.exp(HALF_WIDTH * Math.cos(angle(point))));
/** Values at the points to coefficients of Chebyshev polynomials. */
const TRANSFORM = Float64Array.from({ length: POINTS * POINTS }, (_, i) => {
  const degree = Math.floor(i / POINTS);
  return ((degree === 0 ? 1 : 2) / POINTS) * Math.cos(degree * angle(i % POINTS));
});

/** Collects rows, and gives their values at the points. */
export class CurveBuilder {
  readonly #products = new Float64Array(POINTS).fill(1);
  #factors = 0;

  /** Adds the rows from `start` to before `end` to `values`, `POINTS` numbers from `offset` on, once {@link flush} is called. */
  add(expectations: Float64Array, start: number, end: number, values: Float64Array, offset: number): void {
    const products = this.#products;
    for (let row = start; row < end; row += 1) {
      const p = expectations[row] ?? 0;
      const rest = 1 - p;
      for (let point = 0; point < POINTS; point += 1)
        products[point] = (products[point] ?? 0) * (rest + (QS[point] ?? 0) * p);
      this.#factors += 1;
      if (this.#factors === BLOCK) this.flush(values, offset);
    }
  }

  flush(values: Float64Array, offset: number): void {
    if (this.#factors === 0) return;
    for (let point = 0; point < POINTS; point += 1)
      values[offset + point] = (values[offset + point] ?? 0) + Math.log(this.#products[point] ?? 1);
    this.#products.fill(1);
    this.#factors = 0;
  }
}

/** Evidence on a curve. `q` from {@link LOWEST_Q} to {@link HIGHEST_Q}. */
export class CurveEvidence implements Evidence {
  readonly count: number;
  readonly observed: number;
  readonly expected: number;
  /** Values at the points. */
  readonly values: Float64Array;
  #coefficients: Float64Array | undefined;
  #slopes: Float64Array | undefined;

  constructor(count: number, observed: number, expected: number, values: Float64Array) {
    this.count = count;
    this.observed = observed;
    this.expected = expected;
    this.values = values;
  }

  static together(parts: readonly CurveEvidence[]): CurveEvidence {
    const values = new Float64Array(POINTS);
    let [count, observed, expected] = [0, 0, 0];
    for (const part of parts) {
      count += part.count;
      observed += part.observed;
      expected += part.expected;
      for (let point = 0; point < POINTS; point += 1) values[point] = (values[point] ?? 0) + (part.values[point] ?? 0);
    }
    return new CurveEvidence(count, observed, expected, values);
  }

  logSum(q: number): number {
    this.#coefficients ??= transform(this.values);
    return clenshaw(this.#coefficients, Math.log(q) / HALF_WIDTH);
  }

  tiltedSum(q: number): number {
    this.#coefficients ??= transform(this.values);
    this.#slopes ??= differentiate(this.#coefficients);
    return clenshaw(this.#slopes, Math.log(q) / HALF_WIDTH) / HALF_WIDTH;
  }
}

function transform(values: Float64Array): Float64Array {
  const coefficients = new Float64Array(POINTS);
  for (let degree = 0; degree < POINTS; degree += 1) {
    let total = 0;
    for (let point = 0; point < POINTS; point += 1)
      total += (TRANSFORM[degree * POINTS + point] ?? 0) * (values[point] ?? 0);
    coefficients[degree] = total;
  }
  return coefficients;
}

/** Coefficients of the derivative. */
function differentiate(coefficients: Float64Array): Float64Array {
  const slopes = new Float64Array(coefficients.length);
  for (let degree = coefficients.length - 1; degree > 0; degree -= 1)
    slopes[degree - 1] = (slopes[degree + 1] ?? 0) + 2 * degree * (coefficients[degree] ?? 0);
  slopes[0] = (slopes[0] ?? 0) / 2;
  return slopes;
}

/** The polynomial at `x` in [−1, 1]. */
function clenshaw(coefficients: Float64Array, x: number): number {
  let [next, afterNext] = [0, 0];
  for (let degree = coefficients.length - 1; degree > 0; degree -= 1) {
    const own = (coefficients[degree] ?? 0) + 2 * x * next - afterNext;
    afterNext = next;
    next = own;
  }
  return (coefficients[0] ?? 0) + x * next - afterNext;
}
