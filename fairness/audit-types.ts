/**
 * What an audit is asked, and what it answers.
 *
 * @module
 */
import type { Figure, Profile } from './types.ts';

/** A value as it stands in JSON or CSV. Values are compared by their text: `1` and `"1"` are the same group. */
export type Cell = string | number | boolean | null;

/** Rows as posted: columns of the same length. */
export interface AuditRows {
  readonly labels?: readonly Cell[];
  readonly predictions?: readonly Cell[];
  /** In [0, 1]: of the favourable label. */
  readonly scores?: readonly number[];
  readonly weights?: readonly number[];
  readonly attributes: Readonly<Record<string, readonly Cell[]>>;
  /** Numbers that make two people alike, for consistency. */
  readonly features?: Readonly<Record<string, readonly number[]>>;
}

/** Names for ranges of a numeric attribute: group `names[i]` holds `edges[i-1] <= value < edges[i]`; one name more than edges. */
export interface Bins {
  readonly edges: readonly number[];
  readonly names: readonly string[];
}

/** Everything beside the rows that decides the result. What is not given has the default in brackets. */
export interface AuditOptions {
  /** Label or labels that are favourable [1]. Everything else that is not missing is unfavourable. */
  readonly favorable?: Cell | readonly Cell[];
  /** Reference group by attribute [`majority` for each]. */
  readonly reference?: Readonly<Record<string, string>>;
  /** How a reference is chosen where none is named: the largest group, or the one with the smallest value of each metric [`majority`]. */
  readonly referenceRule?: 'majority' | 'minimum';
  /** Combinations of up to so many attributes are groups as well [1: none]. */
  readonly intersections?: number;
  /** Texts that stand for a missing value, beside `null` and the empty text [none]. */
  readonly missing?: readonly string[];
  /** Smallest number of rows of a group, with the label and prediction that a figure needs, for which it is given [30]. */
  readonly minimumCell?: number;
  readonly profile?: Profile;
  /** Names from the catalogue [the ones marked as default there]. `all`: every one. */
  readonly metrics?: readonly string[];
  /** Prediction = score at or above it, where `predictions` are not given [0.5]. Several: every figure of predictions at each. */
  readonly threshold?: number | readonly number[];
  /** Numeric attributes by ranges. */
  readonly bins?: Readonly<Record<string, Bins>>;
  /** Of the intervals [0.95]. */
  readonly level?: number;
  /** [`wilson`] */
  readonly rateInterval?: 'wilson' | 'clopper-pearson';
  /** [`koopman`] */
  readonly ratioInterval?: 'koopman' | 'katz';
  /** [`holm`] */
  readonly adjustment?: 'holm' | 'benjamini-hochberg';
  /** Of the bootstrap [1000]; 0: no intervals of composites. */
  readonly resamples?: number;
  /** Of the bootstrap and of every permutation [`"0"`]. */
  readonly seed?: string;
  /** Bound by metric, beyond which a figure is a finding [four-fifths for ratios, 0.1 for differences]. */
  readonly bounds?: Readonly<Record<string, number>>;
  /** Aequitas' tau [0.8]. */
  readonly tau?: number;
  /** Of the smoothed differential fairness [1]. */
  readonly concentration?: number;
  /** Attributes that a conditional figure is conditioned on (Fairlearn's control features). */
  readonly control?: readonly string[];
}

/** A figure beyond its bound, in words that say what the data could show. */
export interface Finding {
  /** Position in `metrics`. */
  readonly figure: number;
  readonly name: string;
  readonly attribute: string | null;
  readonly group: string | null;
  readonly reference: string | null;
  readonly bound: number;
  /** `shown`: the whole interval is beyond the bound; `possible`: the value is, the interval reaches across. */
  readonly strength: 'shown' | 'possible';
  /** One or two sentences: value, interval, bound, and what a group of this size could show. */
  readonly words: string;
  /** The figure is `small`: not shown in reports or to auditors. */
  readonly small?: true;
}

/** The result of an audit: the same bytes for the same rows and options. */
export interface AuditResult {
  readonly profile: Profile;
  /** Rows. */
  readonly n: number;
  readonly metrics: readonly Figure[];
  readonly findings: readonly Finding[];
  /** What was not computed, and why, beyond what single figures say. */
  readonly notes: readonly string[];
}
