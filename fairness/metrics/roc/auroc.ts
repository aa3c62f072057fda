/** @module Area under the ROC curve with DeLong's variance. */
import {
  type Difference,
  differenceOf,
  type Estimate,
  estimated,
  logitInterval,
  undefinedBecause,
} from '../scores/estimate.ts';
import { effectiveRows, type ScoreSteps } from '../scores/steps.ts';

const SEPARATED_NOTE = 'A threshold separates the classes: DeLong’s variance is 0, and gives no interval.';

/**
 * AUROC: the probability that a row with a favourable label has a higher score than one with an unfavourable label, ties
 * counting half. Numerator Σ w·w′ over pairs in that order (ties: half), denominator Σ w·w′ over all pairs.
 *
 * Interval `delong-logit`: variance of DeLong, DeLong and Clarke-Pearson (1988) by the midranks of Sun and Xu (2014),
 * carried to the log-odds of the area. Where there are weights the components of the variance are weighted, and the numbers of rows are the effective ones of each class: an
 * approximation. No interval with fewer than two rows in a class, or where the variance is 0.
 */
export function auroc(steps: ScoreSteps, level: number): Estimate {
  const { positives, negatives } = steps.weight;
  if (!(positives > 0) && !(negatives > 0)) return undefinedBecause('no_labels');
  if (!(positives > 0)) return undefinedBecause('no_positives');
  if (!(negatives > 0)) return undefinedBecause('no_negatives');
  const numerator = concordance(steps);
  const denominator = positives * negatives;
  const value = numerator / denominator;
  const standardError = deLongError(steps, value);
  const isSeparated = value === 0 || value === 1;
  const logitError = standardError === null || isSeparated ? null : standardError / (value * (1 - value));
  return estimated(value, {
    numerator,
    denominator,
    standardError: isSeparated ? null : standardError,
    ci: logitInterval(value, logitError, { level, method: 'delong-logit' }),
    note: isSeparated ? SEPARATED_NOTE : undefined,
  });
}

function concordance({ positives, negatives }: ScoreSteps): number {
  let below = 0;
  let sum = 0;
  for (let i = 0; i < positives.length; i += 1) {
    const tied = negatives[i] ?? 0;
    sum += (positives[i] ?? 0) * (below + tied / 2);
    below += tied;
  }
  return sum;
}

/**
 * A row with a favourable label outranks a share of the other class, and is outranked by a share of it the other way
 * round; the variances of these shares over the rows of each class are the two components.
 */
function deLongError(steps: ScoreSteps, area: number): number | null {
  const { positives, negatives, weight } = steps;
  let negativesBelow = 0;
  let positivesAbove = weight.positives;
  let squaresOfPositives = 0;
  let squaresOfNegatives = 0;
  for (let i = 0; i < positives.length; i += 1) {
    const positive = positives[i] ?? 0;
    const negative = negatives[i] ?? 0;
    positivesAbove -= positive;
    const outranks = (negativesBelow + negative / 2) / weight.negatives - area;
    const outranked = (positivesAbove + positive / 2) / weight.positives - area;
    squaresOfPositives += positive * outranks * outranks;
    squaresOfNegatives += negative * outranked * outranked;
    negativesBelow += negative;
  }
  const rows = effectiveRows(steps);
  if (!(rows.positives > 1 && rows.negatives > 1)) return null;
  return Math.sqrt(
    squaresOfPositives / weight.positives / (rows.positives - 1) +
      squaresOfNegatives / weight.negatives / (rows.negatives - 1),
  );
}

/** DeLong's test of the AUROC of two groups that share no row: the variances add. Interval and p-value by the normal. */
export function aurocDifference(group: Estimate, reference: Estimate, level: number): Difference {
  return differenceOf(group, reference, { level, method: 'delong', low: -1, high: 1 });
}
