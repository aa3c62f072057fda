/**
 * Comparisons of two rates at once, with the seeded bootstrap's intervals: no closed form holds for their sums and maxima.
 *
 * @module
 */
import { absolute, type Fraction, larger, mean, subtract, valueOf } from '../fraction.ts';
import { confusionOf, RATES, type RateName } from '../rates.ts';
import type { ConfidenceInterval, Figure } from '../types.ts';
import { type CompositeName } from './catalogue.ts';
import type { CellTable } from '../cells.ts';
import { maximumNorm, meanNorm, rangeNorm, reachStatistic, valueStatistic, type Statistic } from './resampling.ts';
import { figureOf, lackingFigure, type Subject } from './figures.ts';
import { lackOf, measureAll, type Scene } from './strict-rates.ts';

/** The two rates of each composite, and how their differences are put together. */
const PARTS: Readonly<
  Record<
    CompositeName,
    {
      readonly rates: readonly [RateName, RateName];
      readonly join: (a: Fraction, b: Fraction) => Fraction;
      /** Of what is never negative: the norm in which it moves no further than its two differences. */
      readonly norm?: (errors: readonly number[]) => number;
    }
  >
> = {
  average_odds_difference: { rates: ['false_positive_rate', 'true_positive_rate'], join: mean },
  average_abs_odds_difference: {
    rates: ['false_positive_rate', 'true_positive_rate'],
    join: (a, b) => mean(absolute(a), absolute(b)),
    norm: meanNorm,
  },
  equalized_odds_difference: {
    rates: ['false_positive_rate', 'true_positive_rate'],
    join: (a, b) => larger(absolute(a), absolute(b)),
    norm: maximumNorm,
  },
  average_predictive_value_difference: { rates: ['positive_predictive_value', 'false_omission_rate'], join: mean },
};

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
export function compositeStatistic(
  table: CellTable,
  name: CompositeName,
  [group, reference]: readonly [number, number],
): Statistic {
  const { rates, join, norm } = PARTS[name];
  const differences = (cells: Float64Array): readonly [Fraction, Fraction] | undefined => {
    const first = resampledDifference(cells, rates[0], [group, reference]);
    const second = resampledDifference(cells, rates[1], [group, reference]);
    return first === undefined || second === undefined ? undefined : [first, second];
  };
  if (norm !== undefined) return reachStatistic(table, (cells) => differences(cells)?.map(valueOf), norm);
  return valueStatistic((cells) => {
    const both = differences(cells);
    return both === undefined ? undefined : valueOf(join(...both));
  });
}

/** Largest − smallest of a rate over these groups, as a statistic of the bootstrap. */
export function spreadStatistic(table: CellTable, name: RateName, groups: readonly number[]): Statistic {
  const rates = (cells: Float64Array): readonly number[] | undefined => {
    const found = groups.map((group) => resampledRate(cells, group, name));
    return found.every((rate) => rate !== undefined) ? found.map(valueOf) : undefined;
  };
  return reachStatistic(table, rates, rangeNorm);
}

/** The reference group, and the bootstrap's interval of the composite of the group at this position. */
export interface Against {
  readonly reference: number;
  readonly interval: (group: number, value: number) => ConfidenceInterval | null;
}

/** Every group against the reference. */
export function compositeFigures(
  scene: Scene,
  name: CompositeName,
  { reference, interval }: Against,
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
    return [figureOf(subject, joined, { ci: interval(i, valueOf(joined)) })];
  });
}
