import { describe, expect, test } from 'vitest';
import { bootstrapCells, type CellStatistic, type ResampledInterval } from '../../../../fairness/intervals/index.ts';
import { createRandom } from '../../../../numerics/random.ts';

/** Two groups, each with failures and successes. */
const difference: CellStatistic = (cells) => {
  const [a, b] = [cells[0]! + cells[1]!, cells[2]! + cells[3]!];
  return a === 0 || b === 0 ? undefined : cells[1]! / a - cells[3]! / b;
};

const SETTINGS = { resamples: 2000, seed: 'bootstrap', level: 0.95 } as const;

function ok(interval: ResampledInterval | undefined): Extract<ResampledInterval, { readonly status: 'ok' }> {
  if (interval?.status !== 'ok') throw new Error(`refused: ${interval?.reason ?? 'no interval'}`);
  return interval;
}

function quantiles(values: readonly number[]): readonly [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  return [sorted[Math.floor(0.025 * sorted.length)]!, sorted[Math.floor(0.975 * sorted.length)]!];
}

interface Row {
  readonly cell: number;
  readonly weight: number;
}

/** The bootstrap as everybody knows it: rows, drawn with replacement. */
function rowBootstrap(rows: readonly Row[], statistic: CellStatistic): readonly [number, number] {
  const random = createRandom('rows');
  return quantiles(
    Array.from({ length: SETTINGS.resamples }, () => {
      const cells = new Float64Array(4);
      for (let i = 0; i < rows.length; i += 1) {
        const { cell, weight } = rows[random.below(rows.length)]!;
        cells[cell]! += weight;
      }
      return statistic(cells)!;
    }),
  );
}

function sums(rows: readonly Row[]): { cells: Float64Array; weight: Float64Array; weightSquared: Float64Array } {
  const result = { cells: new Float64Array(4), weight: new Float64Array(4), weightSquared: new Float64Array(4) };
  for (const { cell, weight } of rows) {
    result.cells[cell]! += 1;
    result.weight[cell]! += weight;
    result.weightSquared[cell]! += weight * weight;
  }
  return result;
}

describe('against resampling rows', () => {
  const random = createRandom('rows to resample');
  const cellOf = (): number => [0, 0, 0, 1, 1, 2, 2, 3, 3, 3][random.below(10)]!;

  test('without weights it is the same', () => {
    const rows = Array.from({ length: 500 }, () => ({ cell: cellOf(), weight: 1 }));
    const [low, high] = rowBootstrap(rows, difference);
    const interval = ok(bootstrapCells({ ...SETTINGS, cells: sums(rows).cells, statistics: [difference] })[0]);
    expect(Math.abs(interval.low - low)).toBeLessThan(0.01);
    expect(Math.abs(interval.high - high)).toBeLessThan(0.01);
  });

  test('with weights of any spread it is nearly the same', () => {
    const rows = Array.from({ length: 500 }, () => ({ cell: cellOf(), weight: -Math.log(1 - random.next()) }));
    const [low, high] = rowBootstrap(rows, difference);
    const interval = ok(bootstrapCells({ ...SETTINGS, ...sums(rows), statistics: [difference] })[0]);
    expect(Math.abs(interval.low - low)).toBeLessThan(0.015);
    expect(Math.abs(interval.high - high)).toBeLessThan(0.015);
  });

  test('a small group that is weighted up stays a small group', () => {
    const rows = [
      ...Array.from({ length: 900 }, (_, i) => ({ cell: i % 2, weight: 1 })),
      ...Array.from({ length: 60 }, (_, i) => ({ cell: 2 + (i % 2), weight: 15 })),
    ];
    const [low, high] = rowBootstrap(rows, difference);
    const interval = ok(bootstrapCells({ ...SETTINGS, ...sums(rows), statistics: [difference] })[0]);
    expect(Math.abs(interval.low - low)).toBeLessThan(0.015);
    expect(Math.abs(interval.high - high)).toBeLessThan(0.015);
    // One effective number of rows for all would take the 60 for about as many as the 900.
    expect(interval.high - interval.low).toBeGreaterThan(0.2);
  });

  test('weights that are all the same change nothing but the scale', () => {
    const cells = Float64Array.of(40, 60, 30, 30);
    const weighted = bootstrapCells({
      ...SETTINGS,
      cells,
      weight: cells.map((count) => 2 * count),
      weightSquared: cells.map((count) => 4 * count),
      statistics: [difference],
    });
    expect(weighted).toEqual(bootstrapCells({ ...SETTINGS, cells, statistics: [difference] }));
  });
});

describe('refusals', () => {
  test('no rows', () => {
    const found = bootstrapCells({ ...SETTINGS, cells: new Float64Array(4), statistics: [difference, difference] });
    expect(found.map((one) => (one.status === 'refused' ? one.reason : one.status))).toEqual(['no_rows', 'no_rows']);
  });

  test('no value on the rows themselves', () => {
    const [found] = bootstrapCells({ ...SETTINGS, cells: Float64Array.of(0, 0, 5, 5), statistics: [difference] });
    expect(found).toEqual({ status: 'refused', reason: 'undefined', undefinedResamples: 2000 });
  });

  test('no value on more than one in twenty resamples: those are counted', () => {
    // One row in 100: absent from (99/100)^100 = 37 % of the resamples.
    const [found] = bootstrapCells({ ...SETTINGS, cells: Float64Array.of(1, 0, 50, 49), statistics: [difference] });
    expect(found).toMatchObject({ status: 'refused', reason: 'undefined_resamples' });
    expect(found!.undefinedResamples / 2000).toBeCloseTo(0.366, 1);
  });

  test('no value on a few resamples: they are left out and counted', () => {
    const [found] = bootstrapCells({ ...SETTINGS, cells: Float64Array.of(2, 2, 48, 48), statistics: [difference] });
    const { undefinedResamples, low, high } = ok(found);
    expect(undefinedResamples).toBeGreaterThan(10);
    expect(undefinedResamples).toBeLessThan(100);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });

  test('NaN and infinities are no values', () => {
    const found = bootstrapCells({
      ...SETTINGS,
      cells: Float64Array.of(1, 1),
      statistics: [() => NaN, () => Infinity, (cells) => cells[0]! / cells[1]!],
    });
    expect(found.map((one) => one.status)).toEqual(['refused', 'refused', 'refused']);
  });

  test.each([0, -1, 1.5, NaN])('%d resamples are refused', (resamples) => {
    expect(() => bootstrapCells({ ...SETTINGS, resamples, cells: Float64Array.of(1), statistics: [] })).toThrow(
      RangeError,
    );
  });
});

test('the seed decides', () => {
  const cells = Float64Array.of(40, 60, 30, 30);
  const of = (seed: string) => bootstrapCells({ ...SETTINGS, seed, cells, statistics: [difference] });
  expect(of('a')).toEqual(of('a'));
  expect(of('a')).not.toEqual(of('b'));
});
