/**
 * Figures of a library's profile: its value, and what it hides.
 *
 * @module
 */
import type { Fraction } from '../fraction.ts';
import type { Confusion } from '../rates.ts';
import type { Figure, Outcome, Reason } from '../types.ts';

/** What a figure is about. */
export type LibrarySubject = Pick<Figure, 'name' | 'attribute' | 'group' | 'reference' | 'n' | 'convention'> &
  Partial<Pick<Figure, 'parameters' | 'worstPair' | 'where'>>;

/** What the library says, and what is to be said about it. */
export interface LibraryResult {
  /** NaN and infinities included. */
  readonly value: number;
  /** The fraction that the value is; `null` where it stands for one that does not exist. Its denominator may be 0. */
  readonly fraction: Fraction | null;
  /** Why the value is not finite, where it is not. */
  readonly reason: Reason;
  readonly ci?: Figure['ci'];
  /** Where the value misleads. */
  readonly strict?: Outcome | undefined;
  readonly note?: string | undefined;
}

/** Notes one after the other; `undefined` for none. */
export function joinNotes(...notes: readonly (string | undefined)[]): string | undefined {
  const said = notes.filter((note) => note !== undefined);
  return said.length === 0 ? undefined : said.join(' ');
}

function nameOf(value: number): 'NaN' | 'Infinity' | '-Infinity' {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? 'Infinity' : '-Infinity';
}

/** Value, or the name of what is no number, and the interval of the first. */
function valueMembers({
  value,
  reason,
  ci = null,
}: LibraryResult): Pick<Figure, 'value' | 'status' | 'reason' | 'ci' | 'libraryValue'> {
  // JSON has no -0.
  if (Number.isFinite(value)) return { value: value + 0, status: 'ok', reason: null, ci };
  return { value: null, status: 'undefined', reason, ci: null, libraryValue: nameOf(value) };
}

function fractionMembers(fraction: Fraction | null): Pick<Figure, 'numerator' | 'denominator'> {
  if (fraction === null) return { numerator: null, denominator: null };
  return { numerator: fraction.numerator + 0, denominator: fraction.denominator + 0 };
}

/** JSON-safe: a value that is not finite is said by its name beside `value: null`. */
export function libraryFigure(subject: LibrarySubject, result: LibraryResult): Figure {
  const { fraction, strict, note } = result;
  return {
    ...subject,
    ...valueMembers(result),
    ...fractionMembers(fraction),
    ...(strict === undefined ? {} : { strict }),
    ...(note === undefined ? {} : { note }),
  };
}

/** Whether rows lack a whole column, before any denominator is looked at. */
export function absence({
  positives,
  negatives,
  predictedPositives,
  predictedNegatives,
  n,
}: Confusion): Reason | undefined {
  if (n === 0) return 'no_rows';
  if (predictedPositives + predictedNegatives === 0) return 'no_predictions';
  return positives + negatives === 0 ? 'no_labels' : undefined;
}

/** A strict result without a value. */
export function undefinedOutcome(reason: Reason): Outcome {
  return { value: null, status: 'undefined', reason };
}

/** A figure that the library does not have. */
export function unsupportedFigure(subject: LibrarySubject, note: string, strict?: Outcome): Figure {
  return {
    ...subject,
    value: null,
    status: 'undefined',
    reason: 'not_supported',
    numerator: null,
    denominator: null,
    ci: null,
    ...(strict === undefined ? {} : { strict }),
    note,
  };
}
