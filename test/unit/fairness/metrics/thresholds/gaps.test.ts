import { describe, expect, test } from 'vitest';
import { cellIndex, UNKNOWN } from '../../../../../fairness/columns.ts';
import { crossings, largestGap, rateCurves } from '../../../../../fairness/metrics/thresholds/gaps.ts';
import { sweepThresholds, type ThresholdSweep } from '../../../../../fairness/metrics/thresholds/sweep.ts';
import { RATE_NAMES } from '../../../../../fairness/audit/catalogue.ts';
import { createRandom } from '../../../../../numerics/random.ts';

/** Groups A and B with these scores, all labels favourable. */
function sweepOf(a: number[], b: number[], thresholds: number[]): ThresholdSweep {
  const scores = Float64Array.of(...a, ...b);
  const codes = Uint16Array.from(scores, (_, i) => (i < a.length ? 0 : 1));
  const column = { name: 'g', groups: ['A', 'B'], codes };
  const cells = new Uint8Array(scores.length).fill(cellIndex(1, UNKNOWN));
  return sweepThresholds({ rows: scores.length, cells, scores, attributes: [column] }, column, thresholds)!;
}

describe('gaps of rates along thresholds', () => {
  const sweep = sweepOf([0.2, 0.4, 0.6, 0.8], [0.5, 0.5, 0.55, 0.9], [0.1, 0.3, 0.45, 0.7, 0.85]);

  test('curves by hand', () => {
    expect(rateCurves(sweep, 'selection_rate')).toEqual([
      [1, 0.75, 0.5, 0.25, 0],
      [1, 1, 1, 0.25, 0.25],
    ]);
    expect(rateCurves(sweep, 'false_positive_rate')[0]).toEqual([null, null, null, null, null]);
  });

  test('the largest gap, and where', () => {
    expect(largestGap(sweep, 'selection_rate')).toEqual({
      value: 0.5,
      status: 'ok',
      reason: null,
      numerator: 8,
      denominator: 16,
      threshold: 0.45,
      high: 1,
      low: 0,
    });
    expect(largestGap(sweep, 'selection_rate', { thresholds: [0.3] })).toMatchObject({ value: 0.25, threshold: 0.3 });
  });

  test('says why there is none', () => {
    expect(largestGap(undefined, 'selection_rate').reason).toBe('no_scores');
    expect(largestGap(sweep, 'selection_rate', { members: [1] }).reason).toBe('one_group');
    expect(largestGap(sweep, 'false_positive_rate').reason).toBe('no_negatives');
  });

  test('is the largest difference of two curves for every rate', () => {
    const random = createRandom('gaps');
    const scores = Float64Array.from({ length: 200 }, () => random.next());
    const column = { name: 'g', groups: ['A', 'B', 'C'], codes: Uint16Array.from(scores, () => random.below(3)) };
    const cells = Uint8Array.from(scores, () => cellIndex(random.below(2), UNKNOWN));
    const swept = sweepThresholds({ rows: 200, cells, scores, attributes: [column] }, column)!;
    for (const name of RATE_NAMES) {
      const curves = rateCurves(swept, name);
      const gaps = swept.thresholds.flatMap((_, at) =>
        curves.flatMap((one) => curves.map((other) => (one[at] ?? Number.NaN) - (other[at] ?? Number.NaN))),
      );
      const gap = largestGap(swept, name);
      expect(gap.value).toBeCloseTo(Math.max(...gaps.filter((value) => !Number.isNaN(value))), 12);
      expect(gap.status === 'ok' && gap.numerator / gap.denominator).toBe(gap.value);
    }
  });
});

describe('where the curves of two groups meet', () => {
  const at = [0.1, 0.2, 0.3, 0.4, 0.5];
  test('at a threshold, or between two', () => {
    expect(crossings(at, [0.9, 0.7, 0.5, 0.3, 0.1], [0.8, 0.7, 0.6, 0.2, 0.1])).toEqual([
      { from: 0.2, to: 0.2 },
      { from: 0.3, to: 0.4 },
      { from: 0.5, to: 0.5 },
    ]);
  });
  test('not where all have been selected or nobody has, nor across what is unknown', () => {
    expect(crossings(at, [1, 0.9, null, 0.2, 0], [1, 0.8, 0.5, 0.3, 0])).toEqual([]);
    expect(crossings(at, [0.5, null, 0.9, 0.8, 0.7], [0.5, 0.5, 0.5, 0.5, 0.5])).toEqual([{ from: 0.1, to: 0.1 }]);
  });
});
