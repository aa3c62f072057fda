import { describe, expect, test } from 'vitest';
import { brierScore } from '../../../../../fairness/metrics/calibration/brier.ts';
import {
  observedExpectedDifference,
  observedExpectedRatio,
} from '../../../../../fairness/metrics/calibration/observed-expected.ts';
import { recalibrate } from '../../../../../fairness/metrics/calibration/recalibration.ts';
import { cellIndex, FAVOURABLE, UNFAVOURABLE, UNKNOWN } from '../../../../../fairness/columns.ts';
import type { Estimate } from '../../../../../fairness/metrics/scores/estimate.ts';
import { allSteps, orderScores, type ScoreSteps } from '../../../../../fairness/metrics/scores/steps.ts';
import { createRandom, type Random } from '../../../../../numerics/random.ts';

const LEVEL = 0.95;
const DRAWS = 10_000;
const ROWS = 200;

/** Labels drawn with the logit `a + b·logit(score)`; (0, 1) is a perfectly calibrated model. Scores are uniform. */
function drawn(random: Random, rows: number, [a, b]: readonly [number, number] = [0, 1]): ScoreSteps {
  const scores = new Float64Array(rows);
  const cells = new Uint8Array(rows);
  for (let i = 0; i < rows; i += 1) {
    const score = random.next();
    const logit = a + b * Math.log(score / (1 - score));
    scores[i] = score;
    cells[i] = cellIndex(random.next() < 1 / (1 + Math.exp(-logit)) ? FAVOURABLE : UNFAVOURABLE, UNKNOWN);
  }
  return allSteps(orderScores({ rows, cells, scores, attributes: [] })!);
}

describe('a model that is perfectly calibrated', () => {
  const truths: Readonly<Record<string, readonly [truth: number, of: (steps: ScoreSteps) => Estimate]>> = {
    'calibration in the large': [0, (steps) => recalibrate(steps, LEVEL).intercept],
    'calibration slope': [1, (steps) => recalibrate(steps, LEVEL).slope],
    'O:E': [1, (steps) => observedExpectedRatio(steps, LEVEL)],
    'O − E': [0, (steps) => observedExpectedDifference(steps, LEVEL)],
    // E (s − y)² = E s(1 − s) = 1/6.
    'Brier score': [1 / 6, (steps) => brierScore(steps, LEVEL)],
  };
  test.each(Object.keys(truths))('%s: intervals at 0.95 cover 94 to 97 of 100, in 10,000 draws of 200 rows', (name) => {
    const [truth, of] = truths[name]!;
    const random = createRandom(`calibrated ${name}`);
    let covered = 0;
    for (let i = 0; i < DRAWS; i += 1) {
      const { ci } = of(drawn(random, ROWS));
      if (ci!.low! <= truth && ci!.high! >= truth) covered += 1;
    }
    expect(covered / DRAWS).toBeGreaterThan(0.94);
    expect(covered / DRAWS).toBeLessThan(0.97);
  });
});

describe('a model that is not', () => {
  test('slope and intercept are found again', () => {
    const steps = drawn(createRandom('not calibrated'), 100_000, [0.5, 0.6]);
    expect(recalibrate(steps, LEVEL).slope.value).toBeCloseTo(0.6, 1);
    const shifted = drawn(createRandom('shifted'), 100_000, [0.5, 1]);
    const { intercept } = recalibrate(shifted, LEVEL);
    expect(Math.abs(intercept.value! - 0.5)).toBeLessThan(4 * intercept.standardError!);
    expect(intercept.ci!.low).toBeGreaterThan(0.4);
  });
});
