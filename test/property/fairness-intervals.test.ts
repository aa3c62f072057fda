import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  benjaminiHochberg,
  type Bounds,
  bootstrapCells,
  clopperPearson,
  criticalValue,
  holm,
  katz,
  koopman,
  meanInterval,
  minimumDetectableDifference,
  minimumDetectableRatio,
  newcombe,
  type Proportion,
  shrink,
  twoProportionPValue,
  wilson,
} from '../../fairness/intervals/index.ts';

/** Rounding in the last digits, relative to 1 or the value. */
const ROUNDING = 1e-9;
const atMost = (a: number, b: number): boolean =>
  a <= b + ROUNDING * Math.max(1, Math.min(Math.abs(a), Math.abs(b))) || a === b;
const same = (a: number, b: number): boolean => atMost(a, b) && atMost(b, a);

const level = fc.double({ min: 0.5, max: 0.9999, noNaN: true });
/** Whole counts, the ends 0 and n often, and the real numbers that weights give. */
const proportion: fc.Arbitrary<Proportion> = fc.oneof(
  fc
    .tuple(fc.nat(), fc.integer({ min: 1, max: 2000 }))
    .map(([successes, n]) => ({ successes: successes % (n + 1), n })),
  fc.integer({ min: 1, max: 1_000_000 }).map((n) => ({ successes: 0, n })),
  fc.integer({ min: 1, max: 1_000_000 }).map((n) => ({ successes: n, n })),
  fc
    .tuple(fc.double({ min: 1e-9, max: 1, noNaN: true }), fc.double({ min: 0.5, max: 1e6, noNaN: true }))
    .map(([rate, n]) => ({ successes: rate * n, n })),
);
const rate = ({ successes, n }: Proportion): number => successes / n;

const RATES = {
  wilson: ({ successes, n }: Proportion, at: number): Bounds => wilson(successes, n, at),
  clopperPearson: ({ successes, n }: Proportion, at: number): Bounds => clopperPearson(successes, n, at),
};
const RATIOS = { katz, koopman };

describe.each(Object.entries(RATES))('%s', (_, interval) => {
  test('contains the rate, stays within 0 and 1, and has a width', () => {
    fc.assert(
      fc.property(proportion, level, (one, at) => {
        const { low, high } = interval(one, at);
        expect(0 <= low && low <= rate(one) + ROUNDING && rate(one) <= high + ROUNDING && high <= 1).toBe(true);
        expect(low < high).toBe(true);
      }),
    );
  });

  test('of failures is that of successes, mirrored', () => {
    fc.assert(
      fc.property(proportion, level, (one, at) => {
        const { low, high } = interval(one, at);
        const mirrored = interval({ successes: one.n - one.successes, n: one.n }, at);
        expect(same(mirrored.low, 1 - high) && same(mirrored.high, 1 - low)).toBe(true);
      }),
    );
  });

  test('a higher level is never narrower, more rows with the same rate never wider', () => {
    fc.assert(
      fc.property(proportion, level, level, (one, a, b) => {
        const [less, more] = [interval(one, Math.min(a, b)), interval(one, Math.max(a, b))];
        expect(atMost(more.low, less.low) && atMost(less.high, more.high)).toBe(true);
        const larger = interval({ successes: one.successes * 3, n: one.n * 3 }, a);
        const width = interval(one, a);
        expect(atMost(larger.high - larger.low, width.high - width.low)).toBe(true);
      }),
    );
  });
});

describe('newcombe', () => {
  test('contains the difference, stays within −1 and 1, and turns round when the groups swap', () => {
    fc.assert(
      fc.property(proportion, proportion, level, (a, b, at) => {
        const { low, high } = newcombe(a, b, at);
        const difference = rate(a) - rate(b);
        expect(-1 <= low && atMost(low, difference) && atMost(difference, high) && high <= 1).toBe(true);
        const swapped = newcombe(b, a, at);
        expect(same(swapped.low, -high) && same(swapped.high, -low)).toBe(true);
      }),
    );
  });

  test('a higher level is never narrower', () => {
    fc.assert(
      fc.property(proportion, proportion, level, level, (a, b, x, y) => {
        const [less, more] = [newcombe(a, b, Math.min(x, y)), newcombe(a, b, Math.max(x, y))];
        expect(atMost(more.low, less.low) && atMost(less.high, more.high)).toBe(true);
      }),
    );
  });
});

describe.each(Object.entries(RATIOS))('%s', (_, interval) => {
  test('contains the ratio, and is that of the reciprocal when the groups swap', () => {
    fc.assert(
      fc.property(proportion, proportion, level, (a, b, at) => {
        const { low, high } = interval(a, b, at);
        expect(low >= 0 && low <= high && !Number.isNaN(high)).toBe(true);
        const ratio = rate(a) / rate(b);
        if (!Number.isNaN(ratio)) expect(atMost(low, ratio) && atMost(ratio, high)).toBe(true);
        const swapped = interval(b, a, at);
        // Ends near the largest and smallest doubles round to ∞ and 0, not always on both sides.
        const isReciprocal = (x: number, y: number): boolean =>
          same(x * y, 1) || (Math.min(x, y) < 1e-300 && Math.max(x, y) > 1e300);
        expect(isReciprocal(swapped.low, high) && isReciprocal(swapped.high, low)).toBe(true);
      }),
    );
  });

  test('a higher level is never narrower', () => {
    fc.assert(
      fc.property(proportion, proportion, level, level, (a, b, x, y) => {
        const [less, more] = [interval(a, b, Math.min(x, y)), interval(a, b, Math.max(x, y))];
        expect(atMost(more.low, less.low) && atMost(less.high, more.high)).toBe(true);
      }),
    );
  });
});

test('koopman ends where his chi-squared, as he writes it, is that of the level', () => {
  /** Koopman 1984, (2.2) and (2.3): x of m over y of n. */
  const chiSquared = (theta: number, { successes: x, n: m }: Proportion, { successes: y, n }: Proportion): number => {
    const b = theta * (m + y) + x + n;
    const p = (b - Math.sqrt(b * b - 4 * theta * (m + n) * (x + y))) / (2 * (m + n));
    return ((x - m * p) ** 2 / (m * p * (1 - p))) * (1 + (m * (theta - p)) / (n * (1 - p)));
  };
  const inner = fc
    .tuple(fc.nat(), fc.integer({ min: 4, max: 500 }))
    .map(([x, n]): Proportion => ({ successes: 1 + (x % (n - 2)), n }));
  fc.assert(
    fc.property(inner, inner, fc.constantFrom(0.8, 0.95, 0.99), (a, b, at) => {
      const z = criticalValue(at);
      const { low, high } = koopman(a, b, at);
      expect(chiSquared(low, a, b) / (z * z)).toBeCloseTo(1, 5);
      expect(chiSquared(high, a, b) / (z * z)).toBeCloseTo(1, 5);
    }),
  );
});

describe('p-values', () => {
  test('are probabilities, the same when groups swap, and 1 where the rates are the same', () => {
    fc.assert(
      fc.property(proportion, proportion, (a, b) => {
        const p = twoProportionPValue(a, b);
        expect(p >= 0 && p <= 1).toBe(true);
        expect(same(twoProportionPValue(b, a), p)).toBe(true);
        expect(twoProportionPValue(a, a)).toBeCloseTo(1, 9);
      }),
    );
  });

  test('adjusted ones are no smaller, keep the order of the raw ones, and Holm’s are no smaller than Benjamini-Hochberg’s', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (values) => {
        const [family, discovery] = [holm(values), benjaminiHochberg(values)];
        for (const [i, raw] of values.entries()) {
          expect(raw <= discovery[i]! && atMost(discovery[i]!, family[i]!) && family[i]! <= 1).toBe(true);
          for (const [j, other] of values.entries()) {
            if (raw > other) continue;
            expect(family[i]! <= family[j]! && discovery[i]! <= discovery[j]!).toBe(true);
          }
        }
      }),
    );
  });

  test.each([[[-0.1]], [[1.1]], [[NaN]]])('%j are none', (values) => {
    expect(() => holm(values)).toThrow(RangeError);
    expect(() => benjaminiHochberg(values)).toThrow(RangeError);
  });
});

describe('what can be shown', () => {
  const rows = fc.integer({ min: 5, max: 100_000 });
  const reference = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 1e-9, max: 1, noNaN: true }));

  test('more rows show less, more power needs more, and both are possible values', () => {
    fc.assert(
      fc.property(rows, rows, reference, (n, m, p) => {
        const ratio = minimumDetectableRatio(n, m, p);
        if (ratio !== undefined) {
          expect(ratio >= 0 && ratio < 1).toBe(true);
          expect(atMost(ratio, minimumDetectableRatio(2 * n, m, p)!)).toBe(true);
          expect(atMost(minimumDetectableRatio(n, m, p, { power: 0.9 }) ?? 0, ratio)).toBe(true);
        }
        const difference = minimumDetectableDifference(n, m, p);
        if (difference !== undefined) expect(difference > 0 && difference <= Math.max(p, 1 - p)).toBe(true);
      }),
    );
  });

  test('a difference is as well shown of failures as of successes', () => {
    fc.assert(
      fc.property(rows, rows, reference, (n, m, p) => {
        const [a, b] = [minimumDetectableDifference(n, m, p), minimumDetectableDifference(n, m, 1 - p)];
        expect((a === undefined && b === undefined) || Math.abs(a! - b!) < 1e-6).toBe(true);
      }),
    );
  });
});

describe('shrinkage', () => {
  test('lies between the lowest and the highest rate, within its interval, and keeps the order of equally large groups', () => {
    fc.assert(
      fc.property(fc.array(proportion, { minLength: 2, maxLength: 8 }), level, (groups, at) => {
        const shrunk = shrink(groups, at)!;
        const rates = groups.map(rate);
        // Where (nearly) all are 0 or 1, half a row of the few that are certain to be independent is imagined.
        const [least, most] = [Math.min(...rates, 0.75), Math.max(...rates, 0.25)];
        for (const { value, low, high } of shrunk) {
          expect(value >= least - ROUNDING && value <= most + ROUNDING).toBe(true);
          expect(0 <= low && low <= value && value <= high && high <= 1).toBe(true);
        }
        const twins = shrink([...groups, { successes: 1, n: 10 }, { successes: 7, n: 10 }], at)!;
        expect(twins.at(-2)!.value).toBeLessThan(twins.at(-1)!.value);
      }),
    );
  });
});

describe('mean', () => {
  test('contains the mean, does not change with the scale of the weights, and never leaves its range', () => {
    const value = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0.1, max: 9, noNaN: true }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), level, (rows, at) => {
        const sums = (scale: number): Parameters<typeof meanInterval>[0] => {
          const add = (of: (x: number, w: number) => number): number =>
            rows.reduce((all, [x, w]) => all + of(x, w * scale), 0);
          return {
            weight: add((_, w) => w),
            weightSquared: add((_, w) => w * w),
            sum: add((x, w) => w * x),
            sumOfSquares: add((x, w) => w * x * x),
          };
        };
        const one = sums(1);
        const { low, high } = meanInterval(one, at);
        const mean = one.sum / one.weight;
        expect(0 <= low && atMost(low, mean) && atMost(mean, high) && high <= 1).toBe(true);
        const scaled = meanInterval(sums(1000), at);
        expect(Math.abs(scaled.low - low) < 1e-6 && Math.abs(scaled.high - high) < 1e-6).toBe(true);
      }),
    );
  });
});

describe('bootstrap', () => {
  const table = fc.array(fc.nat({ max: 60 }), { minLength: 4, maxLength: 4 }).map((cells) => Float64Array.from(cells));
  const difference = (cells: Float64Array): number | undefined => {
    const [a, b] = [cells[0]! + cells[1]!, cells[2]! + cells[3]!];
    return a === 0 || b === 0 ? undefined : cells[0]! / a - cells[2]! / b;
  };
  const share = (cells: Float64Array): number | undefined => {
    const all = cells[0]! + cells[3]!;
    return all === 0 ? undefined : cells[0]! / all;
  };

  test('contains the estimate, is the same for the same seed, and does not depend on what else was asked', () => {
    fc.assert(
      fc.property(table, fc.string(), (cells, seed) => {
        const ask = (statistics: Parameters<typeof bootstrapCells>[0]['statistics']) =>
          bootstrapCells({ cells, seed, resamples: 60, level: 0.9, statistics });
        const both = ask([difference, share]);
        expect(ask([difference, share])).toEqual(both);
        expect(ask([difference])).toEqual(both.slice(0, 1));
        for (const [i, statistic] of [difference, share].entries()) {
          const interval = both[i]!;
          const estimate = statistic(cells);
          if (interval.status !== 'ok') continue;
          expect(interval.low <= estimate! && estimate! <= interval.high).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
