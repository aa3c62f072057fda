import { describe, expect, test } from 'vitest';
import {
  bootstrapCells,
  clopperPearson,
  criticalValue,
  effectiveRows,
  fisherExact,
  katz,
  koopman,
  meanInterval,
  minimumDetectableDifference,
  minimumDetectableRatio,
  newcombe,
  type Proportion,
  shrink,
  twoProportionTest,
  wilson,
} from '../../../../fairness/intervals/index.ts';
import { createRandom } from '../../../../numerics/random.ts';
import { binomial } from '../../../../numerics/sampling.ts';

const NONE: Proportion = { successes: 0, n: 0 };
const of = (successes: number, n: number): Proportion => ({ successes, n });

describe('no rows say nothing', () => {
  test('every interval is everything', () => {
    expect(wilson(0, 0, 0.95)).toEqual({ low: 0, high: 1 });
    expect(clopperPearson(0, 0, 0.95)).toEqual({ low: 0, high: 1 });
    expect(newcombe(NONE, NONE, 0.95)).toEqual({ low: -1, high: 1 });
    expect(katz(NONE, of(1, 2), 0.95)).toEqual({ low: 0, high: Infinity });
    expect(koopman(of(1, 2), NONE, 0.95)).toEqual({ low: 0, high: Infinity });
    expect(meanInterval({ weight: 0, weightSquared: 0, sum: 0, sumOfSquares: 0 }, 0.95)).toEqual({ low: 0, high: 1 });
    expect(effectiveRows(0, 0)).toBe(0);
  });

  test('no test rejects, nothing can be detected, nothing is shrunk', () => {
    expect(twoProportionTest(NONE, of(5, 10)).pValue).toBe(1);
    expect(minimumDetectableDifference(0, 10, 0.5)).toBeUndefined();
    expect(minimumDetectableRatio(10, 0, 0.5)).toBeUndefined();
    expect(shrink([NONE, of(5, 10)], 0.95)).toBeUndefined();
    expect(shrink([], 0.95)).toBeUndefined();
  });

  test('a group without rows is given what the others say, with less certainty than any of them', () => {
    const shrunk = shrink([NONE, of(30, 100), of(35, 100), of(33, 100)], 0.95)!;
    expect(shrunk[0]!.value).toBeGreaterThan(0.3);
    expect(shrunk[0]!.value).toBeLessThan(0.36);
    expect(shrunk[0]!.high - shrunk[0]!.low).toBeGreaterThan(shrunk[1]!.high - shrunk[1]!.low);
  });
});

describe('cells of zero', () => {
  test.each([
    [of(0, 40), of(16, 80), 0, 0.4446],
    [of(3, 40), of(0, 80), 1.5954, Infinity],
    [of(0, 40), of(0, 80), 0, Infinity],
    [of(40, 40), of(80, 80), 0.9124, 1.048],
    [of(40, 40), of(0, 80), 21.825, Infinity],
  ])('koopman of %o over %o', (a, b, low, high) => {
    const interval = koopman(a, b, 0.95);
    expect(interval.low).toBeCloseTo(low, 3);
    if (high === Infinity) expect(interval.high).toBe(Infinity);
    else expect(interval.high).toBeCloseTo(high, 3);
  });

  test('koopman with everybody successful has closed ends', () => {
    const square = criticalValue(0.95) ** 2;
    const { low, high } = koopman(of(40, 40), of(80, 80), 0.95);
    expect(low).toBeCloseTo(40 / (40 + square), 12);
    expect(high).toBeCloseTo((80 + square) / 80, 12);
    expect(koopman(of(40, 40), of(0, 80), 0.95).low).toBeCloseTo(1 + 80 / square, 10);
  });

  test('katz has no bounds where a rate is 0, and no width where both are 1', () => {
    expect(katz(of(0, 40), of(16, 80), 0.95)).toEqual({ low: 0, high: Infinity });
    expect(katz(of(16, 40), of(0, 80), 0.95)).toEqual({ low: 0, high: Infinity });
    expect(katz(of(40, 40), of(80, 80), 0.95)).toEqual({ low: 1, high: 1 });
  });

  test('of rates as near to 0 and 1 as doubles go, nothing is NaN', () => {
    const odd = [
      of(Number.MIN_VALUE, 1),
      of(1e-300, 1e-3),
      of(1, 1 + 2e-16),
      of(1e9 - 1e-7, 1e9),
      of(1, 1e15),
      of(0, 1e-9),
    ];
    for (const a of odd) {
      for (const b of odd) {
        const found = [
          wilson(a.successes, a.n, 0.95),
          clopperPearson(a.successes, a.n, 0.95),
          newcombe(a, b, 0.95),
          katz(a, b, 0.95),
          koopman(a, b, 0.95),
        ];
        for (const { low, high } of found) expect(low <= high).toBe(true);
        expect(twoProportionTest(a, b).pValue).toBeLessThanOrEqual(1);
      }
    }
  });
});

test.each([0, 1, -0.5, 95, NaN])('a level of %d is refused by all', (level) => {
  const one = of(1, 2);
  for (const compute of [
    () => wilson(1, 2, level),
    () => clopperPearson(1, 2, level),
    () => newcombe(one, one, level),
    () => katz(one, one, level),
    () => koopman(one, one, level),
    () => shrink([one, one], level),
    () => meanInterval({ weight: 3, weightSquared: 3, sum: 1, sumOfSquares: 1 }, level),
    () => bootstrapCells({ cells: Float64Array.of(1), resamples: 10, seed: '', level, statistics: [] }),
  ]) {
    expect(compute).toThrow(RangeError);
  }
});

describe('which test', () => {
  test('Fisher’s where fewer than 5 are expected in a cell, the score test from there on', () => {
    expect(twoProportionTest(of(1, 10), of(9, 11)).method).toBe('fisher');
    expect(twoProportionTest(of(1, 10), of(11, 14)).method).toBe('score');
    expect(twoProportionTest(of(99, 100), of(100, 100)).method).toBe('fisher');
  });

  test('all alike: 1, not 0/0', () => {
    expect(twoProportionTest(of(0, 100), of(0, 50)).pValue).toBe(1);
    expect(twoProportionTest(of(100, 100), of(50, 50)).pValue).toBe(1);
  });

  test('effective numbers of rows are rounded for Fisher’s', () => {
    expect(twoProportionTest(of(2.6, 9.7), of(0.2, 11.4)).pValue).toBe(fisherExact(of(3, 10), of(0, 11)));
  });

  test('a huge table with a rare outcome neither overflows nor takes long', () => {
    expect(twoProportionTest(of(0, 1_000_000), of(9, 1_000_000)).pValue).toBeCloseTo(2 * 2 ** -9, 6);
    expect(twoProportionTest(of(2, 2), of(0, 1_000_000)).pValue).toBeLessThan(1e-11);
  });

  test('at its level, the score test rejects as often as it says', () => {
    const random = createRandom('score test');
    let rejected = 0;
    for (let i = 0; i < 10_000; i += 1) {
      const [a, b] = [of(binomial(random, 120, 0.3), 120), of(binomial(random, 300, 0.3), 300)];
      if (twoProportionTest(a, b).pValue <= 0.05) rejected += 1;
    }
    expect(rejected / 10_000).toBeGreaterThan(0.043);
    expect(rejected / 10_000).toBeLessThan(0.057);
  });
});

describe('what can be shown', () => {
  const found = (n: number, m: number, p: number, other: number): number => {
    const random = createRandom(`power ${n} ${m} ${p}`);
    let count = 0;
    for (let i = 0; i < 10_000; i += 1) {
      if (twoProportionTest(of(binomial(random, n, other), n), of(binomial(random, m, p), m)).pValue <= 0.05)
        count += 1;
    }
    return count / 10_000;
  };

  test.each([
    [100, 100, 0.5],
    [200, 1000, 0.3],
    [500, 500, 0.9],
    [1000, 5000, 0.1],
  ])('a difference of that size is found 8 times in 10, in at least one direction: %d and %d at %d', (n, m, p) => {
    const size = minimumDetectableDifference(n, m, p)!;
    const powers = [p - size, p + size].filter((q) => q >= 0 && q <= 1).map((q) => found(n, m, p, q));
    expect(Math.min(...powers)).toBeGreaterThan(0.78);
    expect(Math.min(...powers)).toBeLessThan(0.83);
  });

  test.each([
    [300, 300, 0.5],
    [500, 2000, 0.2],
  ])('and so is a ratio: %d and %d at %d', (n, m, p) => {
    const ratio = minimumDetectableRatio(n, m, p)!;
    const power = found(n, m, p, p * ratio);
    expect(power).toBeGreaterThan(0.78);
    expect(power).toBeLessThan(0.83);
  });

  test('ten persons cannot show the four-fifths rule broken', () => {
    expect(minimumDetectableRatio(10, 1000, 0.5)).toBeLessThan(0.8);
    expect(minimumDetectableRatio(10, 1000, 0.05)).toBeUndefined();
    expect(minimumDetectableDifference(2, 2, 0.5)).toBeUndefined();
  });

  test('at a reference rate of 0 the difference is upward', () => {
    const size = minimumDetectableDifference(100, 100, 0)!;
    expect(found(100, 100, 0, size)).toBeGreaterThan(0.6);
    expect(minimumDetectableRatio(100, 100, 0)).toBeUndefined();
  });
});
