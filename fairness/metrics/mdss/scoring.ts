/**
 * The scoring functions of AIF360's bias scan: log-likelihood ratios of "the odds here are q times what was expected" against
 * "they are what was expected" (Zhang and Neill, "Identifying significant predictive bias in classifiers", 2016), each with
 * the range of q in which it is above 0.
 *
 * @module
 */
import { LedgerError } from '../../../ledger/errors.ts';
import { HIGHEST_Q, LOWEST_Q } from './curve.ts';
import type { Evidence } from './evidence.ts';

export const SCORINGS = ['Bernoulli', 'BerkJones', 'Poisson', 'Gaussian'] as const;
export type ScoringName = (typeof SCORINGS)[number];

/** `positive`: more is observed than expected. `negative`: less. */
export type Direction = 'positive' | 'negative';

export interface ScoringOptions {
  readonly scoring: ScoringName;
  readonly direction: Direction;
  /** Of Berk-Jones: the share of outcomes that is expected; turned into 1 − alpha for the negative direction. */
  readonly alpha?: number;
  /** Of the Gaussian: variance of the expectations. */
  readonly variance?: number;
  /** Width at which halving of q stops. AIF360: 1e-3. */
  readonly tolerance: number;
}

export interface Scoring {
  /** At a given q, less the penalty. */
  score(evidence: Evidence, penalty: number, q: number): number;
  /** q with the highest score in the direction. */
  best(evidence: Evidence): number;
  /** Where the score is above 0; `undefined`: nowhere. */
  range(evidence: Evidence, penalty: number): readonly [number, number] | undefined;
}

/** @throws LedgerError `missing_member`: Berk-Jones without an alpha · `invalid_value`: one that is not between 0 and 1 */
export function createScoring(options: ScoringOptions): Scoring {
  switch (options.scoring) {
    case 'Bernoulli':
      return tilted(options, {
        score: (evidence, q) => evidence.observed * Math.log(q) - evidence.logSum(q),
        slope: (evidence, q) => evidence.observed - evidence.tiltedSum(q),
      });
    case 'Poisson':
      return tilted(options, {
        score: ({ observed, expected }, q) => observed * Math.log(q) + (expected - q * expected),
        slope: ({ observed, expected }, q) => observed - q * expected,
      });
    case 'BerkJones':
      return berkJones(options);
    case 'Gaussian':
      return gaussian(options);
  }
}

type Test = (q: number) => boolean;

/** Halves until the ends are `tolerance` apart, or neighbours. @param isLow - whether the root is above this q */
function halve(low: number, high: number, tolerance: number, isLow: Test): number {
  let [left, right] = [low, high];
  while (Math.abs(right - left) > tolerance) {
    const middle = (left + right) / 2;
    if (middle === left || middle === right) break;
    // These very expressions: the library's path of halvings is part of its result.
    if (isLow(middle)) left = left + (right - left) / 2;
    else right = right - (right - left) / 2;
  }
  return (left + right) / 2;
}

/** Both ends of the range where a function that rises up to `best` and falls from there is above 0. */
function rootsAround(best: number, low: number, high: number, tolerance: number, isAbove: Test): [number, number] {
  return [halve(low, best, tolerance, (q) => !isAbove(q)), halve(best, high, tolerance, isAbove)];
}

/** The part of a range that is in the direction: q above 1, or below. */
function inDirection(direction: Direction, [low, high]: readonly [number, number]): [number, number] | undefined {
  if (direction === 'positive') return high < 1 ? undefined : [Math.max(low, 1), high];
  return low > 1 ? undefined : [low, Math.min(high, 1)];
}

interface TiltedParts {
  readonly score: (evidence: Evidence, q: number) => number;
  /** q times the derivative of the score. */
  readonly slope: (evidence: Evidence, q: number) => number;
}

function tilted({ direction, tolerance }: ScoringOptions, parts: TiltedParts): Scoring {
  const score: Scoring['score'] = (evidence, penalty, q) => parts.score(evidence, q) - penalty;
  const best: Scoring['best'] = (evidence) => {
    const q = halve(LOWEST_Q, HIGHEST_Q, tolerance, (at) => parts.slope(evidence, at) > 0);
    const isOutside = direction === 'positive' ? q < 1 : q > 1;
    return isOutside ? 1 : q;
  };
  return {
    score,
    best,
    range: (evidence, penalty) => {
      const q = best(evidence);
      if (!(score(evidence, penalty, q) > 0)) return undefined;
      const roots = rootsAround(q, LOWEST_Q, HIGHEST_Q, tolerance, (at) => score(evidence, penalty, at) > 0);
      return inDirection(direction, roots);
    },
  };
}

/** Here q is the share of outcomes, not a factor. */
function berkJones({ direction, alpha: given, tolerance }: ScoringOptions): Scoring {
  if (given === undefined) throw new LedgerError('missing_member', 'alpha: needed by BerkJones', { pointer: '/alpha' });
  if (!(given > 0 && given < 1))
    throw new LedgerError('invalid_value', 'alpha: between 0 and 1', { pointer: '/alpha' });
  const alpha = direction === 'negative' ? 1 - given : given;
  const score: Scoring['score'] = ({ observed, count }, penalty, share) => {
    const q = Math.max(share, alpha);
    const hits = observed * Math.log(q / alpha);
    return (q === 1 ? hits : hits + (count - observed) * Math.log((1 - q) / (1 - alpha))) - penalty;
  };
  const best: Scoring['best'] = ({ observed, count }) => (count === 0 ? 0 : Math.max(observed / count, alpha));
  return {
    score,
    best,
    range: (evidence, penalty) => {
      const q = best(evidence);
      if (!(score(evidence, penalty, q) > 0)) return undefined;
      return rootsAround(q, alpha, 1, tolerance, (at) => score(evidence, penalty, at) > 0);
    },
  };
}

function gaussian({ direction, variance = 0, tolerance }: ScoringOptions): Scoring {
  const score: Scoring['score'] = ({ observed, expected }, penalty, q) => {
    const cross = ((observed * expected) / variance) * (q - 1);
    const square = (expected ** 2 * (1 - q ** 2)) / (2 * variance);
    const isInDirection = direction === 'positive' ? cross > square : square > cross;
    return (isInDirection ? cross + square : 0) - penalty / variance;
  };
  const best: Scoring['best'] = ({ observed, expected }) => (observed === expected ? 1 : observed / expected);
  return {
    score,
    best,
    range: (evidence, penalty) => {
      const q = best(evidence);
      if (!(score(evidence, penalty, q) > 0)) return undefined;
      const roots = rootsAround(q, -1e6, 1e6, tolerance, (at) => score(evidence, penalty, at) > 0);
      return inDirection(direction, roots);
    },
  };
}
