import { describe, expect, test } from 'vitest';
import { chiSquaredTail } from '../../../numerics/chi-squared.ts';
import { gammaP, logGamma } from '../../../numerics/gamma.ts';
import { normalCdf } from '../../../numerics/normal.ts';
import { createRandom } from '../../../numerics/random.ts';
import { binomial, gamma, multinomial, normal, shuffle } from '../../../numerics/sampling.ts';

/** Draws of each test. */
const DRAWS = 50_000;
/** Below this p-value a sampler is wrong: seeds are fixed, so that a test that passes goes on passing. */
const SUSPICIOUS = 1e-3;

/** Kolmogorov's distance of the values from a continuous distribution, and its p-value (the first term of the series). */
function kolmogorov(values: Float64Array, cdf: (x: number) => number): number {
  const sorted = values.slice().sort();
  const distance = sorted.reduce((most, value, i) => {
    const p = cdf(value);
    return Math.max(most, p - i / sorted.length, (i + 1) / sorted.length - p);
  }, 0);
  return Math.min(1, 2 * Math.exp(-2 * sorted.length * distance * distance));
}

/** P-value of a chi-squared test of counts against probabilities; neighbours are joined until 10 are expected. */
function goodness(counts: readonly number[], probabilities: readonly number[]): number {
  const total = counts.reduce((all, count) => all + count, 0);
  let [statistic, bins, seen, expected] = [0, 0, 0, 0];
  for (const [i, count] of counts.entries()) {
    seen += count;
    expected += total * probabilities[i]!;
    const rest = probabilities.slice(i + 1).reduce((all, p) => all + p, 0);
    if (expected < 10 || (total * rest < 10 && i < counts.length - 1)) continue;
    statistic += (seen - expected) ** 2 / expected;
    bins += 1;
    [seen, expected] = [0, 0];
  }
  return chiSquaredTail(statistic, bins - 1);
}

function binomialProbabilities(n: number, p: number): readonly number[] {
  return Array.from({ length: n + 1 }, (_, k) =>
    Math.exp(logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log1p(-p)),
  );
}

describe('binomial', () => {
  // Below and above 10 expected: counting up, and rejection; and their mirror images above a half.
  test.each([
    [1, 0.3],
    [10, 0.5],
    [30, 0.02],
    [60, 0.16],
    [62, 0.17],
    [100, 0.5],
    [400, 0.03],
    [1000, 0.3],
    [1000, 0.97],
    [2000, 0.999],
    [5000, 0.5],
  ])('of %d with %d has the distribution that its name says', (n, p) => {
    const random = createRandom(`binomial ${n} ${p}`);
    const counts = Array.from({ length: n + 1 }, () => 0);
    for (let i = 0; i < DRAWS; i += 1) counts[binomial(random, n, p)]! += 1;
    expect(goodness(counts, binomialProbabilities(n, p))).toBeGreaterThan(SUSPICIOUS);
  });

  test('of a million has the right mean and variance, rare or not', () => {
    for (const p of [1e-6, 0.001, 0.5, 0.9999]) {
      const random = createRandom(`binomial million ${p}`);
      const n = 1_000_000;
      const draws = Float64Array.from({ length: DRAWS }, () => binomial(random, n, p));
      const mean = draws.reduce((all, value) => all + value, 0) / DRAWS;
      const variance = draws.reduce((all, value) => all + (value - mean) ** 2, 0) / (DRAWS - 1);
      const expected = n * p * (1 - p);
      expect(Math.abs(mean - n * p)).toBeLessThan(4 * Math.sqrt(expected / DRAWS));
      expect(Math.abs(variance / expected - 1)).toBeLessThan(0.05);
    }
  });

  test('at the ends is certain', () => {
    const random = createRandom('ends');
    expect(binomial(random, 0, 0.5)).toBe(0);
    expect(binomial(random, 1000, 0)).toBe(0);
    expect(binomial(random, 1000, 1)).toBe(1000);
    expect(binomial(random, 1000, Number.MIN_VALUE)).toBe(0);
  });

  test.each([
    [-1, 0.5],
    [1.5, 0.5],
    [10, -0.1],
    [10, 1.1],
    [10, NaN],
  ])('of %d with %d is refused', (n, p) => {
    expect(() => binomial(createRandom('x'), n, p)).toThrow(RangeError);
  });

  test('a goodness of fit that is told a wrong distribution says so', () => {
    const random = createRandom('wrong');
    const counts = Array.from({ length: 101 }, () => 0);
    for (let i = 0; i < DRAWS; i += 1) counts[binomial(random, 100, 0.5)]! += 1;
    expect(goodness(counts, binomialProbabilities(100, 0.51))).toBeLessThan(SUSPICIOUS);
  });
});

describe('multinomial', () => {
  test('counts add up, and each is binomial', () => {
    const random = createRandom('multinomial');
    const weights = Float64Array.of(3, 0, 5, 0.5, 1.5, 0);
    const into = new Float64Array(weights.length);
    const n = 40;
    const counts = weights.reduce<number[][]>((all) => [...all, Array.from({ length: n + 1 }, () => 0)], []);
    for (let i = 0; i < DRAWS; i += 1) {
      multinomial(random, n, weights, into);
      expect(into.reduce((all, count) => all + count, 0)).toBe(n);
      for (const [category, count] of into.entries()) counts[category]![count]! += 1;
    }
    for (const [category, weight] of weights.entries()) {
      if (weight === 0) expect(counts[category]![0]).toBe(DRAWS);
      else expect(goodness(counts[category]!, binomialProbabilities(n, weight / 10))).toBeGreaterThan(SUSPICIOUS);
    }
  });

  test('two categories move against each other as they should', () => {
    const random = createRandom('covariance');
    const into = new Float64Array(3);
    let product = 0;
    for (let i = 0; i < DRAWS; i += 1) {
      multinomial(random, 100, Float64Array.of(0.2, 0.3, 0.5), into);
      product += (into[0]! - 20) * (into[1]! - 30);
    }
    expect(Math.abs(product / DRAWS - -100 * 0.2 * 0.3)).toBeLessThan(0.4);
  });

  test('nothing to draw gives nothing; what is no probability is refused', () => {
    const into = Float64Array.of(7, 7);
    multinomial(createRandom('x'), 0, Float64Array.of(1, 1), into);
    expect([...into]).toEqual([0, 0]);
    for (const wrong of [[0, 0], [1, -1], [1, NaN], [1, Infinity], []]) {
      const probabilities = Float64Array.from(wrong);
      expect(() => {
        multinomial(createRandom('x'), 5, probabilities, new Float64Array(wrong.length));
      }).toThrow(RangeError);
    }
    expect(() => {
      multinomial(createRandom('x'), 5, Float64Array.of(1, 1), new Float64Array(3));
    }).toThrow(RangeError);
  });
});

describe('continuous', () => {
  test('normal', () => {
    const random = createRandom('normal');
    const values = Float64Array.from({ length: DRAWS }, () => normal(random));
    expect(kolmogorov(values, normalCdf)).toBeGreaterThan(SUSPICIOUS);
    expect(kolmogorov(values, (x) => normalCdf(x - 0.03))).toBeLessThan(SUSPICIOUS);
  });

  test.each([0.2, 0.9, 1, 3.5, 100])('gamma of shape %d', (shape) => {
    const random = createRandom(`gamma ${shape}`);
    const values = Float64Array.from({ length: DRAWS }, () => gamma(random, shape));
    expect(kolmogorov(values, (x) => gammaP(shape, x))).toBeGreaterThan(SUSPICIOUS);
  });

  test.each([0, -1, NaN, Infinity])('gamma of shape %d is refused', (shape) => {
    expect(() => gamma(createRandom('x'), shape)).toThrow(RangeError);
  });
});

describe('shuffle', () => {
  test('keeps the elements, and every order is as likely', () => {
    const random = createRandom('shuffle');
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i += 1) {
      const array = [1, 2, 3, 4];
      shuffle(random, array);
      const key = array.join('');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(
      goodness(
        [...counts.values()],
        Array.from({ length: 24 }, () => 1 / 24),
      ),
    ).toBeGreaterThan(SUSPICIOUS);
  });

  test('works on typed arrays of any length', () => {
    const array = Uint32Array.from({ length: 1000 }, (_, i) => i);
    shuffle(createRandom('typed'), array);
    expect([...array]).not.toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([...array].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    for (const short of [new Float64Array(0), Float64Array.of(5)]) {
      const before = [...short];
      shuffle(createRandom('short'), short);
      expect([...short]).toEqual(before);
    }
  });
});
