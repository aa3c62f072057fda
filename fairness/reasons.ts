/** @module Reasons in words. */
import type { Reason } from './types.ts';

/** Why there is no value, as the end of a sentence. */
export const REASON_WORDS: Readonly<Record<Reason, string>> = {
  no_rows: 'no row to count',
  no_labels: 'no labels were given',
  no_predictions: 'no predictions were given',
  no_scores: 'no scores were given',
  no_positives: 'nobody has the favourable label',
  no_negatives: 'nobody has an unfavourable label',
  no_predicted_positives: 'nobody is predicted favourable',
  no_predicted_negatives: 'nobody is predicted unfavourable',
  zero_reference: 'the reference is 0, and nothing can be divided by it',
  one_group: 'there is one group only',
  pure_group: 'a group has one outcome only',
  zero_benefit: 'there is no benefit to share out',
  no_variation: 'all values are the same',
  not_converged: 'the computation did not settle',
  cell_too_small: 'fewer rows than the minimum cell',
  too_few_rows: 'too few rows for this metric',
  suppressed: 'it would show fewer than 11 persons',
  library_not_finite: 'the library gives no finite number',
  no_features: 'no features were given by which two people are alike',
  too_many_rows: 'too many rows to compare each with every other',
  not_supported: 'the profile does not have it',
};
