import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { betaCdf, betaQuantile, betaTails } from '../../../numerics/beta.ts';
import { chiSquaredCdf, chiSquaredTail } from '../../../numerics/chi-squared.ts';
import { gammaP, gammaQ, logGamma } from '../../../numerics/gamma.ts';
import { normalCdf, normalQuantile } from '../../../numerics/normal.ts';
import { studentCritical, studentTwoSided } from '../../../numerics/student.ts';

const probability = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true });
const shape = fc.double({ min: 0.05, max: 5000, noNaN: true });
const near = (a: number, b: number, tolerance: number): boolean =>
  Math.abs(a - b) <= tolerance * Math.max(1e-300, Math.abs(b));

describe('what holds of distributions', () => {
  test('normal: symmetry, and the quantile undoes the probability', () => {
    fc.assert(
      fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (x) => {
        expect(near(normalCdf(x) + normalCdf(-x), 1, 1e-15)).toBe(true);
        if (x < 5) expect(near(normalQuantile(normalCdf(x)), x, 1e-12) || Math.abs(x) < 1e-3).toBe(true);
      }),
    );
    expect(normalCdf(-Infinity)).toBe(0);
    expect(normalCdf(Infinity)).toBe(1);
    expect([normalQuantile(0), normalQuantile(1), normalQuantile(0.5)]).toEqual([-Infinity, Infinity, 0]);
  });

  test('gamma: recurrence, factorials, and tails that add up to 1', () => {
    let factorial = 1;
    for (let n = 1; n <= 170; n += 1) {
      factorial *= n;
      expect(near(logGamma(n + 1), Math.log(factorial), 1e-14) || n === 1).toBe(true);
    }
    expect([logGamma(1), logGamma(2), logGamma(Infinity)]).toEqual([0, 0, Infinity]);
    expect(near(logGamma(0.5), Math.log(Math.PI) / 2, 1e-15)).toBe(true);
    fc.assert(
      fc.property(shape, fc.double({ min: 0, max: 8000, noNaN: true }), (a, x) => {
        expect(near(gammaP(a, x) + gammaQ(a, x), 1, 1e-13)).toBe(true);
      }),
    );
    expect([gammaP(2, 0), gammaQ(2, 0), gammaP(2, Infinity), gammaQ(2, Infinity)]).toEqual([0, 1, 1, 0]);
    expect(near(gammaQ(1, 700), Math.exp(-700), 1e-12)).toBe(true);
  });

  test('beta: mirrored, uniform where it is, and the quantile undoes the probability', () => {
    fc.assert(
      fc.property(probability, shape, shape, (p, a, b) => {
        const x = betaQuantile(p, a, b);
        // Where the distribution rises steeply, doubles next to each other have probabilities far apart.
        const [below, above] = [x * (1 - 1e-12), Math.min(1, x * (1 + 1e-12))];
        expect(betaCdf(below, a, b) <= p * (1 + 1e-10) && betaCdf(above, a, b) >= p * (1 - 1e-10)).toBe(true);
        expect(near(betaTails(x, a, b).upper, betaCdf(1 - x, b, a), 1e-6) || x < 1e-9 || x > 0.5).toBe(true);
      }),
    );
    for (const x of [0, 0.1, 0.5, 0.9, 1]) expect(near(betaCdf(x, 1, 1), x, 1e-15)).toBe(true);
    expect(near(betaCdf(0.2, 1, 1e4), 1, 1e-15)).toBe(true);
    expect([betaQuantile(0, 2, 3), betaQuantile(1, 2, 3)]).toEqual([0, 1]);
  });

  test('chi-squared and t: the values of every table', () => {
    expect(chiSquaredTail(3.841458820694124, 1)).toBeCloseTo(0.05, 14);
    expect(chiSquaredCdf(18.307038053275146, 10)).toBeCloseTo(0.95, 14);
    expect(studentCritical(0.95, 10)).toBeCloseTo(2.2281388519862753, 12);
    expect(studentTwoSided(2.2281388519862753, 10)).toBeCloseTo(0.05, 14);
    expect(studentCritical(0.95, 1e7)).toBeCloseTo(normalQuantile(0.975), 6);
  });
});

test.each([
  ['normalQuantile', () => normalQuantile(1.1)],
  ['normalQuantile of NaN', () => normalQuantile(NaN)],
  ['logGamma', () => logGamma(0)],
  ['logGamma of NaN', () => logGamma(NaN)],
  ['gammaP of no shape', () => gammaP(0, 1)],
  ['gammaP', () => gammaP(1, -1)],
  ['gammaQ', () => gammaQ(1, NaN)],
  ['betaCdf', () => betaCdf(1.5, 1, 1)],
  ['betaCdf of no shape', () => betaCdf(0.5, 0, 1)],
  ['betaQuantile', () => betaQuantile(-0.1, 1, 1)],
  ['betaQuantile of an endless shape', () => betaQuantile(0.5, 1, Infinity)],
  ['chiSquaredTail', () => chiSquaredTail(-1, 2)],
  ['studentCritical', () => studentCritical(1, 5)],
])('%s outside its domain is refused', (_, compute) => {
  expect(compute).toThrow(RangeError);
});
