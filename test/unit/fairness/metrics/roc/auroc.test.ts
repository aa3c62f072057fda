import { describe, expect, test } from 'vitest';
import { cellIndex, FAVOURABLE, UNFAVOURABLE, UNKNOWN } from '../../../../../fairness/columns.ts';
import { auroc, aurocDifference } from '../../../../../fairness/metrics/roc/auroc.ts';
import type { Estimate } from '../../../../../fairness/metrics/scores/estimate.ts';
import { allSteps, orderScores } from '../../../../../fairness/metrics/scores/steps.ts';
import { normalCdf, normalQuantile } from '../../../../../numerics/normal.ts';
import { createRandom, type Random } from '../../../../../numerics/random.ts';
import { normal } from '../../../../../numerics/sampling.ts';
import { type ScoreCase, scoreCase, stepsOf } from '../../../../support/score-cases.ts';

const LEVEL = 0.95;
const areaOf = (one: ScoreCase) => auroc(stepsOf(one), LEVEL);

/** Every pair of rows. */
function slowArea({ labels, scores, weights }: ScoreCase): { numerator: number; denominator: number } {
  let numerator = 0;
  let denominator = 0;
  for (const [i, label] of labels.entries()) {
    for (const [j, other] of labels.entries()) {
      if (label !== 1 || other !== 0) continue;
      const weight = (weights?.[i] ?? 1) * (weights?.[j] ?? 1);
      const [s, t] = [scores[i]!, scores[j]!];
      numerator += weight * (s > t ? 1 : s === t ? 0.5 : 0);
      denominator += weight;
    }
  }
  return { numerator, denominator };
}

describe('AUROC', () => {
  test('by hand: 3 positives and 2 negatives with a tie', () => {
    // Pairs: 0.9 > 0.5, 0.9 > 0.2, 0.5 = 0.5, 0.5 > 0.2, 0.3 < 0.5, 0.3 > 0.2: 4.5 of 6.
    const figure = areaOf({ labels: [1, 1, 1, 0, 0], scores: [0.9, 0.5, 0.3, 0.5, 0.2], weights: null });
    expect(figure).toMatchObject({ value: 0.75, numerator: 4.5, denominator: 6, status: 'ok' });
    // Shares outranked: 1, 3/4, 1/2 (variance 1/16); the other way round 1/2, 1 (variance 1/8): 1/48 + 1/16 = 1/12.
    expect(figure.standardError).toBeCloseTo(Math.sqrt(1 / 12), 14);
    expect(figure.ci?.method).toBe('delong-logit');
  });

  test('is the share of pairs in order, ties half, weights multiplied', () => {
    const random = createRandom('auroc slow');
    for (let i = 0; i < 300; i += 1) {
      const one = scoreCase(random);
      const slow = slowArea(one);
      const { value, numerator, denominator } = areaOf(one);
      if (slow.denominator === 0) {
        expect(value).toBeNull();
        continue;
      }
      expect(value).toBeCloseTo(slow.numerator / slow.denominator, 12);
      expect(numerator! / denominator!).toBe(value);
    }
  });

  test('says why there is none', () => {
    expect(areaOf({ labels: [], scores: [], weights: null }).reason).toBe('no_labels');
    expect(areaOf({ labels: [0, 0], scores: [0.1, 0.2], weights: null }).reason).toBe('no_positives');
    expect(areaOf({ labels: [1, 1], scores: [0.1, 0.2], weights: null }).reason).toBe('no_negatives');
    expect(areaOf({ labels: [1, 0], scores: [0.1, 0.2], weights: [0, 1] }).reason).toBe('no_positives');
    const tiny = areaOf({ labels: [1, 0], scores: [0.1, 0.2], weights: [1e-200, 1e-200] });
    expect(tiny).toMatchObject({ status: 'undefined', reason: 'not_converged' });
  });

  test('has no interval where the classes are separated, or a class has one row', () => {
    const separated = areaOf({ labels: [0, 0, 1, 1], scores: [0.1, 0.2, 0.3, 0.4], weights: null });
    expect(separated).toMatchObject({ value: 1, ci: null, standardError: null });
    expect(separated.note).toMatch(/separates/);
    const single = areaOf({ labels: [1, 0, 0, 0], scores: [0.3, 0.2, 0.5, 0.4], weights: null });
    expect(single).toMatchObject({ ci: null, status: 'ok' });
  });

  test('weights that are all the same change nothing', () => {
    const random = createRandom('auroc equal weights');
    const one = scoreCase(random, { kind: 'continuous', weighted: false, rows: 80 });
    const heavy = areaOf({ ...one, weights: one.scores.map(() => 7) });
    const plain = areaOf(one);
    expect(heavy.value).toBeCloseTo(plain.value!, 12);
    expect(heavy.standardError).toBeCloseTo(plain.standardError!, 12);
  });
});

/** Normal scores, the favourable ones higher by what makes `area` the AUROC. */
function binormal(random: Random, area: number, [positives, negatives]: readonly [number, number]): Estimate {
  const rows = positives + negatives;
  const shift = Math.SQRT2 * normalQuantile(area);
  const cells = new Uint8Array(rows).fill(cellIndex(UNFAVOURABLE, UNKNOWN));
  cells.fill(cellIndex(FAVOURABLE, UNKNOWN), 0, positives);
  const scores = new Float64Array(rows);
  for (let i = 0; i < rows; i += 1) scores[i] = normalCdf(normal(random) + (i < positives ? shift : 0));
  return auroc(allSteps(orderScores({ rows, cells, scores, attributes: [] })!), LEVEL);
}

const DRAWS = 10_000;

describe('DeLong’s 95 % interval covers 94 to 97 % of 10,000 seeded draws', () => {
  // On the scale of the area itself, DeLong's interval covers 90 % at 0.95 with 50 in each class; by log-odds it holds.
  const holding: readonly (readonly [number, readonly [number, number]])[] = [
    [0.5, [50, 50]],
    [0.7, [50, 50]],
    [0.9, [50, 50]],
    [0.8, [200, 200]],
    [0.7, [50, 500]],
  ];
  test.each(holding)('AUROC %f with %j rows of the classes', (area, rows) => {
    expect(coverage(area, rows)).toBeGreaterThanOrEqual(0.94 - SIMULATION_ERROR);
    expect(coverage(area, rows)).toBeLessThanOrEqual(0.97);
  });

  // What does not hold: a high area with one class ten times as large as the other.
  test('AUROC 0.95 with 50 and 500 rows: at least 92 %', () => {
    const share = coverage(0.95, [50, 500]);
    expect(share).toBeGreaterThan(0.915);
    expect(share).toBeLessThan(0.95);
  });

  test('a difference as large as the one called detectable is found in about 80 %', () => {
    const random = createRandom('delong power');
    const truth = 0.13;
    let found = 0;
    let detectable = 0;
    for (let i = 0; i < DRAWS; i += 1) {
      const group = binormal(random, 0.75 + truth, [80, 80]);
      const reference = binormal(random, 0.75, [80, 80]);
      const difference = aurocDifference(group, reference, LEVEL);
      detectable += difference.minimumDetectable! / DRAWS;
      if (difference.pValue! < 0.05) found += 1;
    }
    expect(Math.abs(detectable - truth)).toBeLessThan(0.005);
    expect(Math.abs(found / DRAWS - 0.8)).toBeLessThan(0.03);
  });

  test('the difference of two groups with 60 and 80 rows: 94 to 97 %, and a p-value below 0.05 in as few', () => {
    const random = createRandom('delong difference');
    let covered = 0;
    let found = 0;
    for (let i = 0; i < DRAWS; i += 1) {
      const group = binormal(random, 0.75, [60, 60]);
      const reference = binormal(random, 0.75, [80, 80]);
      const { estimate, pValue } = aurocDifference(group, reference, LEVEL);
      if (estimate.ci!.low! <= 0 && estimate.ci!.high! >= 0) covered += 1;
      if (pValue! < 0.05) found += 1;
    }
    expect(covered / DRAWS).toBeGreaterThan(0.94 - SIMULATION_ERROR);
    expect(covered / DRAWS).toBeLessThan(0.97);
    expect(found).toBe(DRAWS - covered);
  });
});

/** Three standard errors of a share of 95 % in so many draws. */
const SIMULATION_ERROR = 3 * Math.sqrt((0.95 * 0.05) / DRAWS);

function coverage(area: number, rows: readonly [number, number]): number {
  const random = createRandom(`delong ${area} ${rows.join(' ')}`);
  let covered = 0;
  for (let i = 0; i < DRAWS; i += 1) {
    const { ci } = binormal(random, area, rows);
    if (ci !== null && ci.low! <= area && ci.high! >= area) covered += 1;
  }
  return covered / DRAWS;
}
