/**
 * Scores by bins: the sums that calibration error, Brier score and its decomposition are made of.
 *
 * @module
 */
import { LedgerError } from '../../../ledger/errors.ts';
import type { ScoreSteps } from '../scores/steps.ts';

/**
 * How scores are put into bins.
 *
 * - `fixed`: of equal width over [0, 1], bin k holding (k/bins, (k+1)/bins]; the first holds 0 as well. A score on an edge
 *   is in the lower bin, as in scikit-learn's `calibration_curve`.
 * - `equal_mass`: of equal weight. Equal scores are never divided: all are in the bin that the middle of their weight falls
 *   in, and from an edge in the upper one. Where more rows share a score than a bin holds, bins stay empty.
 */
export type Binning = 'fixed' | 'equal_mass';

export interface BinOptions {
  /** 1 to {@link MAX_BINS} [10]. */
  readonly bins?: number;
  /** [`fixed`] */
  readonly binning?: Binning;
}

export const DEFAULT_BINS = 10;
export const MAX_BINS = 1_000;

/** Weighted sums over the rows of a bin; y is the label, s the score. */
export interface CalibrationSums {
  /** Σ w */
  weight: number;
  /** Σ w·y */
  observed: number;
  /** Σ w·s */
  expected: number;
  /** Σ w·s² */
  expectedSquared: number;
  /** Σ w·y·s */
  product: number;
  /** Σ w·(s − y)² */
  squaredError: number;
}

const newSums = (): CalibrationSums => ({
  weight: 0,
  observed: 0,
  expected: 0,
  expectedSquared: 0,
  product: 0,
  squaredError: 0,
});

/**
 * The sums of each bin, empty ones included. Θ(steps).
 *
 * @throws LedgerError `invalid_value` for a number of bins out of range
 */
export function binScores(
  steps: ScoreSteps,
  { bins = DEFAULT_BINS, binning = 'fixed' }: BinOptions = {},
): readonly CalibrationSums[] {
  if (!Number.isInteger(bins) || bins < 1 || bins > MAX_BINS) {
    throw new LedgerError('invalid_value', `Bins have to be a whole number from 1 to ${MAX_BINS}.`, {
      pointer: '/bins',
    });
  }
  const ends = binning === 'fixed' ? fixedEnds(steps, bins) : equalMassEnds(steps, bins);
  let from = 0;
  return ends.map((to) => {
    const sums = addSteps(steps, from, to);
    from = to;
    return sums;
  });
}

/** The sums of all rows. */
export function calibrationSums(steps: ScoreSteps): CalibrationSums {
  return addSteps(steps, 0, steps.scores.length);
}

/** Sums of everything in the bins. */
export function totalSums(bins: readonly CalibrationSums[]): CalibrationSums {
  const total = newSums();
  for (const bin of bins) {
    total.weight += bin.weight;
    total.observed += bin.observed;
    total.expected += bin.expected;
    total.expectedSquared += bin.expectedSquared;
    total.product += bin.product;
    total.squaredError += bin.squaredError;
  }
  return total;
}

function addSteps({ scores, positives, negatives }: ScoreSteps, from: number, to: number): CalibrationSums {
  const sums = newSums();
  for (let i = from; i < to; i += 1) {
    const s = scores[i] ?? 0;
    const positive = positives[i] ?? 0;
    const negative = negatives[i] ?? 0;
    const weighted = (positive + negative) * s;
    sums.weight += positive + negative;
    sums.observed += positive;
    sums.expected += weighted;
    sums.expectedSquared += weighted * s;
    sums.product += positive * s;
    sums.squaredError += positive * (1 - s) * (1 - s) + negative * s * s;
  }
  return sums;
}

/** Position after the last step of each bin. Steps ascend, so bins are sections. */
function fixedEnds({ scores }: ScoreSteps, bins: number): number[] {
  let at = 0;
  return Array.from({ length: bins }, (_, bin) => {
    if (bin === bins - 1) return scores.length;
    const edge = (bin + 1) / bins;
    while (at < scores.length && (scores[at] ?? 0) <= edge) at += 1;
    return at;
  });
}

function equalMassEnds({ positives, negatives, weight }: ScoreSteps, bins: number): number[] {
  const total = weight.positives + weight.negatives;
  let at = 0;
  let before = 0;
  return Array.from({ length: bins }, (_, bin) => {
    if (bin === bins - 1) return positives.length;
    const edge = (total * (bin + 1)) / bins;
    for (; at < positives.length; at += 1) {
      const mass = (positives[at] ?? 0) + (negatives[at] ?? 0);
      if (before + mass / 2 >= edge) break;
      before += mass;
    }
    return at;
  });
}
