/**
 * Figures of scores: calibration, discrimination between the classes, and decisions along thresholds.
 *
 * @module
 */
import { rowsOf } from '../../audit/measured.ts';
import { adjusted } from '../../audit/multiplicity.ts';
import type { Figure } from '../../types.ts';
import { thresholdFigures } from '../thresholds/figures.ts';
import { differenceOf, type Estimate, insufficientBecause, undefinedBecause } from './estimate.ts';
import { MEASURE_FAMILIES, type MeasureFamily, type ScoreMeasure } from './measures.ts';
import { COMPARED } from './names.ts';
import type { ScoreContext } from './score-context.ts';
import { differenceFigure, scoreFigure, type ScoreSubject } from './score-figure.ts';
import { allSteps, groupSteps, orderScores, type ScoreOrder, type ScoreSteps } from './steps.ts';

/** A group with what can be measured on it. */
interface ScoredGroup {
  readonly name: string | null;
  /** Rows with a known label. */
  readonly n: number;
  /** Of its rows; `undefined` where `lack` says why not. */
  readonly steps: ScoreSteps | undefined;
  readonly lack: Estimate;
}

/**
 * The figures of scores that the options ask for, by metric, then by group. Call it once an attribute, not once a threshold:
 * net benefit comes at each threshold of the options. Deterministic: nothing is drawn.
 *
 * Groups with fewer rows with a known label than `minimumCell` are `insufficient`. Differences are against the reference.
 *
 * @param order - sorted once for all attributes of an audit; sorted here where it is not given
 */
export function scoreFigures(context: ScoreContext, order = orderScores(context.columns)): readonly Figure[] {
  const wanted = new Set(context.options.metrics);
  const families = MEASURE_FAMILIES.filter(({ names }) => names.some((name) => isAsked(wanted, name)));
  const groups = families.length === 0 ? [] : scoredGroups(context, order);
  const figures = families.flatMap((family) => familyFigures(context, family, groups));
  const asked = figures.filter(({ name }) => wanted.has(name));
  return adjusted([...asked, ...thresholdFigures(context)], context.options.adjustment);
}

function isAsked(wanted: ReadonlySet<string>, name: string): boolean {
  return wanted.has(name) || (Object.hasOwn(COMPARED, name) && wanted.has(`${name}_difference`));
}

function scoredGroups({ column, table, options }: ScoreContext, order: ScoreOrder | undefined): ScoredGroup[] {
  const names = column?.groups ?? [null];
  if (order === undefined) {
    const lack = undefinedBecause('no_scores');
    return names.map((name, group) => ({ name, n: rowsOf(table, group), steps: undefined, lack }));
  }
  const isLabelled = order.rows.length > 0;
  const steps = column === undefined ? [allSteps(order)] : groupSteps(order, column);
  return steps.map((of, group) => {
    const n = of.rows.positives + of.rows.negatives;
    const isLarge = isLabelled && n >= options.minimumCell;
    const few = insufficientBecause(n === 0 ? 'no_rows' : 'cell_too_small');
    const lack = isLabelled ? few : undefinedBecause('no_labels');
    return { name: names[group] ?? null, n, steps: isLarge ? of : undefined, lack };
  });
}

/** Of no rows: a family gives the same names and parameters for it as for every group. */
const NONE = { positives: 0, negatives: 0 };
const NO_VALUES = new Float64Array(0);
const NO_STEPS: ScoreSteps = {
  scores: NO_VALUES,
  positives: NO_VALUES,
  negatives: NO_VALUES,
  rows: NONE,
  weight: NONE,
  weightSquared: NONE,
};

function familyFigures(context: ScoreContext, family: MeasureFamily, groups: readonly ScoredGroup[]): Figure[] {
  const measured = groups.map(({ steps, lack }) => {
    const measures = family.measure(steps ?? NO_STEPS, context.options.level);
    return steps === undefined ? measures.map((measure) => ({ ...measure, estimate: lack })) : measures;
  });
  const metrics = measured[0] ?? [];
  return metrics.flatMap((_, metric) => {
    const byGroup = measured.flatMap((measures) => measures.slice(metric, metric + 1));
    return [...ownFigures(context, groups, byGroup), ...comparedFigures(context, groups, byGroup)];
  });
}

function subjectOf(
  { column }: ScoreContext,
  { name, parameters }: Pick<ScoreMeasure, 'name' | 'parameters'>,
  parts: Pick<ScoreSubject, 'group' | 'reference' | 'n'>,
): ScoreSubject {
  return { name, attribute: column?.name ?? null, ...parts, ...(parameters === undefined ? {} : { parameters }) };
}

function ownFigures(
  context: ScoreContext,
  groups: readonly ScoredGroup[],
  measures: readonly ScoreMeasure[],
): Figure[] {
  return groups.flatMap(({ name: group, n }, i) => {
    const measure = measures[i];
    if (measure === undefined) return [];
    return [scoreFigure(subjectOf(context, measure, { group, reference: null, n }), measure.estimate)];
  });
}

function comparedFigures(
  context: ScoreContext,
  groups: readonly ScoredGroup[],
  measures: readonly ScoreMeasure[],
): Figure[] {
  const reference = groups[context.reference];
  const held = measures[context.reference];
  const compared = COMPARED[held?.name ?? ''];
  if (reference === undefined || held === undefined || compared === undefined) return [];
  const { method, largest, isTested } = compared;
  const options = { level: context.options.level, method, low: -largest, high: largest };
  return groups.flatMap(({ name: group, n }, i) => {
    const measure = measures[i];
    if (measure === undefined || i === context.reference) return [];
    const named = { ...measure, name: `${measure.name}_difference` };
    const subject = subjectOf(context, named, { group, reference: reference.name, n: n + reference.n });
    return [differenceFigure(subject, differenceOf(measure.estimate, held.estimate, options), isTested)];
  });
}
