/**
 * AIF360's comparisons of the unprivileged with the privileged group: difference = unprivileged − privileged, ratio =
 * unprivileged / privileged.
 *
 * @module
 */
import { LIBRARY_RATES, type LibraryRateName } from './rates.ts';
import type { LibrarySums } from './sums.ts';

type Compare = (unprivileged: LibrarySums, privileged: LibrarySums) => number;

function difference(name: LibraryRateName): Compare {
  return (unprivileged, privileged) => LIBRARY_RATES[name](unprivileged) - LIBRARY_RATES[name](privileged);
}

function ratio(name: LibraryRateName): Compare {
  return (unprivileged, privileged) => LIBRARY_RATES[name](unprivileged) / LIBRARY_RATES[name](privileged);
}

/** Half the sum of two differences, or of their sizes. */
function average(a: Compare, b: Compare, of: (difference: number) => number = (value) => value): Compare {
  return (unprivileged, privileged) => 0.5 * (of(a(unprivileged, privileged)) + of(b(unprivileged, privileged)));
}

/** Python's `max(a, b)`: the first unless the second is larger. A NaN stays where it is the first, and is lost where it is the second. */
export function pythonMax(a: number, b: number): number {
  return b > a ? b : a;
}

function larger(a: Compare, b: Compare): Compare {
  return (unprivileged, privileged) =>
    pythonMax(Math.abs(a(unprivileged, privileged)), Math.abs(b(unprivileged, privileged)));
}

const fpr = difference('false_positive_rate');
const tpr = difference('true_positive_rate');

/** `ClassificationMetric`: parity is of predictions. */
export const LIBRARY_COMPARISONS = {
  disparate_impact: ratio('selection_rate'),
  statistical_parity_difference: difference('selection_rate'),
  true_positive_rate_difference: tpr,
  false_positive_rate_difference: fpr,
  false_negative_rate_difference: difference('false_negative_rate'),
  false_omission_rate_difference: difference('false_omission_rate'),
  false_discovery_rate_difference: difference('false_discovery_rate'),
  error_rate_difference: difference('error_rate'),
  false_positive_rate_ratio: ratio('false_positive_rate'),
  false_negative_rate_ratio: ratio('false_negative_rate'),
  false_omission_rate_ratio: ratio('false_omission_rate'),
  false_discovery_rate_ratio: ratio('false_discovery_rate'),
  error_rate_ratio: ratio('error_rate'),
  average_odds_difference: average(fpr, tpr),
  average_abs_odds_difference: average(fpr, tpr, Math.abs),
  average_predictive_value_difference: average(
    difference('positive_predictive_value'),
    difference('false_omission_rate'),
  ),
  equalized_odds_difference: larger(fpr, tpr),
  generalized_equalized_odds_difference: larger(
    difference('generalized_false_positive_rate'),
    difference('generalized_true_positive_rate'),
  ),
} as const satisfies Readonly<Record<string, Compare>>;
export type LibraryComparisonName = keyof typeof LIBRARY_COMPARISONS;

/** `BinaryLabelDatasetMetric`: parity is of labels. */
export const DATASET_COMPARISONS = {
  disparate_impact: ratio('base_rate'),
  statistical_parity_difference: difference('base_rate'),
} as const satisfies Readonly<Record<string, Compare>>;
export type DatasetComparisonName = keyof typeof DATASET_COMPARISONS;

/** Other names of the same. */
export const COMPARISON_ALIASES = {
  mean_difference: 'statistical_parity_difference',
  equal_opportunity_difference: 'true_positive_rate_difference',
} as const satisfies Readonly<Record<string, LibraryComparisonName>>;
