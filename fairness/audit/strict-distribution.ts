/**
 * The strict profile's figures of how outcomes and errors are distributed over people and groups.
 *
 * Weights count: a row of weight 2 is two rows. Groups below the minimum cell are left out of figures over all groups, and that
 * is said.
 *
 * @module
 */
import { biasAmplification, differentialFairness } from '../metrics/differential-fairness.ts';
import {
  classImbalance,
  type ClassCounts,
  conditionalDemographicDisparity,
  outcomeDivergence,
  PREDICTION_REASONS,
} from '../metrics/distribution.ts';
import {
  benefitsBetween,
  benefitsOf,
  coefficientOfVariation,
  generalizedEntropy,
  meanBenefit,
  type Benefits,
} from '../metrics/entropy.ts';
import type { Measured } from '../metrics/measured.ts';
import { type Confusion, confusionOf } from '../rates.ts';
import type { Figure } from '../types.ts';
import { figureOf, lackingFigure, type Extras, type Lack, type Subject } from './figures.ts';
import { knownRows, type Needed, rowsOf } from './measured.ts';
import { rangeNorm, reachStatistic, type Resampled, type Statistic, valueStatistic } from './resampling.ts';
import type { Scene } from './strict-rates.ts';

/** A metric's result as a figure. */
export function figureOfMeasured(subject: Subject, measured: Measured, extras: Extras = {}): Figure {
  if (measured.status === 'ok') {
    const { numerator, denominator, form } = measured;
    const figure = figureOf(
      subject,
      { numerator, denominator },
      { ...extras, ...(form === undefined ? {} : { form }) },
    );
    return { ...figure, value: measured.value };
  }
  const { status, reason, numerator, denominator } = measured;
  const fraction = numerator === null || denominator === null ? undefined : { numerator, denominator };
  return lackingFigure(subject, { status, reason, fraction });
}

function at(scene: Scene, name: string, about: Partial<Subject> & Pick<Subject, 'n'>): Subject {
  const parameters = { ...scene.parameters, ...about.parameters };
  const { n, group = null, reference = null } = about;
  return {
    name,
    attribute: scene.attribute,
    group,
    reference,
    n,
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
}

/** Positions of the groups that are large enough, and those groups' sums. */
interface Kept {
  readonly positions: readonly number[];
  readonly counts: readonly Confusion[];
  readonly n: number;
  /** Where groups are too small for two to be left. */
  readonly lack: Lack | undefined;
}

function kept({ table, options }: Scene, needed: Needed): Kept {
  const positions = [...table.groups.keys()].filter((group) => knownRows(table, group, needed) >= options.minimumCell);
  const areTooSmall = positions.length < 2 && table.groups.length > 1;
  return {
    positions,
    counts: positions.map((group) => confusionOf(table.weight, group)),
    n: positions.reduce((all, group) => all + knownRows(table, group, needed), 0),
    lack: areTooSmall ? { status: 'insufficient', reason: 'cell_too_small' } : undefined,
  };
}

/** Why no figure that needs both labels and predictions can be given for these rows. */
function lackOfBoth({ knowledge }: Scene): Lack | undefined {
  if (!knowledge.labels) return { status: 'undefined', reason: 'no_labels' };
  if (!knowledge.predictions) return { status: 'undefined', reason: 'no_predictions' };
  return undefined;
}

function tooSmall(n: number): Lack {
  return { status: 'insufficient', reason: n === 0 ? 'no_rows' : 'cell_too_small' };
}

const ENTROPIES: Readonly<Record<string, (benefits: Benefits) => Measured>> = {
  generalized_entropy_index: (benefits) => generalizedEntropy(benefits, 2),
  theil_index: (benefits) => generalizedEntropy(benefits, 1),
  coefficient_of_variation: coefficientOfVariation,
};
const BETWEEN = 'between_all_groups_';

/** Parameters that the names leave open. */
function entropyParameters(name: string): Figure['parameters'] {
  return name.endsWith('generalized_entropy_index') ? { alpha: 2 } : {};
}

/** Keys of the statistics of one metric: of the group at a position, or of all groups. */
function keyOf(name: string, group?: number): string {
  return group === undefined ? name : `${name} ${group}`;
}

const NOT_NEGATIVE = { low: 0, high: Number.POSITIVE_INFINITY };

/** The figure with its interval, where it has a value. */
function withInterval(figure: Figure, resampled: Resampled, key: string, range = NOT_NEGATIVE): Figure {
  return figure.value === null ? figure : { ...figure, ci: resampled.intervalOf(key, figure.value, range) };
}

function entropyFigures(scene: Scene, name: string, resampled: Resampled): readonly Figure[] {
  const measure = ENTROPIES[name];
  const { table, options } = scene;
  if (measure === undefined) return [];
  const lack = lackOfBoth(scene);
  return table.groups.map((group, i) => {
    const n = lack === undefined ? knownRows(table, i, 'both') : rowsOf(table, i);
    const subject = at(scene, name, {
      n,
      group: scene.attribute === null ? null : group,
      parameters: entropyParameters(name) ?? {},
    });
    if (lack !== undefined) return lackingFigure(subject, lack);
    if (n < options.minimumCell) return lackingFigure(subject, tooSmall(n));
    const figure = figureOfMeasured(subject, measure(benefitsOf(confusionOf(table.weight, i))));
    return withInterval(figure, resampled, keyOf(name, i));
  });
}

function betweenFigure(scene: Scene, name: string, resampled: Resampled): Figure {
  const { counts, n, ...few } = kept(scene, 'both');
  const subject = at(scene, name, { n, parameters: entropyParameters(name) ?? {} });
  const lack = lackOfBoth(scene) ?? few.lack;
  if (lack !== undefined) return lackingFigure(subject, lack);
  if (counts.length < 2) return lackingFigure(subject, { status: 'undefined', reason: 'one_group' });
  const measure = ENTROPIES[name.slice(BETWEEN.length)];
  const figure = figureOfMeasured(subject, (measure ?? coefficientOfVariation)(benefitsBetween(counts)));
  if (figure.value === null) return figure;
  if (name.endsWith('coefficient_of_variation')) return withInterval(figure, resampled, keyOf(name));
  // Half the square of the coefficient of variation, and so are its ends. Theil's index is no length: it has no interval.
  const ci = resampled.intervalOf(keyOf(name), Math.sqrt(2 * figure.value), NOT_NEGATIVE);
  const half = (end: number | null): number | null => (end === null ? null : (end * end) / 2);
  return ci === null ? figure : { ...figure, ci: { ...ci, low: half(ci.low), high: half(ci.high) } };
}

/** Why nothing can be said of outcomes that none of these rows has. */
function lackOfOutcome({ knowledge: { labels, predictions } }: Scene): Lack | undefined {
  return labels || predictions ? undefined : { status: 'undefined', reason: 'no_predictions' };
}

/** Of the predictions where there are any, of the labels otherwise: which of them the parameters say. */
function outcomeOf({ knowledge }: Scene): {
  readonly of: 'predictions' | 'labels';
  readonly split: (counts: Confusion) => readonly [number, number];
} {
  if (knowledge.predictions) {
    return {
      of: 'predictions',
      split: ({ predictedPositives, predictedNegatives }) => [predictedPositives, predictedNegatives],
    };
  }
  return { of: 'labels', split: ({ positives, negatives }) => [positives, negatives] };
}

function differentialOf(
  counts: readonly Confusion[],
  of: 'predictions' | 'labels',
  concentration: number,
): ReturnType<typeof differentialFairness> {
  const groups = counts.map(({ positives, negatives, predictedPositives, predictedNegatives }) =>
    of === 'predictions'
      ? { favourable: predictedPositives, n: predictedPositives + predictedNegatives }
      : { favourable: positives, n: positives + negatives },
  );
  return differentialFairness(groups, concentration);
}

function differentialFigure(scene: Scene, name: string, resampled: Resampled): Figure {
  const { concentration } = scene.options;
  const { of } = outcomeOf(scene);
  const { counts, positions, n, ...few } = kept(scene, of);
  const subject = at(scene, name, { n, parameters: { concentration, of } });
  const lack = lackOfOutcome(scene) ?? few.lack;
  if (lack !== undefined) return lackingFigure(subject, lack);
  const { measured, worstPair } = differentialOf(counts, of, concentration);
  const named = worstPair?.map((member) => scene.table.groups[positions[member] ?? 0] ?? '');
  const [high, low] = named ?? [];
  const pair = high === undefined || low === undefined ? {} : { worstPair: [high, low] as const };
  return withInterval(figureOfMeasured(subject, measured, pair), resampled, keyOf(name));
}

function amplificationFigure(scene: Scene, name: string): Figure {
  const { counts, n, ...few } = kept(scene, 'both');
  const { concentration } = scene.options;
  const subject = at(scene, name, { n, parameters: { concentration } });
  const lack = lackOfBoth(scene) ?? few.lack;
  if (lack !== undefined) return lackingFigure(subject, lack);
  const [predictions, labels] = [
    differentialOf(counts, 'predictions', concentration),
    differentialOf(counts, 'labels', concentration),
  ];
  return figureOfMeasured(subject, biasAmplification(predictions.measured, labels.measured));
}

function disparityFigure(scene: Scene, name: string): Figure {
  const { of, split } = outcomeOf(scene);
  const { counts, n, ...few } = kept(scene, of);
  const strata = counts.map((count) => {
    const [favourable, unfavourable] = split(count);
    return { favourable, unfavourable };
  });
  const subject = at(scene, name, { n, parameters: { of } });
  const lack = lackOfOutcome(scene) ?? few.lack;
  if (lack !== undefined) return lackingFigure(subject, lack);
  return figureOfMeasured(
    subject,
    conditionalDemographicDisparity(strata, ...(of === 'predictions' ? [PREDICTION_REASONS] : [])),
  );
}

/** Positions of a group and of the reference. */
type Pair = readonly [group: number, reference: number];

function comparedSubject(
  scene: Scene,
  [group, reference]: Pair,
  about: Pick<Subject, 'name' | 'n' | 'parameters'>,
): Subject {
  const { groups } = scene.table;
  return at(scene, about.name, { ...about, group: groups[group] ?? '', reference: groups[reference] ?? '' });
}

function imbalanceFigure(scene: Scene, name: string, pair: Pair): Figure {
  const { table } = scene;
  const [group, reference] = pair.map((position) => confusionOf(table.weight, position).n) as [number, number];
  const n = rowsOf(table, pair[0]) + rowsOf(table, pair[1]);
  return figureOfMeasured(comparedSubject(scene, pair, { name, n }), classImbalance(group, reference));
}

/** Which of two sides has fewer rows. */
function sideBelow(minimum: number, group: number, reference: number): Figure['where'] {
  if (group >= minimum) return reference >= minimum ? undefined : 'reference';
  return reference >= minimum ? 'group' : 'both';
}

function divergenceFigure(scene: Scene, name: string, pair: Pair): Figure {
  const { table, options } = scene;
  const { of, split } = outcomeOf(scene);
  const lack = lackOfOutcome(scene);
  const size = (position: number): number =>
    lack === undefined ? knownRows(table, position, of) : rowsOf(table, position);
  const sizes = [size(pair[0]), size(pair[1])] as const;
  const subject = comparedSubject(scene, pair, { name, n: sizes[0] + sizes[1], parameters: { of } });
  if (lack !== undefined) return lackingFigure(subject, lack);
  const where = sideBelow(options.minimumCell, ...sizes);
  if (where !== undefined) return lackingFigure(subject, { status: 'insufficient', reason: 'cell_too_small', where });
  const [group, reference] = pair.map((position) => {
    const [favourable, unfavourable] = split(confusionOf(table.weight, position));
    return { favourable, unfavourable };
  }) as [ClassCounts, ClassCounts];
  const reasons = of === 'predictions' ? [PREDICTION_REASONS] : [];
  return figureOfMeasured(subject, outcomeDivergence(reference, group, ...reasons));
}

const OVER_ALL: Readonly<Record<string, (scene: Scene, name: string, resampled: Resampled) => Figure>> = {
  smoothed_empirical_differential_fairness: differentialFigure,
  differential_fairness_bias_amplification: amplificationFigure,
  conditional_demographic_disparity: disparityFigure,
};

/** What the family's figures are made with. */
export interface DistributionTask {
  readonly scene: Scene;
  readonly name: string;
  readonly reference: number;
  readonly resampled: Resampled;
}

/** The figures of one metric of the family `distribution`; of the whole population only what a single group has. */
export function distributionFigures({ scene, name, reference, resampled }: DistributionTask): readonly Figure[] {
  if (Object.hasOwn(ENTROPIES, name)) return entropyFigures(scene, name, resampled);
  if (scene.attribute === null) return [];
  if (name.startsWith(BETWEEN)) return [betweenFigure(scene, name, resampled)];
  const overAll = OVER_ALL[name];
  if (overAll !== undefined) return [overAll(scene, name, resampled)];
  const others = [...scene.table.groups.keys()].filter((group) => group !== reference);
  const compare = name === 'class_imbalance' ? imbalanceFigure : divergenceFigure;
  return others.map((group) => compare(scene, name, [group, reference]));
}

/** What the bootstrap has to compute for one metric of the family, by key. */
export function distributionStatistics(scene: Scene, name: string): readonly (readonly [string, Statistic])[] {
  const entropy = ENTROPIES[name];
  if (entropy !== undefined) {
    return [...scene.table.groups.keys()].map((group) => {
      const statistic = valueStatistic((cells) => entropy(benefitsOf(confusionOf(cells, group))).value ?? undefined);
      return [keyOf(name, group), statistic];
    });
  }
  if (scene.attribute === null) return [];
  if (name === `${BETWEEN}coefficient_of_variation` || name === `${BETWEEN}generalized_entropy_index`) {
    return [[keyOf(name), betweenStatistic(scene, kept(scene, 'both').positions)]];
  }
  return name === 'smoothed_empirical_differential_fairness'
    ? [[keyOf(name), differentialStatistic(scene, kept(scene, outcomeOf(scene).of).positions)]]
    : [];
}

/**
 * The coefficient of variation between groups is the length of the vector of u = (mean benefit of the group) / (mean of all) − 1, in a
 * space that weighs each group by its share: it moves no further than u does.
 */
function betweenStatistic({ table }: Scene, positions: readonly number[]): Statistic {
  const deviations = (cells: Float64Array): readonly number[] | undefined => {
    const groups = positions.map((position) => meanBenefit(benefitsOf(confusionOf(cells, position))));
    const n = groups.reduce((all, group) => all + group.n, 0);
    if (n === 0 || groups.some((group) => group.n === 0)) return undefined;
    const mean = groups.reduce((all, group) => all + group.mean * group.n, 0) / n;
    return mean === 0 ? undefined : groups.map((group) => group.mean / mean - 1);
  };
  const sizes = positions.map((position) => meanBenefit(benefitsOf(confusionOf(table.weight, position))).n);
  const total = sizes.reduce((all, n) => all + n, 0);
  return reachStatistic(table, deviations, (errors) =>
    Math.sqrt(errors.reduce((all, error, i) => all + ((sizes[i] ?? 0) / total) * error * error, 0)),
  );
}

/** ε is the largest difference of two logarithms of probabilities: it moves no further than their errors lie apart. */
function differentialStatistic(scene: Scene, positions: readonly number[]): Statistic {
  const { concentration } = scene.options;
  const { split } = outcomeOf(scene);
  const logarithms = (cells: Float64Array): readonly number[] | undefined => {
    const both = positions.map((position) => split(confusionOf(cells, position)));
    const found = [0, 1].flatMap((outcome) =>
      both.map((counts) => {
        const [favourable, unfavourable] = counts;
        return Math.log(((counts[outcome] ?? 0) + concentration / 2) / (favourable + unfavourable + concentration));
      }),
    );
    return found.every(Number.isFinite) ? found : undefined;
  };
  const half = positions.length;
  return reachStatistic(scene.table, logarithms, (errors) =>
    Math.max(rangeNorm(errors.slice(0, half)), rangeNorm(errors.slice(half))),
  );
}
