/** @module Estimates as figures. */
import { type Figure, STRICT_CONVENTION } from '../../types.ts';
import type { Difference, Estimate } from './estimate.ts';

/** What a figure is about. */
export type ScoreSubject = Pick<Figure, 'name' | 'attribute' | 'group' | 'reference' | 'n' | 'parameters'>;

export function scoreFigure(subject: ScoreSubject, estimate: Estimate): Figure {
  const { value, status, reason, numerator, denominator, ci, note } = estimate;
  const figure: Figure = {
    ...subject,
    value,
    status,
    reason,
    numerator,
    denominator,
    ci,
    convention: STRICT_CONVENTION,
  };
  return note === undefined ? figure : { ...figure, note };
}

const UNTESTED_NOTE =
  'Chance alone adds more to the value of the group with fewer rows: the difference has no interval.';

/** @param isTested - whether the test of "no difference" stands in the figure, with what it can find, and the interval */
export function differenceFigure(subject: ScoreSubject, difference: Difference, isTested: boolean): Figure {
  const { estimate, where, pValue, minimumDetectable } = difference;
  const figure = { ...scoreFigure(subject, estimate), ...(where === undefined ? {} : { where }) };
  if (!isTested) return figure.status === 'ok' ? { ...figure, ci: null, note: UNTESTED_NOTE } : figure;
  if (pValue === undefined) return figure;
  return { ...figure, pValue, ...(minimumDetectable === undefined ? {} : { minimumDetectable }) };
}
