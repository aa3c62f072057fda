import { describe, expect, test } from 'vitest';
import type { AuditColumns } from '../../../../fairness/columns.ts';
import { earthMoversDistance, labelTransport, scoreDistance } from '../../../../fairness/metrics/transport.ts';

const floats = (...values: number[]): Float64Array => Float64Array.from(values);

describe('transport', () => {
  test('by hand: half of the mass moves by 3, at the cheaper of two costs', () => {
    expect(earthMoversDistance(floats(1, 1), floats(1, 1), floats(0, 9, 3, 3))).toBeCloseTo(1.5, 14);
  });

  test('labels and predictions as AIF360 0.6.1 with POT 0.9.7 has them', () => {
    expect(labelTransport(floats(0, 1, 0, 1), floats(0.7, 0.7, 0.3, 0.3))).toBeCloseTo(0.21, 12);
    expect(labelTransport(floats(0, 1, 0, 1), floats(0.7, 0.7, -0.3, 0.3))).toBeCloseTo(0.0499260355029586, 12);
    expect(labelTransport(floats(0, 1.5, -2, 1), floats(0.7, 0.7, -0.3, 0.3))).toBeCloseTo(0.09292043715470372, 12);
    expect(labelTransport(floats(0, 0), floats(0, 0))).toBe(0);
  });

  test('nothing to move on one side alone: AIF360 raises, here NaN, which a figure turns into a reason', () => {
    expect(labelTransport(floats(0, 0), floats(0.3, 0.3))).toBeNaN();
  });

  test.each([
    ['too few costs', () => earthMoversDistance(floats(1), floats(1), floats()), 'lengths_differ'],
    ['a negative cost', () => earthMoversDistance(floats(1), floats(1), floats(-1)), 'invalid_value'],
    ['a mass that is no number', () => earthMoversDistance(floats(Number.NaN), floats(1), floats(1)), 'invalid_value'],
    [
      'too many places',
      () => earthMoversDistance(new Float64Array(501), new Float64Array(500), new Float64Array(250_500)),
      'audit_too_large',
    ],
  ])('%s is refused', (_, ask, code) => {
    expect(ask).toThrow(expect.objectContaining({ code }));
  });

  test('scores of two groups: every score of one is 0.2 higher', () => {
    const attribute = { name: 'sex', groups: ['F', 'M', 'X'], codes: Uint8Array.of(0, 0, 1, 1) };
    const columns: AuditColumns = {
      rows: 4,
      cells: new Uint8Array(4),
      scores: floats(0.3, 0.7, 0.1, 0.5),
      attributes: [attribute],
    };
    expect(scoreDistance(columns, attribute, 0, 1).value).toBeCloseTo(0.2, 14);
    expect(scoreDistance(columns, attribute, 0, 0).value).toBe(0);
    // With a weight of 3 on 0.1 the shares move: 0.25 of the mass goes from 0.5 to 0.1 more.
    const weighted = { ...columns, weights: floats(1, 1, 3, 1) };
    expect(scoreDistance(weighted, attribute, 0, 1).value).toBeCloseTo(0.3, 14);
    expect(scoreDistance(columns, attribute, 2, 1)).toMatchObject({ status: 'undefined', reason: 'no_rows', n: 2 });
    const { scores, ...without } = columns;
    expect(scores).toHaveLength(4);
    expect(scoreDistance(without, attribute, 0, 1)).toMatchObject({ status: 'undefined', reason: 'no_scores' });
  });
});
