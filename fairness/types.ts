/**
 * Vocabulary of the fairness metrics. Pure: no I/O, no clock, no Node module; randomness is passed in as a seed.
 *
 * - **group**: the rows with one value of a protected attribute, or one combination of values of several.
 * - **reference**: the group that others are held against (AIF360: privileged).
 * - **favourable**: the label or prediction that is good for the person. In clinical data choose it with care: it may be
 *   "no sepsis", which swaps sensitivity and specificity.
 * - **figure**: one number with everything needed to recompute and to doubt it, or the reason why there is none.
 *
 * @module
 */

/** Conventions that a figure can follow. `strict` is ours; the others reproduce a library, defects included. */
export const PROFILES = ['strict', 'aif360@0.6', 'fairlearn@0.15', 'aequitas@1.1'] as const;
export type Profile = (typeof PROFILES)[number];

/** What goes into the record: `strict` with its version. */
export const STRICT_CONVENTION = 'strict@1';
export type Convention = typeof STRICT_CONVENTION | Exclude<Profile, 'strict'>;

/** `undefined`: the definition has no value on these rows. `insufficient`: it has one, but there are too few rows to say it. */
export type FigureStatus = 'ok' | 'undefined' | 'insufficient';

/** Why there is no value. Words for each are in `reasons.ts`. */
export const REASONS = [
  'no_rows',
  'no_labels',
  'no_predictions',
  'no_scores',
  'no_positives',
  'no_negatives',
  'no_predicted_positives',
  'no_predicted_negatives',
  'zero_reference',
  'zero_benefit',
  'one_group',
  'pure_group',
  'no_variation',
  'not_converged',
  'cell_too_small',
  'too_few_rows',
  'suppressed',
  'library_not_finite',
  'no_features',
  'too_many_rows',
  'not_supported',
] as const;
export type Reason = (typeof REASONS)[number];

/** `null` at an end: unbounded on that side. */
export interface ConfidenceInterval {
  readonly low: number | null;
  readonly high: number | null;
  /** E.g. 0.95. */
  readonly level: number;
  /** E.g. `wilson`, `newcombe`, `koopman`, `bootstrap-multinomial`. */
  readonly method: string;
}

/** A value, or why there is none. */
export type Outcome =
  | { readonly value: number; readonly status: 'ok'; readonly reason: null }
  | { readonly value: null; readonly status: 'undefined' | 'insufficient'; readonly reason: Reason };

/**
 * One figure of an audit. JSON-safe: no NaN, no infinity.
 *
 * `value` follows from `numerator` and `denominator` by `form`: their fraction where `form` is absent, its natural logarithm
 * for `log`, its square root for `root`. All `null` unless `status` is `ok`, but for a fraction whose denominator is 0, which
 * keeps both. Both are `null` beside a value that is no fraction: what a library puts in place of one, and estimates that are found by
 * iteration (calibration in the large, calibration slope).
 */
export interface Figure {
  /** From the catalogue, e.g. `equal_opportunity_difference`. */
  readonly name: string;
  /** Protected attribute; `race*sex` for an intersection; `null` for the whole population. */
  readonly attribute: string | null;
  /** `null` where the figure is about all groups of the attribute together. */
  readonly group: string | null;
  readonly reference: string | null;
  readonly value: number | null;
  readonly status: FigureStatus;
  readonly reason: Reason | null;
  /** Which side of a comparison the reason is about. */
  readonly where?: 'group' | 'reference' | 'both';
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly form?: 'log' | 'root';
  /** Persons (rows, not weights) that the figure can be about, by what is known of them: of both groups together in a comparison. */
  readonly n: number;
  readonly ci: ConfidenceInterval | null;
  readonly convention: Convention;
  /** What the metric was asked with where it can be asked in several ways: `{alpha: 2}`, `{threshold: 0.5}`, `{bins: 10}`. */
  readonly parameters?: Readonly<Record<string, number | string>>;
  /** The two groups furthest apart, of a figure over all groups. */
  readonly worstPair?: readonly [string, string];
  /** Two-sided p-value of "no difference from the reference", raw and adjusted over the groups of the attribute. */
  readonly pValue?: number;
  readonly adjustedPValue?: number;
  readonly adjustment?: 'holm' | 'benjamini-hochberg';
  /** Empirical Bayes estimate: the raw figure pulled toward the population where the group is small. */
  readonly shrunk?: { readonly value: number; readonly low: number; readonly high: number; readonly method: string };
  /** Smallest difference (or ratio below 1) that these numbers of rows would show with 80 % power. */
  readonly minimumDetectable?: number;
  /** Where the library's value is no finite number. */
  readonly libraryValue?: 'NaN' | 'Infinity' | '-Infinity';
  /** The strict value, where a library's convention differs in a way that misleads; `note` says how. */
  readonly strict?: Outcome;
  readonly note?: string;
  /** The figure rests on, or would reveal, a cell of fewer than 11 persons: not shown in reports or to auditors. */
  readonly small?: true;
}
