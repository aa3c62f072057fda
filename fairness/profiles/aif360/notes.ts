/**
 * What is odd about a number of AIF360, in one or two sentences, where it would mislead who reads it alone.
 *
 * @module
 */
import type { Reason } from '../../types.ts';
import type { LibraryRateName } from './rates.ts';

export const NOTES = {
  equalizedOdds:
    'AIF360 takes the larger of two differences, one of which is not a number, and passes over it: only the difference of the false positive rates is in this value.',
  nobodyPredicted:
    'AIF360 puts 0 for a predictive value, a false discovery rate and a false omission rate of a group in which nobody is predicted so.',
  nobodyLabelled: 'AIF360 gives a group without labels the accuracy 0 and the error rate 1.',
  noScores: 'There are no scores: AIF360 takes the predictions as scores.',
  unknownRows:
    'AIF360 counts rows without a label or a prediction in the denominator, or as unfavourable; the strict value leaves them out.',
  alphaZero: 'For alpha = 0 AIF360 divides by the mean benefit once more than the definition says.',
  otherRows: 'AIF360 gives rows in neither of the two groups the benefit 0; the strict value leaves them out.',
  noWeights: 'AIF360 leaves weights out of its entropies; the strict value counts them.',
  cancel: 'The two differences have opposite signs: a value near 0 does not mean equality.',
  power: 'A number of true positives, and not statistical power.',
  classesSeen:
    'aif360.sklearn spreads the prior over the classes seen inside each group, so that a group with one class gets all of it; the strict value spreads it over two classes everywhere.',
  labelClasses: 'aif360.sklearn adds up over the classes that occur among the labels, although this is of predictions.',
  passedOver:
    'AIF360 takes the largest of several differences, some of which are infinitely far apart, and passes over what is not a number on the way.',
  weightless: 'AIF360 counts a group whose weights are all 0 with the prior alone; the strict value leaves it out.',
  numberedGroups:
    'AIF360 reads the groups of an attribute as numbers, here in the order of their names; the strict value gives each group a column of its own.',
  rounded: 'AIF360 looks for the maximum in steps of at least 0.001 and rounds it to 4 decimals.',
  raises: 'AIF360 raises an error here.',
} as const;

/** Where AIF360 puts a number that the definition does not have. Of other rates: for it counts unknown rows as well. */
export function noteOnRate(name: LibraryRateName, reason: Reason | null): string {
  if (reason === 'no_predicted_positives' || reason === 'no_predicted_negatives') return NOTES.nobodyPredicted;
  if (reason === 'no_scores') return NOTES.noScores;
  const isOfAll = name === 'accuracy' || name === 'error_rate';
  return reason === 'no_rows' && isOfAll ? NOTES.nobodyLabelled : NOTES.unknownRows;
}
