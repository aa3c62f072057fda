/** @module Area under the precision-recall curve. */
import { type Estimate, estimated, logitInterval, undefinedBecause } from '../scores/estimate.ts';
import { effectiveRows, type ScoreSteps } from '../scores/steps.ts';

/**
 * Average precision: Σ over distinct scores, from the highest, of precision at that threshold times the recall gained there.
 * Steps, no interpolation between them, as scikit-learn's `average_precision_score`; lines between points of a
 * precision-recall curve would be optimistic (Davis and Goadrich 2006). Numerator Σ w·precision over rows with a favourable
 * label, denominator Σ w of them.
 *
 * Interval `logit`: log-odds ± z / √(n₁·AP·(1 − AP)) of Boyd, Eng and Page (2013), n₁ the (effective) number of rows with a
 * favourable label; none where the value is 1. A group without unfavourable labels has precision 1 everywhere, which says
 * nothing about its scores: `no_negatives`.
 */
export function averagePrecision(steps: ScoreSteps, level: number): Estimate {
  const { positives, negatives } = steps.weight;
  if (!(positives > 0) && !(negatives > 0)) return undefinedBecause('no_labels');
  if (!(positives > 0)) return undefinedBecause('no_positives');
  if (!(negatives > 0)) return undefinedBecause('no_negatives');
  const numerator = sumOfPrecision(steps);
  const value = numerator / positives;
  const logitError = 1 / Math.sqrt(effectiveRows(steps).positives * value * (1 - value));
  const isInside = value > 0 && value < 1;
  return estimated(value, {
    numerator,
    denominator: positives,
    standardError: isInside ? logitError * value * (1 - value) : null,
    ci: isInside ? logitInterval(value, logitError, { level, method: 'logit' }) : null,
  });
}

function sumOfPrecision({ positives, negatives }: ScoreSteps): number {
  let found = 0;
  let predicted = 0;
  let sum = 0;
  for (let i = positives.length - 1; i >= 0; i -= 1) {
    const positive = positives[i] ?? 0;
    found += positive;
    predicted += positive + (negatives[i] ?? 0);
    if (positive > 0) sum += positive * (found / predicted);
  }
  return sum;
}
