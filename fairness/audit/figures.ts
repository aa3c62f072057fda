/**
 * Making figures: the only place where one is put together, so that none has a NaN or a member out of place.
 *
 * @module
 */
import { type Fraction, valueOf } from '../fraction.ts';
import type { Bounds } from '../intervals/index.ts';
import { STRICT_CONVENTION, type ConfidenceInterval, type Figure, type FigureStatus, type Reason } from '../types.ts';

/** What a figure is about. */
export type Subject = Pick<Figure, 'name' | 'attribute' | 'group' | 'reference' | 'n' | 'parameters' | 'worstPair'>;

/** Whatever else belongs to a figure with a value. */
export type Extras = Partial<Pick<Figure, 'ci' | 'form' | 'pValue' | 'shrunk' | 'minimumDetectable' | 'worstPair'>>;

function transformed(fraction: Fraction, form: Figure['form']): number {
  const value = valueOf(fraction);
  if (form === 'log') return Math.log(value);
  return form === 'root' ? Math.sqrt(value) : value;
}

/** A figure with a value. */
export function figureOf(subject: Subject, fraction: Fraction, extras: Extras = {}): Figure {
  return {
    ...subject,
    value: transformed(fraction, extras.form),
    status: 'ok',
    reason: null,
    numerator: fraction.numerator,
    denominator: fraction.denominator,
    ci: null,
    convention: STRICT_CONVENTION,
    ...extras,
  };
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
  return {
    ...subject,
    value: null,
    status,
    reason,
    ...(where === undefined ? {} : { where }),
    numerator: fraction?.numerator ?? null,
    denominator: fraction?.denominator ?? null,
    ci: null,
    convention: STRICT_CONVENTION,
  };
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
