import { describe, expect, test } from 'vitest';
import type { AuditColumns } from '../../../../fairness/columns.ts';
import { consistency, consistencyOf } from '../../../../fairness/metrics/consistency.ts';

const floats = (...values: number[]): Float64Array => Float64Array.from(values);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('consistency', () => {
  test('by hand: five people on a line, three neighbours', () => {
    // Neighbours, each with itself: {0,1,2} {1,0,2} {2,1,0} {3,4,2} {4,3,2}; labels 1 1 0 0 0.
    const value = consistency([floats(0, 1, 2.5, 10, 11)], bytes(1, 1, 0, 0, 0), { neighbors: 3 });
    // |y − mean|: 1/3, 1/3, 2/3, 0, 0.
    expect(value).toMatchObject({ status: 'ok', numerator: 15 - 4, denominator: 15, n: 5 });
    expect(value.value).toBeCloseTo(1 - 4 / 3 / 5, 14);
  });

  test('everybody the same label: 1; one neighbour, who is the person: 1', () => {
    expect(consistency([floats(1, 2, 3, 4, 5)], bytes(1, 1, 1, 1, 1)).value).toBe(1);
    expect(consistency([floats(1, 2, 3, 4, 5)], bytes(1, 0, 1, 0, 1), { neighbors: 1 }).value).toBe(1);
  });

  test('fewer rows than neighbours is a reason, as is no row', () => {
    expect(consistency([floats(1, 2)], bytes(0, 1))).toMatchObject({
      status: 'undefined',
      reason: 'too_few_rows',
      n: 2,
    });
    expect(consistency([floats()], bytes())).toMatchObject({ status: 'undefined', reason: 'no_rows', n: 0 });
  });

  test('ties: the first rows, or shared among all at that distance', () => {
    // Row 0 has rows 1 and 2 at distance 1; one place is left beside itself.
    const features = [floats(0, 1, -1)];
    expect(consistency(features, bytes(1, 0, 1), { neighbors: 2, ties: 'row' }).numerator).toBe(1 + 1 + 2);
    expect(consistency(features, bytes(1, 0, 1), { neighbors: 2 }).numerator).toBe(1.5 + 1 + 2);
  });

  test('no features: everybody is everybody’s neighbour', () => {
    const { value } = consistency([], bytes(1, 0, 0, 0, 0, 0, 0, 0, 0, 0), { neighbors: 5 });
    expect(value).toBeCloseTo(1 - (0.9 + 9 * 0.1) / 10, 14);
  });

  test('−0 and 0 are the same place', () => {
    const value = consistency([floats(-0, 0, 5, 5)], bytes(1, 0, 0, 0), { neighbors: 2 });
    expect(value.numerator).toBe(1 + 1 + 2 + 2);
  });

  test.each([
    ['features of another length', () => consistency([floats(1)], bytes(0, 1)), 'lengths_differ'],
    ['NaN', () => consistency([floats(1, Number.NaN)], bytes(0, 1)), 'invalid_value'],
    ['infinity', () => consistency([floats(1, Infinity)], bytes(0, 1)), 'invalid_value'],
    ['no neighbours', () => consistency([floats(1, 2)], bytes(0, 1), { neighbors: 0 }), 'invalid_value'],
  ])('%s is refused', (_, ask, code) => {
    expect(ask).toThrow(expect.objectContaining({ code }));
  });

  test('huge numbers: distances beyond a double are equally far, not an error', () => {
    const value = consistency([floats(-1e308, 1e308, 0, 1, 2)], bytes(1, 0, 1, 0, 1), { neighbors: 2 });
    expect(value.status).toBe('ok');
    expect(value.value).toBeGreaterThanOrEqual(0);
    expect(value.value).toBeLessThanOrEqual(1);
  });

  test('of an audit: rows without a prediction are left out', () => {
    // label × 3 + prediction; 2 is unknown.
    const columns: AuditColumns = { rows: 4, cells: bytes(1, 5, 3, 4), attributes: [] };
    const features = [floats(0, 1, 2, 3)];
    const predictions = consistency([floats(0, 2, 3)], bytes(1, 0, 1), { neighbors: 2 });
    expect(consistencyOf(columns, features, { neighbors: 2 })).toEqual(predictions);
    const labels = consistency(features, bytes(0, 1, 1, 1), { neighbors: 2 });
    expect(consistencyOf(columns, features, { neighbors: 2, of: 'labels' })).toEqual(labels);
    const unknown = { ...columns, cells: bytes(2, 2, 2, 2) };
    expect(consistencyOf(unknown, features)).toMatchObject({ reason: 'no_predictions', n: 0 });
  });
});
