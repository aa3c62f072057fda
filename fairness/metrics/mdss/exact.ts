/**
 * The strict score of a subset: the supremum of the log-likelihood ratio over all q in the direction, from the rows, with no
 * grid, no bounds on q and no rounding.
 *
 * @module
 */
import { brent } from '../../../numerics/root.ts';
import { sum } from '../../../numerics/sum.ts';
import type { Direction } from './scoring.ts';

export interface ExactScore {
  /** At least 0; Infinity: more outcomes were observed than the expectations call possible. */
  readonly score: number;
  /** Where it is reached: 0 or Infinity where it is a limit; 1 where nothing deviates in the direction. */
  readonly q: number;
}

const NOTHING: ExactScore = { score: 0, q: 1 };

/** Whether the outcomes deviate in the direction at all. */
function deviates(direction: Direction, observed: number, expected: number): boolean {
  return direction === 'positive' ? observed > expected : observed < expected;
}

/**
 * Bernoulli: `Y·t − Σ ln(1 − p + p·e^t)` at its highest, with t = ln q.
 *
 * @param expectations - in [0, 1]
 */
export function exactBernoulli(outcomes: Float64Array, expectations: Float64Array, direction: Direction): ExactScore {
  const observed = sum(outcomes);
  if (!deviates(direction, observed, sum(expectations))) return NOTHING;
  // By the symmetry of q and 1/q, p and 1 − p, one direction is enough.
  if (direction === 'positive') return risingBernoulli(observed, expectations);
  const mirrored = expectations.map((p) => 1 - p);
  const { score, q } = risingBernoulli(outcomes.length - observed, mirrored);
  return { score, q: 1 / q };
}

function risingBernoulli(observed: number, expectations: Float64Array): ExactScore {
  const possible = expectations.filter((p) => p > 0);
  if (observed > possible.length) return { score: Infinity, q: Infinity };
  // Every row that could have an outcome has one: the score rises to this limit.
  if (observed === possible.length) return { score: -sum(possible.map(Math.log)), q: Infinity };
  const slope = (t: number): number => observed - sum(possible.map((p) => p / (p + (1 - p) * Math.exp(-t))));
  let high = 1;
  while (slope(high) > 0) high *= 2;
  const t = brent(slope, 0, high);
  const logSum = sum(possible.map((p) => t + Math.log(p + (1 - p) * Math.exp(-t))));
  return { score: Math.max(0, observed * t - logSum), q: Math.exp(t) };
}

/** Poisson: `Y·ln q + (1 − q)·Σp`. */
export function exactPoisson(outcomes: Float64Array, expectations: Float64Array, direction: Direction): ExactScore {
  const [observed, expected] = [sum(outcomes), sum(expectations)];
  if (!deviates(direction, observed, expected)) return NOTHING;
  if (expected === 0) return { score: Infinity, q: Infinity };
  const q = observed / expected;
  const gain = observed === 0 ? 0 : observed * Math.log(q);
  return { score: gain + expected - observed, q };
}

/**
 * Berk-Jones: n times the Kullback-Leibler divergence of the observed share from alpha; q is that share. In the negative
 * direction a low share is held against alpha (AIF360's `score_groups` exchanges alpha there, but not the outcomes).
 */
export function exactBerkJones(outcomes: Float64Array, alpha: number, direction: Direction): ExactScore {
  const count = outcomes.length;
  const observed = sum(outcomes);
  const q = observed / count;
  if (!deviates(direction, q, alpha)) return { score: 0, q: alpha };
  const part = (hits: number, share: number, expected: number): number =>
    hits === 0 ? 0 : hits * Math.log(share / expected);
  return { score: part(observed, q, alpha) + part(count - observed, 1 - q, 1 - alpha), q };
}
