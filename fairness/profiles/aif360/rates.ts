/**
 * AIF360's metrics that can be conditioned on a group (`privileged=True`, `False` or `None`), in its arithmetic: NaN and
 * infinity where it has them, 0 where it puts 0.
 *
 * @module
 */
import type { LibrarySums } from './sums.ts';

/** `performance_measures` puts 0 where nobody is predicted so, and for the accuracy of nobody. */
function orZero(numerator: number, denominator: number): number {
  return denominator > 0 ? numerator / denominator : 0;
}

const accuracy = ({ tp, tn, positives, negatives }: LibrarySums): number => orZero(tp + tn, positives + negatives);
const truePositiveRate = ({ tp, positives }: LibrarySums): number => tp / positives;
const trueNegativeRate = ({ tn, negatives }: LibrarySums): number => tn / negatives;
const positivePredictiveValue = ({ tp, fp }: LibrarySums): number => orZero(tp, tp + fp);

/** Sums, by the names of `BinaryLabelDatasetMetric` and `ClassificationMetric`. */
export const LIBRARY_COUNTS = {
  num_instances: (s) => s.instances,
  num_positives: (s) => s.positives,
  num_negatives: (s) => s.negatives,
  num_pred_positives: (s) => s.predictedPositives,
  num_pred_negatives: (s) => s.predictedNegatives,
  num_true_positives: (s) => s.tp,
  num_false_positives: (s) => s.fp,
  num_true_negatives: (s) => s.tn,
  num_false_negatives: (s) => s.fn,
  num_generalized_true_positives: (s) => s.gtp,
  num_generalized_false_positives: (s) => s.gfp,
  num_generalized_true_negatives: (s) => s.gtn,
  num_generalized_false_negatives: (s) => s.gfn,
} as const satisfies Readonly<Record<string, (sums: LibrarySums) => number>>;
export type LibraryCountName = keyof typeof LIBRARY_COUNTS;

/** Rates, by the names of the library. */
export const LIBRARY_RATES = {
  base_rate: (s) => s.positives / s.instances,
  selection_rate: (s) => s.predictedPositives / s.instances,
  true_positive_rate: truePositiveRate,
  false_negative_rate: (s) => s.fn / s.positives,
  true_negative_rate: trueNegativeRate,
  false_positive_rate: (s) => s.fp / s.negatives,
  generalized_true_positive_rate: (s) => s.gtp / s.positives,
  generalized_false_negative_rate: (s) => s.gfn / s.positives,
  generalized_true_negative_rate: (s) => s.gtn / s.negatives,
  generalized_false_positive_rate: (s) => s.gfp / s.negatives,
  positive_predictive_value: positivePredictiveValue,
  negative_predictive_value: (s) => orZero(s.tn, s.tn + s.fn),
  false_discovery_rate: (s) => orZero(s.fp, s.tp + s.fp),
  false_omission_rate: (s) => orZero(s.fn, s.tn + s.fn),
  accuracy,
  error_rate: (s) => 1 - accuracy(s),
} as const satisfies Readonly<Record<string, (sums: LibrarySums) => number>>;
export type LibraryRateName = keyof typeof LIBRARY_RATES;

/** Other names of the same. `power` is a count of true positives, not statistical power. */
export const CONDITIONED_ALIASES = {
  power: 'num_true_positives',
  precision: 'positive_predictive_value',
  recall: 'true_positive_rate',
  sensitivity: 'true_positive_rate',
  specificity: 'true_negative_rate',
} as const satisfies Readonly<Record<string, LibraryCountName | LibraryRateName>>;

/** Everything that takes `privileged`. */
export type ConditionedName = LibraryCountName | LibraryRateName;

const MEASURES: Readonly<Record<ConditionedName, (sums: LibrarySums) => number>> = {
  ...LIBRARY_COUNTS,
  ...LIBRARY_RATES,
};

/** A metric of the sums of the privileged group, of the unprivileged one, or of everybody. */
export function conditioned(name: ConditionedName, sums: LibrarySums): number {
  return MEASURES[name](sums);
}
