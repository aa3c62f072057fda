/**
 * The strict profile: every asked metric of one attribute, one intersection, or the whole population.
 *
 * @module
 */
import type { Figure } from '../types.ts';
import { ALIASES, COMPOSITES, COUNT_FORMULAS, entryOf, GENERALIZED_FORMULAS, RATE_NAMES } from './catalogue.ts';
import type { CompositeName, CountName, GeneralizedName } from './catalogue.ts';
import { NOT_RESAMPLED, resample, type Resampled, type Statistic } from './resampling.ts';
import { compositeFigures, compositeStatistic, spreadStatistic } from './strict-composites.ts';
import { countFigures, generalizedFigures } from './strict-counts.ts';
import { distributionFigures, distributionStatistics } from './strict-distribution.ts';
import { comparisonFigures, measureAll, rateFigures, type Scene, smallest, spreadFigure } from './strict-rates.ts';
import { RATES, type RateName } from '../rates.ts';
import { adjusted } from './multiplicity.ts';
import { namedReference } from './references.ts';
import { withShrinkage } from './shrunk.ts';

/** One metric at work. */
interface Task {
  readonly scene: Scene;
  readonly name: string;
  readonly reference: number;
  readonly resampled: Resampled;
}

/** Values of maxima and ranges of rates. Signed ones have an interval of another kind, which stays inside by itself. */
const SHARE = { low: 0, high: 1 };

/** The rate and the way of comparing that a name stands for. */
const COMPARISONS: ReadonlyMap<string, { readonly rate: RateName; readonly kind: 'difference' | 'ratio' }> = new Map([
  ...Object.entries(ALIASES).map(([name, [rate, kind]]) => [name, { rate, kind }] as const),
  ...RATE_NAMES.flatMap((rate) =>
    (['difference', 'ratio'] as const).map((kind) => [`${rate}_${kind}`, { rate, kind }] as const),
  ),
]);

function isRate(name: string): name is RateName {
  return Object.hasOwn(RATES, name);
}

const SPREAD = '_spread';

function spreadRate(name: string): RateName | undefined {
  const rate = name.slice(0, -SPREAD.length);
  return name.endsWith(SPREAD) && isRate(rate) ? rate : undefined;
}

function isComposite(name: string): name is CompositeName {
  return Object.hasOwn(COMPOSITES, name);
}

function comparedRates({ scene, name, reference }: Task): readonly Figure[] {
  const comparison = COMPARISONS.get(name);
  if (comparison === undefined || scene.attribute === null) return [];
  const measured = measureAll(scene, comparison.rate);
  const { table, options } = scene;
  const isChosenByValue = options.referenceRule === 'minimum' && namedReference(table, options) === undefined;
  const against = isChosenByValue ? smallest(measured, reference) : reference;
  return comparisonFigures(scene, { name, kind: comparison.kind }, { measured, reference: against, isChosenByValue });
}

function spreads({ scene, name, resampled }: Task): readonly Figure[] {
  const rate = spreadRate(name);
  if (rate === undefined || scene.attribute === null) return [];
  return [
    spreadFigure(scene, name, {
      measured: measureAll(scene, rate),
      interval: (value) => resampled.intervalOf(name, value, SHARE),
    }),
  ];
}

function composites({ scene, name, reference, resampled }: Task): readonly Figure[] {
  if (!isComposite(name) || scene.attribute === null) return [];
  return compositeFigures(scene, name, {
    reference,
    interval: (group, value) => resampled.intervalOf(keyOf(name, group), value, SHARE),
  });
}

function counts({ scene, name }: Task): readonly Figure[] {
  if (Object.hasOwn(COUNT_FORMULAS, name)) return countFigures(scene, name as CountName);
  return Object.hasOwn(GENERALIZED_FORMULAS, name) ? generalizedFigures(scene, name as GeneralizedName) : [];
}

function rates({ scene, name }: Task): readonly Figure[] {
  if (!isRate(name)) return [];
  const measured = measureAll(scene, name);
  return withShrinkage(scene, name, rateFigures(scene, name, measured));
}

const FAMILIES: Readonly<Record<string, (task: Task) => readonly Figure[]>> = {
  counts,
  rates,
  comparisons: comparedRates,
  composites,
  spreads,
  distribution: distributionFigures,
};

function keyOf(name: string, group: number): string {
  return `${name} ${group}`;
}

/** What the bootstrap has to compute for the asked metrics. */
function statisticsOf(scene: Scene, reference: number): ReadonlyMap<string, Statistic> {
  const statistics = new Map<string, Statistic>();
  const all = [...scene.table.groups.keys()];
  for (const name of scene.options.metrics) {
    const rate = scene.attribute === null ? undefined : spreadRate(name);
    if (rate !== undefined) {
      const known = measureAll(scene, rate).flatMap(({ status }, i) => (status === 'ok' ? [i] : []));
      if (known.length > 1) statistics.set(name, spreadStatistic(scene.table, rate, known));
    }
    for (const [key, statistic] of distributionStatistics(scene, name)) statistics.set(key, statistic);
    if (!isComposite(name) || scene.attribute === null) continue;
    for (const group of all) {
      if (group !== reference)
        statistics.set(keyOf(name, group), compositeStatistic(scene.table, name, [group, reference]));
    }
  }
  return statistics;
}

/**
 * Figures of the metrics `options.metrics`, but for those of scores.
 *
 * @param reference position of the reference group; of no meaning for the whole population
 */
export function strictFigures(scene: Scene, reference: number): readonly Figure[] {
  const resampled = scene.options.resamples === 0 ? NOT_RESAMPLED : resample(scene, statisticsOf(scene, reference));
  const figures = scene.options.metrics.flatMap((name) => {
    const family = entryOf(name)?.family;
    const make = family === undefined ? undefined : FAMILIES[family];
    return make?.({ scene, name, reference, resampled }) ?? [];
  });
  return adjusted(figures, scene.options.adjustment);
}
