/**
 * Comparisons of two rates at once, with the seeded bootstrap's intervals: no closed form holds for their sums and maxima.
 *
 * @module
 */
import { absolute, type Fraction, larger, mean, subtract, valueOf } from '../fraction.ts';
import { confusionOf, RATES, type RateName } from '../rates.ts';
import type { ConfidenceInterval, Figure } from '../types.ts';
import { type CompositeName } from './catalogue.ts';
import { figureOf, lackingFigure, type Subject } from './figures.ts';
import { lackOf, measureAll, type Scene } from './strict-rates.ts';

/** The two rates of each composite, and how their differences are put together. */
const PARTS: Readonly<
  Record<
    CompositeName,
    { readonly rates: readonly [RateName, RateName]; readonly join: (a: Fraction, b: Fraction) => Fraction }
  >
> = {
  average_odds_difference: { rates: ['false_positive_rate', 'true_positive_rate'], join: mean },
  average_abs_odds_difference: {
    rates: ['false_positive_rate', 'true_positive_rate'],
    join: (a, b) => mean(absolute(a), absolute(b)),
  },
  equalized_odds_difference: {
    rates: ['false_positive_rate', 'true_positive_rate'],
    join: (a, b) => larger(absolute(a), absolute(b)),
  },
  average_predictive_value_difference: { rates: ['positive_predictive_value', 'false_omission_rate'], join: mean },
};

/** Computes one number from resampled sums by group and cell; `undefined` where it is not defined on them. */
export type Statistic = (cells: Float64Array) => number | undefined;

function resampledRate(cells: Float64Array, group: number, name: RateName): Fraction | undefined {
  const counts = confusionOf(cells, group);
  const denominator = RATES[name].denominator(counts);
  return denominator === 0 ? undefined : { numerator: RATES[name].numerator(counts), denominator };
}

function resampledDifference(
  cells: Float64Array,
  name: RateName,
  [group, reference]: readonly [number, number],
): Fraction | undefined {
  const a = resampledRate(cells, group, name);
  const b = resampledRate(cells, reference, name);
  return a === undefined || b === undefined ? undefined : subtract(a, b);
}

/** The composite of `group` against `reference` as a statistic of the bootstrap. */
export function compositeStatistic(name: CompositeName, group: number, reference: number): Statistic {
  const { rates, join } = PARTS[name];
  return (cells) => {
    const first = resampledDifference(cells, rates[0], [group, reference]);
    const second = resampledDifference(cells, rates[1], [group, reference]);
    return first === undefined || second === undefined ? undefined : valueOf(join(first, second));
  };
}

/** Largest − smallest of a rate over these groups, as a statistic of the bootstrap. */
export function spreadStatistic(name: RateName, groups: readonly number[]): Statistic {
  return (cells) => {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const group of groups) {
      const rate = resampledRate(cells, group, name);
      if (rate === undefined) return undefined;
      const value = valueOf(rate);
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return high - low;
  };
}

/**
 * Every group against the reference.
 *
 * @param interval the bootstrap's interval of the composite of the group at this position
 */
export function compositeFigures(
  scene: Scene,
  name: CompositeName,
  {
    reference,
    interval,
  }: { readonly reference: number; readonly interval: (group: number) => ConfidenceInterval | null },
): readonly Figure[] {
  const { rates, join } = PARTS[name];
  const [first, second] = [measureAll(scene, rates[0]), measureAll(scene, rates[1])];
  const [heldFirst, heldSecond] = [first[reference], second[reference]];
  if (heldFirst === undefined || heldSecond === undefined) return [];
  const { table, attribute, parameters } = scene;
  return first.flatMap((a, i): Figure[] => {
    const b = second[i];
    if (i === reference || b === undefined) return [];
    const subject: Subject = {
      name,
      attribute,
      group: table.groups[i] ?? '',
      reference: table.groups[reference] ?? '',
      n: a.n + heldFirst.n,
      ...(parameters === undefined ? {} : { parameters }),
    };
    if (a.status !== 'ok' || heldFirst.status !== 'ok') return [lackingFigure(subject, lackOf(a, heldFirst))];
    if (b.status !== 'ok' || heldSecond.status !== 'ok') return [lackingFigure(subject, lackOf(b, heldSecond))];
    const joined = join(subtract(a.fraction, heldFirst.fraction), subtract(b.fraction, heldSecond.fraction));
    return [figureOf(subject, joined, { ci: interval(i) })];
  });
}
