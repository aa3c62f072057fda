/**
 * What a scoring function needs to know of some rows: how many, what was observed, what was expected, and two sums over the
 * expectations that depend on q, the factor by which the odds in a subset differ from what the model says.
 *
 * @module
 */

export interface Evidence {
  /** Rows. */
  readonly count: number;
  /** Σ outcomes. */
  readonly observed: number;
  /** Σ expectations. */
  readonly expected: number;
  /** Σ ln(1 − p + q·p) over the expectations p. */
  logSum(q: number): number;
  /** Σ q·p / (1 − p + q·p): what would be expected if all odds were q times what they are. */
  tiltedSum(q: number): number;
}

/** Factors multiplied before a logarithm is taken: each is between 1e-3 and 1e3, so that 64 of them stay within a double. */
const BLOCK = 64;

/** Evidence that goes through its rows each time it is asked: exact to the rounding of the sums. */
export class RowEvidence implements Evidence {
  readonly count: number;
  readonly observed: number;
  readonly expected: number;
  readonly #expectations: Float64Array;

  constructor(outcomes: Float64Array, expectations: Float64Array) {
    this.count = outcomes.length;
    this.observed = outcomes.reduce((all, outcome) => all + outcome, 0);
    this.expected = expectations.reduce((all, expectation) => all + expectation, 0);
    this.#expectations = expectations;
  }

  /** @param q - from 1e-3 to 1e3 */
  logSum(q: number): number {
    const { length } = this.#expectations;
    let total = 0;
    for (let start = 0; start < length; start += BLOCK) {
      const end = Math.min(length, start + BLOCK);
      let product = 1;
      for (let row = start; row < end; row += 1) {
        const p = this.#expectations[row] ?? 0;
        product *= 1 - p + q * p;
      }
      total += Math.log(product);
    }
    return total;
  }

  tiltedSum(q: number): number {
    let total = 0;
    for (const p of this.#expectations) total += (q * p) / (1 - p + q * p);
    return total;
  }
}
