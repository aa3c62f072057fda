/**
 * Rates of small groups, shown beside what is left of them once chance is taken into account.
 *
 * @module
 */
import { shrink, SHRINKAGE_METHOD } from '../intervals/index.ts';
import type { Figure } from '../types.ts';
import type { Measured } from './measured.ts';

/** Fewer groups say too little about how rates spread. */
const LEAST_GROUPS = 3;

/** The figures of one rate by group, each with a value also with its empirical Bayes estimate. */
export function withShrinkage(
  figures: readonly Figure[],
  measured: readonly Measured[],
  level: number,
): readonly Figure[] {
  const known = measured.flatMap((one, i) => (one.status === 'ok' ? [{ i, proportion: one.proportion }] : []));
  if (known.length < LEAST_GROUPS) return figures;
  const estimates = shrink(
    known.map(({ proportion }) => proportion),
    level,
  );
  const byPosition = new Map(known.map(({ i }, at) => [i, estimates?.[at]]));
  return figures.map((figure, i) => {
    const shrunk = byPosition.get(i);
    if (shrunk === undefined) return figure;
    const { value, low, high } = shrunk;
    return { ...figure, shrunk: { value, low, high, method: SHRINKAGE_METHOD } };
  });
}
