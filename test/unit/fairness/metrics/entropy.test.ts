import { describe, expect, it } from 'vitest';
import {
  type Benefits,
  benefitsBetween,
  benefitsOf,
  coefficientOfVariation,
  generalizedEntropy,
} from '../../../../fairness/metrics/entropy.ts';
import type { Confusion } from '../../../../fairness/rates.ts';
import { createRandom } from '../../../../numerics/random.ts';

/** By the definition, row by row. */
function slowEntropy(b: readonly number[], alpha: number): number {
  const mu = b.reduce((sum, value) => sum + value, 0) / b.length;
  let sum = 0;
  for (const value of b) {
    const x = value / mu;
    if (alpha === 1) sum += x === 0 ? 0 : x * Math.log(x);
    else if (alpha === 0) sum -= Math.log(x);
    else sum += (x ** alpha - 1) / (alpha * (alpha - 1));
  }
  return sum / b.length;
}

function rowsOf({ values, counts }: Benefits): readonly number[] {
  return counts.flatMap((count, i) => Array.from({ length: count }, () => values[i]!));
}

function confusion(tp: number, fp: number, tn: number, fn: number): Confusion {
  return {
    ...{ tp, fp, tn, fn, positives: tp + fn, negatives: fp + tn },
    ...{ predictedPositives: tp + fp, predictedNegatives: tn + fn, n: tp + fp + tn + fn },
  };
}

describe('generalized entropy', () => {
  it('is the definition, row by row, for any alpha', () => {
    const random = createRandom('entropy');
    for (let i = 0; i < 300; i += 1) {
      const counts = [1, 2, 3, 4].map(() => random.below(6));
      const benefits: Benefits = { values: [0.25 + random.next(), 0.5, 1, 2], counts };
      if (counts.every((count) => count === 0)) continue;
      for (const alpha of [-1.5, -1, 0, 0.5, 1, 2, 3.7]) {
        const { value } = generalizedEntropy(benefits, alpha);
        expect(value).toBeCloseTo(slowEntropy(rowsOf(benefits), alpha), 12);
      }
      expect(coefficientOfVariation(benefits).value ?? -1).toBeCloseTo(
        Math.sqrt(2 * Math.max(0, slowEntropy(rowsOf(benefits), 2))),
        7,
      );
    }
  });

  it('takes weights as counts', () => {
    const whole = generalizedEntropy({ values: [0, 1, 2], counts: [1, 6, 3] }, 2);
    const halves = generalizedEntropy({ values: [0, 1, 2], counts: [0.5, 3, 1.5] }, 2);
    expect(halves.value).toBeCloseTo(whole.value!, 14);
  });

  it('has the benefits 0, 1, 2 of false negatives, correct predictions and false positives', () => {
    expect(benefitsOf(confusion(5, 2, 3, 1))).toEqual({ values: [0, 1, 2], counts: [1, 8, 2] });
  });

  it('splits into what is between the groups and what is inside them, for alpha = 0 and 1', () => {
    const groups = [confusion(5, 2, 3, 0), confusion(1, 4, 6, 0)];
    const all = confusion(6, 6, 9, 0);
    const between = benefitsBetween(groups);
    const n = all.n;
    const mean = 27 / 21;
    for (const alpha of [0, 1]) {
      const inside = groups.reduce((sum, group, i) => {
        const share = alpha === 0 ? group.n / n : (group.n / n) * (between.values[i]! / mean);
        return sum + share * generalizedEntropy(benefitsOf(group), alpha).value!;
      }, 0);
      const total = generalizedEntropy(benefitsOf(all), alpha).value!;
      expect(generalizedEntropy(between, alpha).value! + inside).toBeCloseTo(total, 13);
    }
  });

  it('is exactly 0 where all benefits are equal, whatever dividing rounds away', () => {
    for (const count of [3, 7, 49]) {
      const third = benefitsBetween([confusion(1, 0, 1, 1), confusion(count, 0, count, count)]);
      expect(generalizedEntropy(third, 2).value).toBe(0);
      expect(coefficientOfVariation(third).value).toBe(0);
    }
  });

  it('is undefined where nobody has a benefit, and for alpha <= 0 where anybody has none', () => {
    const nobody = { values: [0, 1, 2], counts: [4, 0, 0] };
    expect(generalizedEntropy(nobody, 2)).toMatchObject({ status: 'undefined', reason: 'zero_benefit', value: null });
    expect(coefficientOfVariation(nobody)).toMatchObject({ status: 'undefined', reason: 'zero_benefit' });
    for (const alpha of [0, -1]) {
      const some = generalizedEntropy({ values: [0, 1, 2], counts: [1, 5, 0] }, alpha);
      expect(some).toMatchObject({ status: 'undefined', reason: 'zero_benefit' });
    }
    expect(generalizedEntropy({ values: [0, 1], counts: [1, 5] }, 0.5).status).toBe('ok');
    expect(generalizedEntropy({ values: [], counts: [] }, 2)).toMatchObject({ reason: 'no_rows' });
  });

  it('keeps the fraction that gives the value', () => {
    for (const alpha of [-1, 0, 1, 2]) {
      const measured = generalizedEntropy({ values: [0.5, 1, 2], counts: [3, 8, 2] }, alpha);
      expect(measured.numerator! / measured.denominator!).toBe(measured.value);
    }
    const variation = coefficientOfVariation({ values: [0, 1, 2], counts: [3, 8, 2] });
    expect(variation).toMatchObject({ form: 'root' });
    expect(Math.sqrt(variation.numerator! / variation.denominator!)).toBe(variation.value);
  });
});
