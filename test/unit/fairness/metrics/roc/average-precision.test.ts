import { describe, expect, test } from 'vitest';
import { averagePrecision } from '../../../../../fairness/metrics/roc/average-precision.ts';
import { createRandom } from '../../../../../numerics/random.ts';
import { type ScoreCase, scoreCase, stepsOf } from '../../../../support/score-cases.ts';

/** For each row with a favourable label: of what scores as high or higher, the share with a favourable label. */
function slowPrecision({ labels, scores, weights }: ScoreCase): number {
  const weightOf = (row: number): number => weights?.[row] ?? 1;
  const above = (score: number, label: 0 | 1): number =>
    labels.reduce((sum: number, one, row) => (one === label && scores[row]! >= score ? sum + weightOf(row) : sum), 0);
  let sum = 0;
  let total = 0;
  for (const [row, label] of labels.entries()) {
    if (label !== 1) continue;
    const found = above(scores[row]!, 1);
    sum += (weightOf(row) * found) / (found + above(scores[row]!, 0));
    total += weightOf(row);
  }
  return sum / total;
}

describe('average precision', () => {
  test('by hand', () => {
    // From the top: 1 of 1, then 2 of 3, then 3 of 5.
    const steps = stepsOf({ labels: [1, 0, 1, 0, 1], scores: [0.9, 0.8, 0.7, 0.6, 0.5], weights: null });
    const { value, numerator, denominator, ci } = averagePrecision(steps, 0.95);
    expect(value).toBeCloseTo((1 + 2 / 3 + 3 / 5) / 3, 15);
    expect(numerator! / denominator!).toBe(value);
    // Boyd et al.: logit(AP) ± 1.96 / √(3·AP·(1 − AP)).
    const logit = Math.log(value! / (1 - value!));
    const margin = 1.959963984540054 / Math.sqrt(3 * value! * (1 - value!));
    expect(ci!.low).toBeCloseTo(1 / (1 + Math.exp(margin - logit)), 12);
    expect(ci!.high).toBeCloseTo(1 / (1 + Math.exp(-margin - logit)), 12);
    expect(ci!.method).toBe('logit');
  });

  test('is the mean precision at the rows with a favourable label', () => {
    const random = createRandom('average precision slow');
    for (let i = 0; i < 300; i += 1) {
      const one = scoreCase(random);
      const { value, reason } = averagePrecision(stepsOf(one), 0.95);
      if (value === null) expect(['no_positives', 'no_negatives']).toContain(reason);
      else expect(value).toBeCloseTo(slowPrecision(one), 12);
    }
  });

  test('says why there is none, and gives no interval at 1', () => {
    const of = (labels: (0 | 1)[], scores: number[]) =>
      averagePrecision(stepsOf({ labels, scores, weights: null }), 0.95);
    expect(of([], []).reason).toBe('no_labels');
    expect(of([0], [0.5]).reason).toBe('no_positives');
    expect(of([1], [0.5]).reason).toBe('no_negatives');
    expect(of([0, 1], [0.2, 0.5])).toMatchObject({ value: 1, ci: null });
  });
});
