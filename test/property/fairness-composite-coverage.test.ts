import { describe, expect, test } from 'vitest';
import { resolveOptions } from '../../fairness/audit/options.ts';
import { knowledgeOf } from '../../fairness/audit/measured.ts';
import { resample } from '../../fairness/audit/resampling.ts';
import { compositeStatistic, spreadStatistic } from '../../fairness/audit/strict-composites.ts';
import { distributionStatistics } from '../../fairness/audit/strict-distribution.ts';
import type { Scene } from '../../fairness/audit/strict-rates.ts';
import type { CellTable } from '../../fairness/cells.ts';
import { CELLS, cellIndex } from '../../fairness/columns.ts';
import { valueOf } from '../../fairness/fraction.ts';
import { differentialFairness } from '../../fairness/metrics/differential-fairness.ts';
import { benefitsBetween, coefficientOfVariation } from '../../fairness/metrics/entropy.ts';
import { confusionOf, RATES, type RateName } from '../../fairness/rates.ts';
import { createRandom } from '../../numerics/random.ts';
import { multinomial } from '../../numerics/sampling.ts';

const DRAWS = 10_000;
const RESAMPLES = 149;
const ROWS = 600;
const options = resolveOptions({ metrics: ['all'], resamples: RESAMPLES, minimumCell: 1 });

/** Probabilities of the cells of two or three groups of equal size; two in five labels are favourable. */
function population(groups: readonly (readonly [tpr: number, fpr: number])[]): Float64Array {
  const cells = new Float64Array(groups.length * CELLS);
  for (const [g, [tpr, fpr]] of groups.entries()) {
    const at = (label: number, prediction: number) => g * CELLS + cellIndex(label, prediction);
    const share = 1 / groups.length;
    cells[at(1, 1)] = share * 0.4 * tpr;
    cells[at(1, 0)] = share * 0.4 * (1 - tpr);
    cells[at(0, 1)] = share * 0.6 * fpr;
    cells[at(0, 0)] = share * 0.6 * (1 - fpr);
  }
  return cells;
}

function tableOf(rows: Float64Array): CellTable {
  const groups = Array.from({ length: rows.length / CELLS }, (_, i) => `g${i}`);
  return { attribute: 'a', groups, rows, weight: rows, weightSquared: rows };
}

const rate = (cells: Float64Array, group: number, name: RateName) =>
  valueOf({
    numerator: RATES[name].numerator(confusionOf(cells, group)),
    denominator: RATES[name].denominator(confusionOf(cells, group)),
  });

/** Every composite by plain arithmetic. */
function valuesOf(cells: Float64Array, groups: number): ReadonlyMap<string, number> {
  const gap = (name: RateName) => rate(cells, 0, name) - rate(cells, 1, name);
  const [fpr, tpr] = [gap('false_positive_rate'), gap('true_positive_rate')];
  const all = Array.from({ length: groups }, (_, g) => g);
  const selected = all.map((g) => rate(cells, g, 'selection_rate'));
  const counts = all.map((g) => confusionOf(cells, g));
  const outcomes = counts.map(({ predictedPositives, n }) => ({ favourable: predictedPositives, n }));
  return new Map([
    ['average_odds_difference', (fpr + tpr) / 2],
    ['average_abs_odds_difference', (Math.abs(fpr) + Math.abs(tpr)) / 2],
    ['equalized_odds_difference', Math.max(Math.abs(fpr), Math.abs(tpr))],
    ['selection_rate_spread', Math.max(...selected) - Math.min(...selected)],
    ['smoothed_empirical_differential_fairness', differentialFairness(outcomes, options.concentration).measured.value!],
    ['between_all_groups_coefficient_of_variation', coefficientOfVariation(benefitsBetween(counts)).value!],
  ]);
}

function intervalsOf(rows: Float64Array): (key: string, value: number) => readonly [number, number] | undefined {
  const table = tableOf(rows);
  const scene: Scene = { attribute: 'a', table, options, knowledge: knowledgeOf(table), known: new Map() };
  const statistics = new Map([
    ...(['average_odds_difference', 'average_abs_odds_difference', 'equalized_odds_difference'] as const).map(
      (name) => [name, compositeStatistic(table, name, [0, 1])] as const,
    ),
    ['selection_rate_spread', spreadStatistic(table, 'selection_rate', [...table.groups.keys()])] as const,
    ...distributionStatistics(scene, 'smoothed_empirical_differential_fairness'),
    ...distributionStatistics(scene, 'between_all_groups_coefficient_of_variation'),
  ]);
  const { intervalOf } = resample(scene, statistics);
  return (key, value) => {
    const ci = intervalOf(key, value, key === 'average_odds_difference' ? undefined : { low: 0, high: Infinity });
    return ci === null ? undefined : [ci.low!, ci.high ?? Infinity];
  };
}

/** Share of the draws whose interval holds the truth. */
function coverage(groups: readonly (readonly [number, number])[], seed: string): ReadonlyMap<string, number> {
  const truth = population(groups);
  const expected = valuesOf(truth, groups.length);
  const random = createRandom(seed);
  const hits = new Map([...expected.keys()].map((key) => [key, 0]));
  const drawn = new Float64Array(truth.length);
  for (let draw = 0; draw < DRAWS; draw += 1) {
    multinomial(random, ROWS, truth, drawn);
    const rows = Float64Array.from(drawn);
    const values = valuesOf(rows, groups.length);
    const interval = intervalsOf(rows);
    for (const [key, value] of expected) {
      const found = interval(key, values.get(key)!);
      const isHeld = found !== undefined && found[0] <= value + 1e-12 && value - 1e-12 <= found[1];
      hits.set(key, hits.get(key)! + Number(isHeld));
    }
  }
  return new Map([...hits].map(([key, held]) => [key, held / DRAWS]));
}

describe('95 % intervals of composites hold the truth in 10,000 draws of 600 rows', () => {
  test.each<[string, readonly (readonly [number, number])[]]>([
    [
      'two groups that do not differ',
      [
        [0.7, 0.2],
        [0.7, 0.2],
      ],
    ],
    [
      'three groups, one apart',
      [
        [0.7, 0.2],
        [0.7, 0.2],
        [0.5, 0.3],
      ],
    ],
  ])(
    '%s',
    (name, groups) => {
      const covered = coverage(groups, name);
      // Signed: the quantiles are those of a normal distribution, nearly.
      expect(covered.get('average_odds_difference')).toBeGreaterThan(0.93);
      expect(covered.get('average_odds_difference')).toBeLessThan(0.97);
      // Never negative: at least what they promise, and more where groups do not differ.
      for (const [key, share] of covered)
        if (key !== 'average_odds_difference') expect([key, share > 0.935]).toEqual([key, true]);
    },
    600_000,
  );
});
