/**
 * How groups and outcomes are distributed: class imbalance, divergence, conditional demographic disparity (the pre-training
 * bias metrics of Amazon SageMaker Clarify that AIF360's scikit-learn interface has).
 *
 * @module
 */
import type { Reason } from '../types.ts';
import { measureFraction, type Measured, undefinedBecause } from './measured.ts';

/** Rows of a group with either outcome, weighted or not: labels, or predictions. */
export interface ClassCounts {
  readonly favourable: number;
  readonly unfavourable: number;
}

/** Which outcome a reason is about. */
export interface OutcomeReasons {
  readonly favourable: Reason;
  readonly unfavourable: Reason;
}

export const LABEL_REASONS: OutcomeReasons = { favourable: 'no_positives', unfavourable: 'no_negatives' };
export const PREDICTION_REASONS: OutcomeReasons = {
  favourable: 'no_predicted_positives',
  unfavourable: 'no_predicted_negatives',
};

/** (n_g − n_r) / (n_g + n_r): 1 where the reference has nobody, −1 where the group has nobody, 0 where they are as many. */
export function classImbalance(group: number, reference: number): Measured {
  return measureFraction(group - reference, group + reference, 'no_rows');
}

/**
 * Kullback-Leibler divergence of the outcomes, KL(P_r ‖ P_g) = Σ P_r(y) ln(P_r(y) / P_g(y)), in nat: what is lost when the
 * reference's outcomes are described by the group's. Undefined where the reference has an outcome that the group never has.
 */
export function outcomeDivergence(
  reference: ClassCounts,
  group: ClassCounts,
  reasons: OutcomeReasons = LABEL_REASONS,
): Measured {
  const referenceRows = reference.favourable + reference.unfavourable;
  const groupRows = group.favourable + group.unfavourable;
  if (referenceRows === 0 || groupRows === 0) return undefinedBecause('no_rows', 0, 0);
  let sum = 0;
  for (const outcome of ['favourable', 'unfavourable'] as const) {
    if (reference[outcome] === 0) continue;
    if (group[outcome] === 0) return undefinedBecause(reasons[outcome]);
    sum += reference[outcome] * Math.log((reference[outcome] * groupRows) / (group[outcome] * referenceRows));
  }
  return { status: 'ok', value: sum / referenceRows, reason: null, numerator: sum, denominator: referenceRows };
}

/**
 * Conditional demographic disparity over strata, CDD = Σ nᵢ DDᵢ / n with DDᵢ = (stratum's share of all unfavourable outcomes) −
 * (its share of all favourable ones).
 */
export function conditionalDemographicDisparity(
  strata: readonly ClassCounts[],
  reasons: OutcomeReasons = LABEL_REASONS,
): Measured {
  const favourable = strata.reduce((sum, stratum) => sum + stratum.favourable, 0);
  const unfavourable = strata.reduce((sum, stratum) => sum + stratum.unfavourable, 0);
  const n = favourable + unfavourable;
  if (n === 0) return undefinedBecause('no_rows', 0, 0);
  if (favourable === 0) return undefinedBecause(reasons.favourable);
  if (unfavourable === 0) return undefinedBecause(reasons.unfavourable);
  const numerator = strata.reduce(
    (sum, stratum) =>
      sum +
      (stratum.favourable + stratum.unfavourable) *
        (stratum.unfavourable * favourable - stratum.favourable * unfavourable),
    0,
  );
  return measureFraction(numerator, n * favourable * unfavourable, 'no_rows');
}
