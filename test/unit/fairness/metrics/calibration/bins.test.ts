import { describe, expect, test } from 'vitest';
import { binScores } from '../../../../../fairness/metrics/calibration/bins.ts';
import { brierDecomposition, brierScore, brierSkillScore } from '../../../../../fairness/metrics/calibration/brier.ts';
import { expectedCalibrationError } from '../../../../../fairness/metrics/calibration/expected-calibration-error.ts';
import {
  observedExpectedDifference,
  observedExpectedRatio,
} from '../../../../../fairness/metrics/calibration/observed-expected.ts';
import { createRandom } from '../../../../../numerics/random.ts';
import { type ScoreCase, scoreCase, stepsOf } from '../../../../support/score-cases.ts';

const LEVEL = 0.95;
const plain = (labels: (0 | 1)[], scores: number[]): ScoreCase => ({ labels, scores, weights: null });

describe('bins', () => {
  test('of equal width: a score on an edge is in the lower bin, 0 in the first, 1 in the last', () => {
    const steps = stepsOf(plain([0, 0, 0, 0, 0, 0], [0, 0.1, 0.10001, 0.3, 0.7, 1]));
    expect(binScores(steps).map(({ weight }) => weight)).toEqual([2, 1, 1, 0, 0, 0, 1, 0, 0, 1]);
  });

  test('of equal mass: as many rows in each, equal scores together', () => {
    const scores = Array.from({ length: 30 }, (_, i) => (i + 1) / 100);
    const even = binScores(
      stepsOf(
        plain(
          scores.map(() => 0),
          scores,
        ),
      ),
      { binning: 'equal_mass' },
    );
    expect(even.map(({ weight }) => weight)).toEqual([3, 3, 3, 3, 3, 3, 3, 3, 3, 3]);
    const tied = [0.1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.9];
    const held = binScores(
      stepsOf(
        plain(
          tied.map(() => 0),
          tied,
        ),
      ),
      { binning: 'equal_mass', bins: 5 },
    );
    expect(held.map(({ weight }) => weight)).toEqual([1, 0, 8, 0, 1]);
  });

  test.each([0, -1, 1.5, 1001, Number.NaN])('%f bins are refused', (bins) => {
    expect(() => binScores(stepsOf(plain([1], [0.5])), { bins })).toThrow(/whole number/);
  });
});

describe('calibration error', () => {
  test('by hand', () => {
    // Bin (0.1, 0.2]: two rows, mean 0.15, share 1/2; bin (0.8, 0.9]: one row, 0.9 against 1.
    const { estimate } = expectedCalibrationError(stepsOf(plain([0, 1, 1], [0.12, 0.18, 0.9])), LEVEL);
    expect(estimate.value).toBeCloseTo((2 * 0.35 + 0.1) / 3, 15);
    expect(estimate.numerator! / estimate.denominator!).toBe(estimate.value);
  });

  test('one bin is the difference of observed and expected', () => {
    const random = createRandom('one bin');
    for (let i = 0; i < 50; i += 1) {
      const steps = stepsOf(scoreCase(random));
      const difference = observedExpectedDifference(steps, LEVEL);
      for (const binning of ['fixed', 'equal_mass'] as const) {
        const { estimate } = expectedCalibrationError(steps, LEVEL, { bins: 1, binning });
        expect(estimate.value).toBeCloseTo(Math.abs(difference.value!), 12);
        expect(estimate.standardError ?? 0).toBeCloseTo(difference.standardError ?? 0, 9);
      }
    }
  });

  test('what chance adds is what a calibrated model shows', () => {
    const random = createRandom('ece by chance');
    let shown = 0;
    let expected = 0;
    for (let i = 0; i < 2_000; i += 1) {
      const scores = Array.from({ length: 100 }, () => random.next());
      const labels = scores.map((score): 0 | 1 => (random.next() < score ? 1 : 0));
      const { estimate, expectedByChance } = expectedCalibrationError(stepsOf(plain(labels, scores)), LEVEL);
      shown += estimate.value! / 2_000;
      expected += expectedByChance! / 2_000;
    }
    expect(Math.abs(shown - expected)).toBeLessThan(0.02 * expected + 0.002);
    expect(shown).toBeGreaterThan(0.05);
  });
});

describe('Brier score', () => {
  test('by hand', () => {
    const steps = stepsOf(plain([1, 0, 1], [0.8, 0.4, 0.5]));
    expect(brierScore(steps, LEVEL).value).toBeCloseTo((0.04 + 0.16 + 0.25) / 3, 15);
    expect(brierSkillScore(steps).value).toBeCloseTo(1 - 0.15 / (2 / 9), 14);
  });

  test('is reliability − resolution + uncertainty + within-bin variance − within-bin covariance, exactly', () => {
    const random = createRandom('decomposition');
    for (let i = 0; i < 300; i += 1) {
      const steps = stepsOf(scoreCase(random));
      for (const binning of ['fixed', 'equal_mass'] as const) {
        const parts = brierDecomposition(steps, { bins: 1 + random.below(20), binning });
        const within = parts.withinBinVariance.value! - parts.withinBinCovariance.value!;
        const sum = parts.reliability.value! - parts.resolution.value! + parts.uncertainty.value! + within;
        expect(sum).toBeCloseTo(brierScore(steps, LEVEL).value!, 12);
        for (const { value, numerator, denominator } of Object.values(parts)) {
          expect(value).toBe(numerator / denominator);
        }
      }
    }
  });

  test('skill is that of the parts where every score is a bin of its own', () => {
    const steps = stepsOf(plain([1, 0, 1, 1, 0, 0], [0.25, 0.25, 0.75, 0.75, 0.75, 0.25]));
    const parts = brierDecomposition(steps, { bins: 2 });
    expect(parts.withinBinVariance.value).toBe(0);
    const skill = (parts.resolution.value! - parts.reliability.value!) / parts.uncertainty.value!;
    expect(brierSkillScore(steps).value).toBeCloseTo(skill, 14);
  });
});

describe('observed against expected', () => {
  test('by hand', () => {
    const steps = stepsOf(plain([1, 0, 1, 0], [0.5, 0.25, 0.75, 0.1]));
    expect(observedExpectedRatio(steps, LEVEL)).toMatchObject({ value: 2 / 1.6, numerator: 2, denominator: 1.6 });
    expect(observedExpectedDifference(steps, LEVEL).value).toBeCloseTo(0.1, 15);
  });

  test('says why there is none', () => {
    const nothing = stepsOf(plain([], []));
    expect(observedExpectedRatio(nothing, LEVEL).reason).toBe('no_labels');
    expect(observedExpectedDifference(nothing, LEVEL).reason).toBe('no_labels');
    expect(brierScore(nothing, LEVEL).reason).toBe('no_labels');
    expect(brierDecomposition(nothing).reliability.reason).toBe('no_labels');
    expect(expectedCalibrationError(nothing, LEVEL).estimate.reason).toBe('no_labels');
    expect(brierSkillScore(stepsOf(plain([1, 1], [0.5, 0.6]))).reason).toBe('no_negatives');
    expect(brierSkillScore(stepsOf(plain([0, 0], [0.5, 0.6]))).reason).toBe('no_positives');
    const impossible = observedExpectedRatio(stepsOf(plain([1, 0], [0, 0])), LEVEL);
    expect(impossible).toMatchObject({ value: null, reason: 'zero_reference', numerator: 1, denominator: 0 });
    expect(observedExpectedRatio(stepsOf(plain([0, 0], [0.5, 0.6])), LEVEL)).toMatchObject({ value: 0, ci: null });
  });
});
