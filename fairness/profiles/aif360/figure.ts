/**
 * Putting a figure of this profile together: the library's number, the fraction behind it where there is one, and the strict
 * value beside it where the two differ.
 *
 * @module
 */
import type { Measured } from '../../metrics/measured.ts';
import type { ConfidenceInterval, Convention, Figure, Outcome, Reason } from '../../types.ts';

const CONVENTION: Convention = 'aif360@0.6';

/** What a figure is about. */
export type Subject = Pick<Figure, 'name' | 'attribute' | 'group' | 'reference' | 'n' | 'parameters' | 'worstPair'>;

/** What is known about one number. */
export interface Finding {
  /** As the library gives it; `undefined` where it raises, or has nothing of the kind. */
  readonly library: number | undefined;
  /** The library's fraction, by its own counts. Used where it gives the library's number. */
  readonly fraction: Measured;
  readonly strict: Measured & { readonly where?: NonNullable<Figure['where']> };
  readonly ci?: ConfidenceInterval | null;
  /** Said whatever the two values are. */
  readonly remark?: string | undefined;
  /** Why the two values differ, if they do. */
  readonly explain: (strict: Measured) => string;
}

/** Further apart than rounding. */
const APART = 1e-9;

function isApart(value: number, strict: Measured): boolean {
  return strict.status !== 'ok' || Math.abs(value - strict.value) > APART * Math.max(1, Math.abs(value));
}

function outcomeOf(strict: Measured): Outcome {
  if (strict.status === 'ok') return { value: strict.value, status: 'ok', reason: null };
  return { value: null, status: strict.status, reason: strict.reason };
}

/** Which of the texts for what is no number. */
function libraryText(value: number): 'NaN' | 'Infinity' | '-Infinity' {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? 'Infinity' : '-Infinity';
}

/** A figure of the library, JSON-safe. */
export function libraryFigure(subject: Subject, finding: Finding): Figure {
  const { library, strict } = finding;
  // JSON has no −0.
  const value = library !== undefined && Number.isFinite(library) ? library + 0 : null;
  const isMisleading = value === null ? strict.status === 'ok' : isApart(value, strict);
  const note = noteOf(finding, isMisleading);
  return {
    ...subject,
    ...(value === null ? withoutValue(finding) : withValue(value, finding)),
    convention: CONVENTION,
    ...(isMisleading ? { strict: outcomeOf(strict) } : {}),
    ...(note === '' ? {} : { note }),
  };
}

function noteOf({ remark, strict, explain }: Finding, isMisleading: boolean): string {
  return [remark, isMisleading ? explain(strict) : undefined].filter((text) => text !== undefined).join(' ');
}

type Numbers = Pick<
  Figure,
  'value' | 'status' | 'reason' | 'where' | 'numerator' | 'denominator' | 'form' | 'ci' | 'libraryValue'
>;

/** Without its fraction where the number is put and not computed: nothing would give it again, and no interval belongs to it. */
function withValue(value: number, { fraction, ci }: Finding): Numbers {
  if (fraction.status !== 'ok' || isApart(value, fraction)) {
    return { value, status: 'ok', reason: null, numerator: null, denominator: null, ci: null };
  }
  const { numerator, denominator, form } = fraction;
  const known: Numbers = { value, status: 'ok', reason: null, numerator: numerator + 0, denominator, ci: ci ?? null };
  return form === undefined ? known : { ...known, form };
}

function withoutValue({ library, fraction, strict }: Finding): Numbers {
  const isOver0 = fraction.status !== 'ok' && fraction.denominator === 0;
  return {
    value: null,
    status: 'undefined',
    reason: strict.reason ?? 'library_not_finite',
    ...(strict.where === undefined ? {} : { where: strict.where }),
    numerator: isOver0 ? fraction.numerator : null,
    denominator: isOver0 ? 0 : null,
    ci: null,
    ...(library === undefined ? {} : { libraryValue: libraryText(library) }),
  };
}

/** A figure for which the rows lack a whole column: the library has nothing of the kind. */
export function lackingFigure(subject: Subject, reason: Reason): Figure {
  return {
    ...subject,
    value: null,
    status: 'undefined',
    reason,
    numerator: null,
    denominator: null,
    ci: null,
    convention: CONVENTION,
  };
}
