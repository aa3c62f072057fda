import { describe, expect, test } from 'vitest';
import { recalibrate } from '../../../../../fairness/metrics/calibration/recalibration.ts';
import { createRandom } from '../../../../../numerics/random.ts';
import { type ScoreCase, scoreCase, stepsOf } from '../../../../support/score-cases.ts';

const of = (labels: (0 | 1)[], scores: number[], weights: number[] | null = null) =>
  recalibrate(stepsOf({ labels, scores, weights }), 0.95);
const logit = (p: number): number => Math.log(p / (1 - p));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Residuals of the likelihood's equations: both are 0 at its maximum, and nowhere else. */
function residuals({ labels, scores, weights }: ScoreCase, a: number, b: number): [number, number] {
  let sum = 0;
  let product = 0;
  for (const [i, label] of labels.entries()) {
    const x = logit(Math.min(1 - 1e-8, Math.max(1e-8, scores[i]!)));
    const residual = (weights?.[i] ?? 1) * ((label ?? 0) - sigmoid(a + b * x));
    sum += residual;
    product += residual * x;
  }
  return [sum, product];
}

describe('logistic recalibration', () => {
  test('calibration in the large of one score is the difference of logits', () => {
    // 3 of 4 with score 0.5: logit(0.75) − logit(0.5) = ln 3; information 4·(3/4)·(1/4).
    const { intercept, slope } = of([1, 1, 1, 0], [0.5, 0.5, 0.5, 0.5]);
    expect(intercept.value).toBeCloseTo(Math.log(3), 12);
    expect(intercept.standardError).toBeCloseTo(Math.sqrt(4 / 3), 12);
    expect(slope).toMatchObject({ status: 'undefined', reason: 'no_variation' });
  });

  test('slope of two scores is the ratio of the differences of logits', () => {
    // 1 of 4 with score 0.4, 3 of 4 with score 0.6.
    const { slope } = of([1, 0, 0, 0, 1, 1, 1, 0], [0.4, 0.4, 0.4, 0.4, 0.6, 0.6, 0.6, 0.6]);
    expect(slope.value).toBeCloseTo(logit(0.75) / logit(0.6), 10);
  });

  test('solves the equations of the likelihood', () => {
    const random = createRandom('recalibration');
    let slopes = 0;
    for (let i = 0; i < 300; i += 1) {
      const one = scoreCase(random);
      const { intercept, slope } = recalibrate(stepsOf(one), 0.95);
      if (intercept.value !== null) expect(residuals(one, intercept.value, 1)[0]).toBeCloseTo(0, 7);
      if (slope.value === null) continue;
      slopes += 1;
      expect(rootOfBoth(one, slope.value)).toBeCloseTo(0, 5);
    }
    expect(slopes).toBeGreaterThan(200);
  });

  test('says why there is none', () => {
    expect(of([], []).slope.reason).toBe('no_labels');
    expect(of([0, 0], [0.2, 0.6]).intercept.reason).toBe('no_positives');
    expect(of([1, 1], [0.2, 0.6]).slope.reason).toBe('no_negatives');
    const separated = of([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4]);
    expect(separated.slope).toMatchObject({ status: 'undefined', reason: 'not_converged', value: null });
    expect(separated.intercept.status).toBe('ok');
    // Touching at one score: the likelihood still grows with the slope for ever.
    expect(of([0, 0, 1, 1], [0.1, 0.2, 0.2, 0.4]).slope.reason).toBe('not_converged');
    expect(of([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4]).slope.reason).toBe('not_converged');
    // A row that does not count does not make the classes overlap.
    expect(of([0, 0, 1, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.05], [1, 1, 1, 1, 0]).slope.reason).toBe('not_converged');
  });

  test('scores of 0 and 1 count as 1e-8 away, and the figure says so', () => {
    const labels: (0 | 1)[] = [0, 1, 0, 1, 1, 0];
    const ends = of(labels, [0, 0, 0.4, 0.6, 1, 1]);
    const clipped = of(labels, [1e-8, 1e-8, 0.4, 0.6, 1 - 1e-8, 1 - 1e-8]);
    expect(ends.slope.value).toBe(clipped.slope.value);
    expect(ends.intercept.value).toBe(clipped.intercept.value);
    expect(ends.slope.note).toMatch(/1e-8/);
    expect(clipped.slope.note).toBeUndefined();
  });

  test('finds the maximum from far away', () => {
    const sure: (0 | 1)[] = Array.from({ length: 1000 }, (_, i) => (i === 0 ? 1 : 0));
    const { intercept } = of(
      sure,
      sure.map(() => 1 - 1e-8),
    );
    expect(intercept.value).toBeCloseTo(logit(0.001) - logit(1 - 1e-8), 6);
    const steep = of([0, 1, 0, 1, 0, 1], [0.5, 0.5000001, 0.5000002, 0.5000003, 0.5000004, 0.5000005]);
    expect(steep.slope.status).toBe('ok');
    expect(Number.isFinite(steep.slope.value)).toBe(true);
  });

  test('weights that are all the same change nothing; twice the rows halve the variance', () => {
    const random = createRandom('recalibration weights');
    const one = scoreCase(random, { kind: 'continuous', weighted: false, rows: 100 });
    const plain = recalibrate(stepsOf(one), 0.95).slope;
    const heavy = recalibrate(stepsOf({ ...one, weights: one.scores.map(() => 3) }), 0.95).slope;
    expect(heavy.value).toBeCloseTo(plain.value!, 9);
    expect(heavy.standardError).toBeCloseTo(plain.standardError!, 9);
    const twice = { labels: [...one.labels, ...one.labels], scores: [...one.scores, ...one.scores], weights: null };
    expect(recalibrate(stepsOf(twice), 0.95).slope.standardError! ** 2).toBeCloseTo(plain.standardError! ** 2 / 2, 9);
  });
});

/** With the intercept that solves the first equation, by bisection, what is left of the second. */
function rootOfBoth(one: ScoreCase, slope: number): number {
  let low = -1000;
  let high = 1000;
  for (let i = 0; i < 200; i += 1) {
    const middle = (low + high) / 2;
    if (residuals(one, middle, slope)[0] > 0) low = middle;
    else high = middle;
  }
  return residuals(one, low, slope)[1];
}
