import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { brierDecomposition, brierScore, brierSkillScore } from '../../fairness/metrics/calibration/brier.ts';
import { expectedCalibrationError } from '../../fairness/metrics/calibration/expected-calibration-error.ts';
import {
  observedExpectedDifference,
  observedExpectedRatio,
} from '../../fairness/metrics/calibration/observed-expected.ts';
import { recalibrate } from '../../fairness/metrics/calibration/recalibration.ts';
import { auroc } from '../../fairness/metrics/roc/auroc.ts';
import { averagePrecision } from '../../fairness/metrics/roc/average-precision.ts';
import { differenceOf, type Estimate } from '../../fairness/metrics/scores/estimate.ts';
import { type ScoreCase, stepsOf } from '../support/score-cases.ts';

const LEVEL = 0.95;
const equalMass = { binning: 'equal_mass', bins: 7 } as const;

/** Everything that is computed on the scores of one group. */
function everything(one: ScoreCase): Readonly<Record<string, Estimate>> {
  const steps = stepsOf(one);
  const { intercept, slope } = recalibrate(steps, LEVEL);
  return {
    auroc: auroc(steps, LEVEL),
    auprc: averagePrecision(steps, LEVEL),
    brier: brierScore(steps, LEVEL),
    skill: brierSkillScore(steps),
    ratio: observedExpectedRatio(steps, LEVEL),
    difference: observedExpectedDifference(steps, LEVEL),
    fixed: expectedCalibrationError(steps, LEVEL).estimate,
    equalMass: expectedCalibrationError(steps, LEVEL, equalMass).estimate,
    intercept,
    slope,
    ...brierDecomposition(steps),
  };
}

interface Row {
  readonly label: 0 | 1;
  readonly score: number;
  readonly weight: number;
}

/** Scores from a grid, so that some are equal and none is on the edge of a bin; weights from quarters, so that sums are exact. */
const row = fc.record({
  label: fc.constantFrom<0 | 1>(0, 1),
  score: fc.integer({ min: 0, max: 31 }).map((i) => (2 * i + 1) / 64),
  weight: fc.integer({ min: 1, max: 16 }).map((i) => i / 4),
});
const someRows = fc.array(row, { minLength: 1, maxLength: 40 });

function caseOf(rows: readonly Row[]): ScoreCase {
  return {
    labels: rows.map(({ label }) => label),
    scores: rows.map(({ score }) => score),
    weights: rows.map(({ weight }) => weight),
  };
}

function expectSameValues(ours: Readonly<Record<string, Estimate>>, theirs: Readonly<Record<string, Estimate>>): void {
  for (const [name, { value, reason }] of Object.entries(theirs)) {
    expect([name, ours[name]!.reason]).toEqual([name, reason]);
    // A slope near separation is a maximum far away on a flat ridge.
    if (value !== null) expect(Math.abs(ours[name]!.value! - value)).toBeLessThan(1e-7 * Math.max(1, Math.abs(value)));
  }
}

describe('metrics of scores', () => {
  test('the order of rows changes nothing', () => {
    fc.assert(
      fc.property(
        someRows.chain((rows) =>
          fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length })),
        ),
        ([rows, shuffled]) => {
          expect(everything(caseOf(shuffled))).toEqual(everything(caseOf(rows)));
        },
      ),
    );
  });

  test('a row split into several by weights changes no value', () => {
    fc.assert(
      fc.property(someRows, fc.nat(), (rows, which) => {
        const at = which % rows.length;
        const { label, score, weight } = rows[at]!;
        const parts = [0.25, 0.5, 0.25].map((share) => ({ label, score, weight: weight * share }));
        const split = [...rows.slice(0, at), ...parts, ...rows.slice(at + 1)];
        expectSameValues(everything(caseOf(split)), everything(caseOf(rows)));
      }),
    );
  });

  test('labels and scores turned round: the same errors, the same AUROC, the same slope', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const turned = rows.map(({ label, score, weight }) => ({
          label: (1 - label) as 0 | 1,
          score: 1 - score,
          weight,
        }));
        const [here, there] = [everything(caseOf(rows)), everything(caseOf(turned))];
        const swapped = new Map<unknown, string>([
          ['no_positives', 'no_negatives'],
          ['no_negatives', 'no_positives'],
        ]);
        for (const name of ['auroc', 'brier', 'skill', 'fixed', 'uncertainty', 'reliability', 'resolution', 'slope']) {
          const { value, reason } = here[name]!;
          const other = there[name]!;
          expect(swapped.get(other.reason) ?? other.reason).toBe(reason);
          if (value !== null) expect(Math.abs(other.value! - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
        }
        for (const name of ['difference', 'intercept']) {
          expect((there[name]!.value ?? 0) + (here[name]!.value ?? 0)).toBeCloseTo(0, 7);
        }
      }),
    );
  });

  test('scores that only keep their order keep AUROC and average precision; labels turned round give 1 − AUROC', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const bent = rows.map((one) => ({ ...one, score: one.score ** 3 }));
        const [here, there] = [everything(caseOf(rows)), everything(caseOf(bent))];
        expect(there['auroc']).toEqual(here['auroc']);
        expect(there['auprc']).toEqual(here['auprc']);
        const turned = everything(caseOf(rows.map((one) => ({ ...one, label: (1 - one.label) as 0 | 1 }))));
        if (here['auroc']!.value !== null) expect(turned['auroc']!.value! + here['auroc']!.value).toBeCloseTo(1, 12);
      }),
    );
  });

  test('the numerator over the denominator is the value, and nothing is NaN or infinite', () => {
    const hostile = fc.record({
      label: fc.constantFrom<0 | 1>(0, 1),
      score: fc.oneof(fc.constantFrom(0, 1, 1e-300, 1 - 2 ** -53), fc.double({ min: 0, max: 1, noNaN: true })),
      weight: fc.oneof(fc.constantFrom(0, 1e-300, 1e12, 5e-324, 1), fc.double({ min: 0, max: 1e12, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 30 }), (rows) => {
        for (const estimate of Object.values(everything(caseOf(rows)))) {
          for (const number of numbersIn(estimate)) expect(Number.isFinite(number)).toBe(true);
          const { value, numerator, denominator } = estimate;
          if (value === null || numerator === null || denominator === null) continue;
          expect(Math.abs(numerator / denominator - value)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('differences change their sign when groups swap, and their p-value does not change', () => {
    fc.assert(
      fc.property(someRows, someRows, (a, b) => {
        const [one, other] = [everything(caseOf(a)), everything(caseOf(b))];
        for (const name of ['auroc', 'brier', 'slope', 'fixed']) {
          const options = { level: LEVEL, method: 'wald' };
          const there = differenceOf(one[name]!, other[name]!, options);
          const back = differenceOf(other[name]!, one[name]!, options);
          if (there.estimate.value !== null) expect(back.estimate.value).toBe(0 - there.estimate.value);
          expect(back.pValue).toBe(there.pValue);
        }
      }),
    );
  });
});

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(numbersIn);
}
