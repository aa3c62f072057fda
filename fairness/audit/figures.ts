/**
 * Making figures: the only place where one is put together, so that none has a NaN or a member out of place.
 *
 * @module
 */
import { type Fraction, valueOf } from '../fraction.ts';
import type { Bounds } from '../intervals/index.ts';
import { STRICT_CONVENTION, type ConfidenceInterval, type Figure, type FigureStatus, type Reason } from '../types.ts';

/** What a figure is about. */
export type Subject = Pick<Figure, 'name' | 'attribute' | 'group' | 'reference' | 'n' | 'parameters'>;

/** Whatever else belongs to a figure with a value. */
export type Extras = Partial<Pick<Figure, 'ci' | 'form' | 'pValue' | 'shrunk' | 'minimumDetectable' | 'worstPair'>>;

function transformed(fraction: Fraction, form: Figure['form']): number {
  const value = valueOf(fraction);
  if (form === 'log') return Math.log(value);
  return form === 'root' ? Math.sqrt(value) : value;
}

/**
 * A figure with a value. Members are written one by one: an audit makes thousands, and copying objects member by member was a
 * sixth of its time.
 */
export function figureOf(subject: Subject, fraction: Fraction, extras: Extras = {}): Figure {
  const figure: Writable<Figure> = {
    name: subject.name,
    attribute: subject.attribute,
    group: subject.group,
    reference: subject.reference,
    value: transformed(fraction, extras.form),
    status: 'ok',
    reason: null,
    numerator: fraction.numerator,
    denominator: fraction.denominator,
    n: subject.n,
    ci: extras.ci ?? null,
    convention: STRICT_CONVENTION,
  };
  addOptional(figure, subject, extras);
  return figure;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function addOptional(figure: Writable<Figure>, { parameters }: Subject, extras: Extras): void {
  const { form, pValue, shrunk, minimumDetectable, worstPair } = extras;
  if (parameters !== undefined) figure.parameters = parameters;
  if (form !== undefined) figure.form = form;
  if (pValue !== undefined) figure.pValue = pValue;
  if (shrunk !== undefined) figure.shrunk = shrunk;
  if (minimumDetectable !== undefined) figure.minimumDetectable = minimumDetectable;
  if (worstPair !== undefined) figure.worstPair = worstPair;
}

/** Why there is no value. */
export interface Lack {
  readonly status: Exclude<FigureStatus, 'ok'>;
  readonly reason: Reason;
  readonly where?: Figure['where'] | undefined;
  /** Of a fraction over 0. */
  readonly fraction?: Fraction | undefined;
}

/** A figure without a value. */
export function lackingFigure(subject: Subject, { status, reason, where, fraction }: Lack): Figure {
  const figure: Writable<Figure> = {
    name: subject.name,
    attribute: subject.attribute,
    group: subject.group,
    reference: subject.reference,
    value: null,
    status,
    reason,
    numerator: fraction?.numerator ?? null,
    denominator: fraction?.denominator ?? null,
    n: subject.n,
    ci: null,
    convention: STRICT_CONVENTION,
  };
  if (where !== undefined) figure.where = where;
  if (subject.parameters !== undefined) figure.parameters = subject.parameters;
  return figure;
}

/** Bounds as they stand in a figure: what is not finite is unbounded. `undefined`: no interval. */
export function intervalOf(
  bounds: Bounds | undefined,
  { level, method }: { readonly level: number; readonly method: string },
): ConfidenceInterval | null {
  if (bounds === undefined || Number.isNaN(bounds.low) || Number.isNaN(bounds.high)) return null;
  const finite = (end: number): number | null => (Number.isFinite(end) ? end : null);
  return { low: finite(bounds.low), high: finite(bounds.high), level, method };
}
