/**
 * The same rows, three answers: what AIF360, Fairlearn and Aequitas make of equalized odds where a group has no positives.
 *
 * @module
 */
import { audit } from './audit/audit.ts';
import type { AuditOptions, AuditRows } from './audit-types.ts';
import { encodeRows } from './encode.ts';
import type { Figure, Profile } from './types.ts';

/** One profile's answer about the same rows. */
export interface Answer {
  readonly profile: Profile;
  /** The whole figure. Aequitas has no difference: it is its determination "Equalized Odds" of group A. */
  readonly figure: Figure;
  /** As a reader of the library would take it. */
  readonly reading: string;
}

export interface ThreeAnswers {
  readonly rows: AuditRows;
  readonly options: AuditOptions;
  /** What the rows are. */
  readonly words: string;
  /** The three libraries. */
  readonly answers: readonly Answer[];
  /** Ours, with the reason. */
  readonly strict: Answer;
}

/** Nobody of group A has the favourable label; group B is predicted without an error. */
const ROWS: AuditRows = {
  labels: [0, 0, 0, 0, 1, 1, 0, 0],
  predictions: [0, 0, 0, 0, 1, 1, 0, 0],
  attributes: { group: ['A', 'A', 'A', 'A', 'B', 'B', 'B', 'B'] },
};

/** The rows are few so that they can be read: no group is too small here. */
const OPTIONS: AuditOptions = { reference: { group: 'B' }, minimumCell: 1, resamples: 0 };

const WORDS = 'Group A has no positives. Group B is predicted without an error.';

interface Asked {
  readonly profile: Profile;
  readonly name: string;
  /** Of a metric with several ways of being asked. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly reading: string;
}

const LIBRARIES: readonly Asked[] = [
  {
    profile: 'aif360@0.6',
    name: 'equalized_odds_difference',
    reading: 'perfectly fair',
  },
  {
    profile: 'fairlearn@0.15',
    name: 'equalized_odds_difference',
    parameters: { method: 'between_groups', aggregation: 'worst_case' },
    reading: 'as unfair as can be',
  },
  { profile: 'aequitas@1.1', name: 'equalized_odds', reading: 'no answer, and no reason' },
];

const STRICT: Asked = {
  profile: 'strict',
  name: 'equalized_odds_difference',
  reading: 'no answer: group A has no positives',
};

/** Runs the four audits. The same result each time. */
export function threeAnswers(): ThreeAnswers {
  return {
    rows: ROWS,
    options: OPTIONS,
    words: WORDS,
    answers: LIBRARIES.map(answerOf),
    strict: answerOf(STRICT),
  };
}

function answerOf({ profile, name, parameters = {}, reading }: Asked): Answer {
  const options = { ...OPTIONS, profile, metrics: [name] };
  const { metrics } = audit(encodeRows(ROWS, options), options);
  const figure = metrics.find(
    ({ group, parameters: known = {} }) =>
      (group === null || group === 'A') && Object.entries(parameters).every(([key, value]) => known[key] === value),
  );
  if (figure === undefined) throw new RangeError(`the profile ${profile} has no ${name}`);
  return { profile, figure, reading };
}
