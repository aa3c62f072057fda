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

/** @param isTested - whether the test of "no difference" stands in the figure, with what it can find */
export function differenceFigure(subject: ScoreSubject, difference: Difference, isTested: boolean): Figure {
  const { estimate, where, pValue, minimumDetectable } = difference;
  const figure = { ...scoreFigure(subject, estimate), ...(where === undefined ? {} : { where }) };
  if (!isTested || pValue === undefined) return figure;
  return { ...figure, pValue, ...(minimumDetectable === undefined ? {} : { minimumDetectable }) };
}
