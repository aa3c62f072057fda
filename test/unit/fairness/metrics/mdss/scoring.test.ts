import { describe, expect, test } from 'vitest';
import { CurveBuilder, CurveEvidence, POINTS } from '../../../../../fairness/metrics/mdss/curve.ts';
import { RowEvidence } from '../../../../../fairness/metrics/mdss/evidence.ts';
import { createScoring, type Direction } from '../../../../../fairness/metrics/mdss/scoring.ts';
import { createRandom } from '../../../../../numerics/random.ts';

const QS = [1e-3, 0.01, 0.2, 0.9, 1, 1.1, 3, 50, 999, 1e3];

/** Nearly 0 and nearly 1 included, where ln(1 − p + q·p) bends most sharply. */
function expectations(rows: number): Float64Array {
  const random = createRandom(`curve ${rows}`);
  const special = [0, 1, 1e-12, 1 - 1e-12, 1e-3, 0.999];
  return Float64Array.from({ length: rows }, (_, i) => special[i % 12] ?? random.next());
}

describe('the curve of Σ ln(1 − p + q·p)', () => {
  test.each([1, 63, 64, 65, 1000, 20_000])('%i rows: the sums of the rows, to rounding', (rows) => {
    const all = expectations(rows);
    const values = new Float64Array(POINTS);
    const builder = new CurveBuilder();
    builder.add(all, 0, rows, values, 0);
    builder.flush(values, 0);
    const curve = new CurveEvidence(rows, 0, 0, values);
    const direct = new RowEvidence(new Float64Array(rows), all);
    for (const q of QS) {
      const logSum = all.reduce((total, p) => total + Math.log(1 - p + q * p), 0);
      const tilted = all.reduce((total, p) => total + (q * p) / (1 - p + q * p), 0);
      expect(Math.abs(curve.logSum(q) - logSum)).toBeLessThan(1e-12 * rows + 1e-12);
      expect(Math.abs(direct.logSum(q) - logSum)).toBeLessThan(1e-12 * rows);
      expect(Math.abs(curve.tiltedSum(q) - tilted)).toBeLessThan(1e-10 * rows);
      expect(Math.abs(direct.tiltedSum(q) - tilted)).toBeLessThan(1e-12 * rows);
    }
  });
});

describe('ranges of q with a positive score', () => {
  const random = createRandom('ranges');
  const directions: readonly Direction[] = ['positive', 'negative'];

  test.each(['Bernoulli', 'Poisson'] as const)('%s: the score is 0 at the ends and above 0 between', (scoring) => {
    let found = 0;
    for (let i = 0; i < 200; i += 1) {
      const rows = 5 + random.below(60);
      const p = Float64Array.from({ length: rows }, () => 0.05 + 0.9 * random.next());
      const y = Float64Array.from({ length: rows }, () => random.below(2));
      const direction = directions[i % 2]!;
      const penalty = random.next();
      const scored = createScoring({ scoring, direction, tolerance: 1e-12 });
      const evidence = new RowEvidence(y, p);
      const between = scored.range(evidence, penalty);
      if (between === undefined) continue;
      found += 1;
      const [low, high] = between;
      expect(scored.score(evidence, penalty, (low + high) / 2)).toBeGreaterThan(-1e-9);
      if (low > 1 && low > 2e-3) expect(Math.abs(scored.score(evidence, penalty, low))).toBeLessThan(1e-6);
      if (high !== 1 && high < 999) expect(Math.abs(scored.score(evidence, penalty, high))).toBeLessThan(1e-6);
      expect(direction === 'positive' ? low : 1 / high).toBeGreaterThanOrEqual(1);
    }
    expect(found).toBeGreaterThan(20);
  });
});
