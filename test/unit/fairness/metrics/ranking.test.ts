import { describe, expect, test } from 'vitest';
import { infeasibleIndex, normalizedDiscountedCumulativeGain } from '../../../../fairness/metrics/ranking.ts';

const floats = (...values: number[]): Float64Array => Float64Array.from(values);

describe('ranking', () => {
  test('by hand: two places in the wrong order', () => {
    const { value, numerator, denominator, n } = normalizedDiscountedCumulativeGain(floats(1, 3));
    expect(numerator).toBeCloseTo(1 + 3 / Math.log2(3), 14);
    expect(denominator).toBeCloseTo(3 + 1 / Math.log2(3), 14);
    expect(value).toBe(numerator! / denominator!);
    expect(n).toBe(2);
  });

  test('against candidates that were not ranked; beyond the end of the list', () => {
    expect(normalizedDiscountedCumulativeGain(floats(1), { candidates: floats(1, 2) }).value).toBeCloseTo(1 / 2, 14);
    expect(normalizedDiscountedCumulativeGain(floats(2, 1), { positions: 9 })).toMatchObject({ value: 1, n: 2 });
  });

  test('nothing ranked, or nothing to gain, is a reason', () => {
    expect(normalizedDiscountedCumulativeGain(floats())).toMatchObject({ reason: 'no_rows' });
    expect(normalizedDiscountedCumulativeGain(floats(1), { positions: 0 })).toMatchObject({ reason: 'no_rows' });
    expect(normalizedDiscountedCumulativeGain(floats(0, 0))).toMatchObject({ reason: 'no_variation', denominator: 0 });
  });

  test('a group that comes late: each place at which it has too few', () => {
    expect(infeasibleIndex([0, 0, 0, 1, 1, 1], [0.5, 0.5])).toEqual({ count: 3, positions: [1, 2, 3] });
  });

  test.each([
    ['a negative score', () => normalizedDiscountedCumulativeGain(floats(-1))],
    [
      'a candidate that is no number',
      () => normalizedDiscountedCumulativeGain(floats(1), { candidates: floats(Number.NaN) }),
    ],
    ['half a place', () => normalizedDiscountedCumulativeGain(floats(1), { positions: 0.5 })],
    ['a share above 1', () => infeasibleIndex([0], [2])],
  ])('%s is refused', (_, ask) => {
    expect(ask).toThrow(expect.objectContaining({ code: 'invalid_value' }));
  });
});
