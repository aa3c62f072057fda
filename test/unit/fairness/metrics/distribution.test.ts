import { describe, expect, it } from 'vitest';
import {
  classImbalance,
  conditionalDemographicDisparity,
  outcomeDivergence,
  PREDICTION_REASONS,
} from '../../../../fairness/metrics/distribution.ts';
import { createRandom } from '../../../../numerics/random.ts';

const random = createRandom('distribution');
const counts = (): { favourable: number; unfavourable: number } => ({
  favourable: 1 + random.below(20),
  unfavourable: 1 + random.below(20),
});

describe('class imbalance', () => {
  it('is −1 without the group, 1 without the reference, and 0 between equals', () => {
    expect([classImbalance(0, 5), classImbalance(5, 0), classImbalance(4, 4)].map(({ value }) => value)).toEqual([
      -1, 1, 0,
    ]);
    expect(classImbalance(0, 0)).toEqual({
      status: 'undefined',
      value: null,
      reason: 'no_rows',
      numerator: 0,
      denominator: 0,
    });
  });
});

describe('divergence of outcomes', () => {
  it('is the sum over both outcomes, never below 0, and 0 of a distribution from itself', () => {
    for (let i = 0; i < 100; i += 1) {
      const [p, q] = [counts(), counts()];
      const share = (of: typeof p, outcome: keyof typeof p): number => of[outcome] / (of.favourable + of.unfavourable);
      const slow = (['favourable', 'unfavourable'] as const).reduce(
        (sum, outcome) => sum + share(p, outcome) * Math.log(share(p, outcome) / share(q, outcome)),
        0,
      );
      const { value, numerator, denominator } = outcomeDivergence(p, q);
      expect(value).toBeCloseTo(slow, 13);
      expect(value).toBeGreaterThanOrEqual(-1e-15);
      expect(numerator! / denominator!).toBe(value);
      expect(outcomeDivergence(p, p).value).toBeCloseTo(0, 15);
    }
  });

  it('is undefined where the reference has an outcome that the group never has, not the other way round', () => {
    const [both, never] = [
      { favourable: 3, unfavourable: 1 },
      { favourable: 0, unfavourable: 4 },
    ];
    expect(outcomeDivergence(both, never)).toMatchObject({ status: 'undefined', reason: 'no_positives' });
    expect(outcomeDivergence(both, never, PREDICTION_REASONS)).toMatchObject({ reason: 'no_predicted_positives' });
    expect(outcomeDivergence(never, both).value).toBeCloseTo(Math.log(4), 14);
    expect(outcomeDivergence({ favourable: 0, unfavourable: 0 }, both)).toMatchObject({ reason: 'no_rows' });
  });
});

describe('conditional demographic disparity', () => {
  it('is the mean over strata of share of the unfavourable less share of the favourable', () => {
    for (let i = 0; i < 100; i += 1) {
      const strata = Array.from({ length: 1 + random.below(5) }, counts);
      const total = (of: 'favourable' | 'unfavourable'): number => strata.reduce((sum, one) => sum + one[of], 0);
      const n = total('favourable') + total('unfavourable');
      let slow = 0;
      for (const { favourable, unfavourable } of strata) {
        const disparity = unfavourable / total('unfavourable') - favourable / total('favourable');
        slow += ((favourable + unfavourable) / n) * disparity;
      }
      const { value, numerator, denominator } = conditionalDemographicDisparity(strata);
      expect(value).toBeCloseTo(slow, 13);
      expect(numerator! / denominator!).toBe(value);
    }
  });

  it('is undefined where one of the outcomes never happens', () => {
    const none = [{ favourable: 0, unfavourable: 4 }];
    expect(conditionalDemographicDisparity(none)).toMatchObject({ status: 'undefined', reason: 'no_positives' });
    const all = [{ favourable: 2, unfavourable: 0 }];
    expect(conditionalDemographicDisparity(all, PREDICTION_REASONS)).toMatchObject({
      reason: 'no_predicted_negatives',
    });
    expect(conditionalDemographicDisparity([])).toMatchObject({ reason: 'no_rows' });
  });
});
