/**
 * How often intervals hold what they are for.
 *
 * Counts are whole numbers, so that the coverage of any interval of a rate jumps up and down as the rate moves: no interval
 * covers 95 % at every rate. Two things are tested: the mean over rates, which stands for the many figures of an audit, and
 * the least at any one rate, which no figure falls below. Clopper-Pearson is made never to fall below its level, and has to
 * pay for that with a mean above it.
 */
import { describe, expect, test } from 'vitest';
import {
  bootstrapCells,
  type Bounds,
  type CellStatistic,
  clopperPearson,
  katz,
  koopman,
  meanInterval,
  newcombe,
  type Proportion,
  shrink,
  wilson,
} from '../../../../fairness/intervals/index.ts';
import { logGamma } from '../../../../numerics/gamma.ts';
import { createRandom, type Random } from '../../../../numerics/random.ts';
import { binomial, gamma, multinomial } from '../../../../numerics/sampling.ts';

const DRAWS = 10_000;
const LEVEL = 0.95;

const holds = ({ low, high }: Bounds, truth: number): boolean => low <= truth && truth <= high;
const drawOf = (random: Random, n: number, rate: number): Proportion => ({ successes: binomial(random, n, rate), n });
/** Rates where every cell can be expected to hold somebody at n = 30. */
const someRate = (random: Random): number => 0.05 + 0.9 * random.next();

function share(seed: string, hit: (random: Random) => boolean, draws = DRAWS): number {
  const random = createRandom(seed);
  let hits = 0;
  for (let i = 0; i < draws; i += 1) if (hit(random)) hits += 1;
  return hits / draws;
}

/** Coverage at one rate, summed over what can be counted. */
function exactCoverage(intervals: readonly Bounds[], rate: number): number {
  const n = intervals.length - 1;
  return intervals.reduce((all, interval, k) => {
    if (!holds(interval, rate)) return all;
    const ways = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
    return all + Math.exp(ways + k * Math.log(rate) + (n - k) * Math.log1p(-rate));
  }, 0);
}

const SIZES = [30, 50, 100, 300, 1000];
const GRID = Array.from({ length: 361 }, (_, i) => 0.05 + i * 0.0025);

describe('rates', () => {
  test.each(SIZES)('wilson, n = %d: 0.94 to 0.97 in the mean over rates, drawn', (n) => {
    const covered = share(`wilson ${n}`, (random) => {
      const rate = someRate(random);
      return holds(wilson(binomial(random, n, rate), n, LEVEL), rate);
    });
    expect(covered).toBeGreaterThan(0.94);
    expect(covered).toBeLessThan(0.97);
  });

  test.each([
    [30, 0.92],
    [50, 0.925],
    [100, 0.925],
    [300, 0.935],
    [1000, 0.94],
  ])('wilson, n = %d: never below %d at any rate from 0.05 to 0.95, summed', (n, floor) => {
    const intervals = Array.from({ length: n + 1 }, (_, k) => wilson(k, n, LEVEL));
    const coverage = GRID.map((rate) => exactCoverage(intervals, rate));
    expect(Math.min(...coverage)).toBeGreaterThan(floor);
    const mean = coverage.reduce((all, one) => all + one, 0) / coverage.length;
    expect(mean).toBeGreaterThan(0.949);
    expect(mean).toBeLessThan(0.954);
  });

  test.each([...SIZES, 5])(
    'clopper-pearson, n = %d: never below the level, 0.98 in the mean at most from 30 on',
    (n) => {
      const intervals = Array.from({ length: n + 1 }, (_, k) => clopperPearson(k, n, LEVEL));
      const coverage = GRID.map((rate) => exactCoverage(intervals, rate));
      expect(Math.min(...coverage)).toBeGreaterThanOrEqual(LEVEL);
      const mean = coverage.reduce((all, one) => all + one, 0) / coverage.length;
      if (n >= 30) expect(mean).toBeLessThan(0.98);
    },
  );

  test.each([0.8, 0.99])('at another level, %d, the mean is near that', (level) => {
    const intervals = Array.from({ length: 61 }, (_, k) => wilson(k, 60, level));
    const mean = GRID.reduce((all, rate) => all + exactCoverage(intervals, rate), 0) / GRID.length;
    expect(Math.abs(mean - level)).toBeLessThan(0.01);
  });
});

const PAIRS = [
  [30, 30],
  [30, 100],
  [100, 100],
  [50, 1000],
  [300, 3000],
] as const;
const COMPARED = [
  { name: 'newcombe', interval: newcombe, truth: (a: number, b: number) => a - b, floor: 0.935 },
  { name: 'koopman', interval: koopman, truth: (a: number, b: number) => a / b, floor: 0.935 },
  // The normal approximation of the logarithm fails first where the rates are high: its floor is lower.
  { name: 'katz', interval: katz, truth: (a: number, b: number) => a / b, floor: 0.88 },
];

describe.each(COMPARED)('$name', ({ name, interval, truth, floor }) => {
  test.each(PAIRS)('of %d and %d: 0.94 to 0.97 in the mean over pairs of rates', (n, m) => {
    const covered = share(`${name} ${n} ${m}`, (random) => {
      const [a, b] = [someRate(random), someRate(random)];
      return holds(interval(drawOf(random, n, a), drawOf(random, m, b), LEVEL), truth(a, b));
    });
    expect(covered).toBeGreaterThan(0.94);
    expect(covered).toBeLessThan(0.97);
  });

  test.each(
    PAIRS.flatMap(([n, m]) =>
      [
        [0.5, 0.5],
        [0.1, 0.1],
        [0.3, 0.5],
        [0.05, 0.2],
        [0.9, 0.95],
      ].map(([a, b]) => [n, m, a!, b!] as const),
    ),
  )(`of %d and %d at rates %d and %d: at least ${floor}`, (n, m, a, b) => {
    const covered = share(`${name} ${n} ${m} ${a} ${b}`, (random) =>
      holds(interval(drawOf(random, n, a), drawOf(random, m, b), LEVEL), truth(a, b)),
    );
    expect(covered).toBeGreaterThan(floor);
  });
});

test.each([30, 100, 300])('mean of %d scores: 0.94 to 0.97', (n) => {
  const covered = share(`mean ${n}`, (random) => {
    let [sum, sumOfSquares] = [0, 0];
    for (let i = 0; i < n; i += 1) {
      const [x, y] = [gamma(random, 1.2), gamma(random, 2)];
      sum += x / (x + y);
      sumOfSquares += (x / (x + y)) ** 2;
    }
    return holds(meanInterval({ weight: n, weightSquared: n, sum, sumOfSquares }, LEVEL), 1.2 / 3.2);
  });
  expect(covered).toBeGreaterThan(0.94);
  expect(covered).toBeLessThan(0.97);
});

describe('shrinkage', () => {
  // Groups of 12 to 1000 rows whose rates vary little, more, and much. Mean over groups, which is what it promises.
  test.each([
    [3, 0.3, 0.01],
    [5, 0.3, 0.05],
    [10, 0.1, 0.02],
    [20, 0.3, 0.01],
    [10, 0.5, 0.2],
  ])('%d groups around %d, correlation %d: covers 0.93 to 0.98, nearer to the truth than raw rates', (k, mean, rho) => {
    const random = createRandom(`shrinkage ${k} ${mean} ${rho}`);
    const sizes = [12, 30, 60, 200, 1000];
    let [covered, seen, shrunkError, rawError] = [0, 0, 0, 0];
    while (seen < DRAWS) {
      const rates = Array.from({ length: k }, () => {
        const x = gamma(random, mean * (1 / rho - 1));
        return x / (x + gamma(random, (1 - mean) * (1 / rho - 1)));
      });
      const groups = rates.map((rate, i) => drawOf(random, sizes[i % sizes.length]!, rate));
      for (const [i, one] of shrink(groups, LEVEL)!.entries()) {
        seen += 1;
        if (holds(one, rates[i]!)) covered += 1;
        shrunkError += (one.value - rates[i]!) ** 2;
        rawError += (groups[i]!.successes / groups[i]!.n - rates[i]!) ** 2;
      }
    }
    expect(covered / seen).toBeGreaterThan(0.93);
    expect(covered / seen).toBeLessThan(0.98);
    expect(shrunkError / rawError).toBeLessThan(0.95);
  });
});

/** Cells of a group: true negatives, false positives, false negatives, true positives. */
const rate = (cells: Float64Array, at: number): number => cells[at + 1]! / (cells[at]! + cells[at + 1]!);
const gap = (cells: Float64Array, at: number): number => rate(cells, at) - rate(cells, 4 + at);
const averageOdds: CellStatistic = (cells) => (gap(cells, 0) + gap(cells, 2)) / 2;
const theil: CellStatistic = (cells) => {
  const rows = cells.reduce((all, count) => all + count, 0);
  const [right, twice] = [cells[0]! + cells[3]! + cells[4]! + cells[7]!, cells[1]! + cells[5]!];
  const mean = (right + 2 * twice) / rows;
  const part = (benefit: number): number => (benefit / mean) * Math.log(benefit / mean);
  return (right * part(1) + twice * part(2)) / rows;
};

describe('bootstrap', () => {
  // False and true positive rates by group; half of each group is positive.
  test.each([
    ['a clear difference', 200, [0.3, 0.6], [0.2, 0.8]],
    ['no difference', 200, [0.2, 0.7], [0.2, 0.7]],
    ['small groups', 60, [0.3, 0.6], [0.2, 0.8]],
  ] as const)('average odds and Theil index, %s, groups of %d: 0.94 to 0.97', (name, n, first, second) => {
    const half = n / 2;
    const truth = Float64Array.from(
      [first, second].flatMap(([fpr, tpr]) => [half * (1 - fpr), half * fpr, half * (1 - tpr), half * tpr]),
    );
    const random = createRandom(`bootstrap ${name}`);
    const cells = new Float64Array(truth.length);
    const statistics = [averageOdds, theil];
    const covered = [0, 0];
    for (let i = 0; i < DRAWS; i += 1) {
      multinomial(random, 2 * n, truth, cells);
      const intervals = bootstrapCells({ cells, resamples: 200, seed: `${name} ${i}`, level: LEVEL, statistics });
      for (const [k, interval] of intervals.entries()) {
        if (interval.status === 'ok' && holds(interval, statistics[k]!(truth)!)) covered[k]! += 1;
      }
    }
    for (const count of covered) {
      expect(count / DRAWS).toBeGreaterThan(0.94);
      expect(count / DRAWS).toBeLessThan(0.97);
    }
  });
});
