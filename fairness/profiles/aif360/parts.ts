/**
 * The fractions behind AIF360's rates: as the library has them, where it divides, and as they are defined.
 *
 * @module
 */
import { measureFraction, type Measured, undefinedBecause } from '../../metrics/measured.ts';
import { RATES } from '../../rates.ts';
import type { Reason } from '../../types.ts';
import type { LibraryRateName } from './rates.ts';
import type { Side } from './sides.ts';
import type { LibrarySums } from './sums.ts';

/** A rate of one side: a value with its fraction, or why there is none. */
export type RateOf = (side: Side, name: LibraryRateName) => Measured;

type Parts = (sums: LibrarySums) => readonly [number, number];

const known = (s: LibrarySums): number => s.positives + s.negatives;

const LIBRARY_PARTS: Readonly<Record<LibraryRateName, Parts>> = {
  base_rate: (s) => [s.positives, s.instances],
  selection_rate: (s) => [s.predictedPositives, s.instances],
  true_positive_rate: (s) => [s.tp, s.positives],
  false_negative_rate: (s) => [s.fn, s.positives],
  true_negative_rate: (s) => [s.tn, s.negatives],
  false_positive_rate: (s) => [s.fp, s.negatives],
  generalized_true_positive_rate: (s) => [s.gtp, s.positives],
  generalized_false_negative_rate: (s) => [s.gfn, s.positives],
  generalized_true_negative_rate: (s) => [s.gtn, s.negatives],
  generalized_false_positive_rate: (s) => [s.gfp, s.negatives],
  positive_predictive_value: (s) => [s.tp, s.tp + s.fp],
  negative_predictive_value: (s) => [s.tn, s.tn + s.fn],
  false_discovery_rate: (s) => [s.fp, s.tp + s.fp],
  false_omission_rate: (s) => [s.fn, s.tn + s.fn],
  accuracy: (s) => [s.tp + s.tn, known(s)],
  error_rate: (s) => [known(s) - s.tp - s.tn, known(s)],
};

type Generalized = Extract<LibraryRateName, `generalized_${string}`>;

function isGeneralized(name: LibraryRateName): name is Generalized {
  return name.startsWith('generalized_');
}

/** Why a rate of nobody has no value. */
export function emptyReason(name: LibraryRateName): Reason {
  if (!isGeneralized(name)) return RATES[name].reason;
  return name.endsWith('true_positive_rate') || name.endsWith('false_negative_rate') ? 'no_positives' : 'no_negatives';
}

/** The library's fraction of a rate; `undefined` where its denominator is 0, whatever the library then puts. */
export const libraryRate: RateOf = ({ library }, name) => {
  const [numerator, denominator] = LIBRARY_PARTS[name](library);
  return measureFraction(numerator, denominator, emptyReason(name));
};

/** The rate by its definition: rows whose label or prediction is not known count in neither part. */
export const strictRate: RateOf = (side, name) => {
  if (isGeneralized(name)) return strictGeneralized(side, name);
  const { numerator, denominator, reason } = RATES[name];
  return measureFraction(numerator(side.strict), denominator(side.strict), reason);
};

const SUMS = {
  generalized_true_positive_rate: 'gtp',
  generalized_false_negative_rate: 'gfn',
  generalized_true_negative_rate: 'gtn',
  generalized_false_positive_rate: 'gfp',
} as const;

function strictGeneralized({ strict, generalized }: Side, name: Generalized): Measured {
  if (generalized === undefined) return undefinedBecause('no_scores');
  const reason = emptyReason(name);
  return measureFraction(
    generalized[SUMS[name]],
    reason === 'no_positives' ? strict.positives : strict.negatives,
    reason,
  );
}

/** Denominator of a rate in the sums of squared weights, for the effective number of rows; `undefined`: no proportion of rows. */
export function squaredDenominator({ squares }: Side, name: LibraryRateName): number | undefined {
  if (isGeneralized(name)) return undefined;
  if (name === 'base_rate' || name === 'selection_rate') return squares.n;
  if (name === 'true_positive_rate' || name === 'false_negative_rate') return squares.positives;
  if (name === 'true_negative_rate' || name === 'false_positive_rate') return squares.negatives;
  if (name === 'accuracy' || name === 'error_rate') return squares.positives + squares.negatives;
  return RATES[name].denominator(squares);
}
