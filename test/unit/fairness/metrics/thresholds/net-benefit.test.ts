import { describe, expect, test } from 'vitest';
import { cellIndex, FAVOURABLE, UNFAVOURABLE } from '../../../../../fairness/columns.ts';
import type { CellTable } from '../../../../../fairness/cells.ts';
import { decisionCurve, netBenefit } from '../../../../../fairness/metrics/thresholds/net-benefit.ts';
import { sweepThresholds } from '../../../../../fairness/metrics/thresholds/sweep.ts';
import { createRandom } from '../../../../../numerics/random.ts';
import { columnsOfScores, scoreCase } from '../../../../support/score-cases.ts';

const LEVEL = 0.95;

function tableOf(tp: number, fp: number, tn: number, fn: number): CellTable {
  const rows = new Float64Array(9);
  rows[cellIndex(FAVOURABLE, FAVOURABLE)] = tp;
  rows[cellIndex(UNFAVOURABLE, FAVOURABLE)] = fp;
  rows[cellIndex(UNFAVOURABLE, UNFAVOURABLE)] = tn;
  rows[cellIndex(FAVOURABLE, UNFAVOURABLE)] = fn;
  return { attribute: 'g', groups: ['A'], rows, weight: rows, weightSquared: rows };
}

describe('net benefit', () => {
  test('by hand: 20 found and 30 called in vain of 100, at 0.2', () => {
    const { model, treatAll, standardized, treatNone } = netBenefit(tableOf(20, 30, 45, 5), 0, {
      threshold: 0.2,
      level: LEVEL,
    });
    expect(model.value).toBeCloseTo(0.2 - 0.3 / 4, 15);
    expect(treatAll.value).toBeCloseTo(0.25 - 0.75 / 4, 15);
    expect(standardized.value).toBeCloseTo((0.2 - 0.3 / 4) / 0.25, 15);
    expect(treatNone).toBe(0);
    for (const { value, numerator, denominator } of [model, treatAll, standardized]) {
      expect(value).toBe(numerator! / denominator!);
    }
    // Mean of 20 ones, 30 of −1/4 and 50 of 0.
    const variance = (20 + 30 / 16) / 100 - 0.125 ** 2;
    expect(model.standardError).toBeCloseTo(Math.sqrt(variance / 99), 14);
    expect(model.ci?.method).toBe('delta');
  });

  test('is the same from the rows, for every threshold of a sweep', () => {
    const random = createRandom('net benefit');
    for (let i = 0; i < 60; i += 1) {
      const one = scoreCase(random, { kind: 'rounded' });
      const columns = columnsOfScores(one);
      const column = { name: 'g', groups: ['A'], codes: new Uint16Array(columns.rows) };
      const curve = decisionCurve(sweepThresholds(columns, column, [0, 0.1, 0.35, 0.8, 1])!, 0, LEVEL);
      expect(curve.map(({ threshold }) => threshold)).toEqual([0.1, 0.35, 0.8]);
      for (const { threshold, model } of curve) {
        let sum = 0;
        let weight = 0;
        for (const [row, label] of one.labels.entries()) {
          const w = one.weights?.[row] ?? 1;
          weight += w;
          if (one.scores[row]! >= threshold) sum += w * (label === 1 ? 1 : -threshold / (1 - threshold));
        }
        expect(model.value).toBeCloseTo(sum / weight, 12);
      }
    }
  });

  test('of a model that calls everybody is that of treating all', () => {
    const { model, treatAll } = netBenefit(tableOf(10, 30, 0, 0), 0, { threshold: 0.3, level: LEVEL });
    expect(model).toEqual(treatAll);
  });

  test('says why there is none; thresholds 0 and 1 are refused', () => {
    const at = { threshold: 0.5, level: LEVEL };
    expect(netBenefit(tableOf(0, 0, 0, 0), 0, at).model.reason).toBe('no_labels');
    expect(netBenefit(tableOf(0, 3, 4, 0), 0, at).standardized.reason).toBe('no_positives');
    expect(netBenefit(tableOf(0, 3, 4, 0), 0, at).model.status).toBe('ok');
    for (const threshold of [0, 1, Number.NaN, -1]) {
      expect(() => netBenefit(tableOf(1, 1, 1, 1), 0, { threshold, level: LEVEL })).toThrow(/between 0 and 1/);
    }
  });

  test('95 % intervals cover 94 to 97 % of 10,000 draws of 200 rows', () => {
    const random = createRandom('net benefit coverage');
    const threshold = 0.3;
    // Rows of the kinds TP, FP, FN, TN with these probabilities.
    const [tp, fp, fn] = [0.25, 0.2, 0.1];
    const truth = tp - (fp * threshold) / (1 - threshold);
    let covered = 0;
    let standardizedCovered = 0;
    for (let i = 0; i < 10_000; i += 1) {
      const counts = [0, 0, 0, 0];
      for (let row = 0; row < 200; row += 1) {
        const drawn = random.next();
        counts[drawn < tp ? 0 : drawn < tp + fp ? 1 : drawn < tp + fp + fn ? 2 : 3]! += 1;
      }
      const table = tableOf(counts[0]!, counts[1]!, counts[3]!, counts[2]!);
      const { model, standardized } = netBenefit(table, 0, { threshold, level: LEVEL });
      if (model.ci!.low! <= truth && truth <= model.ci!.high!) covered += 1;
      const share = truth / (tp + fn);
      if (standardized.ci!.low! <= share && share <= standardized.ci!.high!) standardizedCovered += 1;
    }
    for (const count of [covered, standardizedCovered]) {
      expect(count / 10_000).toBeGreaterThan(0.94);
      expect(count / 10_000).toBeLessThan(0.97);
    }
  });
});
