import { describe, expect, it } from 'vitest';
import { type Figure, figureTable, formatNumber, median, verdictOf } from '../../bench/figures.ts';
import { quantile } from '../../bench/http-load.ts';

describe('quantile', () => {
  const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);

  it('sorts by value, not as text, and leaves its argument alone', () => {
    const given = [10, 9, 100];
    expect(quantile(given, 0.5)).toBe(10);
    expect(given).toEqual([10, 9, 100]);
  });

  it('answers the value below which the share lies', () => {
    expect([0, 0.5, 0.95, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([1, 51, 96, 100, 100]);
  });

  it('is not a number of nothing', () => {
    expect(quantile([], 0.5)).toBeNaN();
    expect(median([])).toBeNaN();
  });

  it('as median is the middle one', () => {
    expect(median([3, 1, 2])).toBe(2);
  });
});

describe('verdictOf', () => {
  it.each([
    ['at least', 15_000, 'reached'],
    ['at least', 14_999.9, 'missed'],
    ['at most', 15_000, 'reached'],
    ['at most', 15_000.1, 'missed'],
    ['under', 15_000, 'missed'],
    ['under', 14_999.9, 'reached'],
  ] as const)('%s 15,000: %d is %s', (is, value, verdict) => {
    expect(verdictOf({ value, target: { is, value: 15_000 } })).toBe(verdict);
  });

  it('never calls reached what could not be measured', () => {
    for (const is of ['at least', 'at most', 'under'] as const) {
      expect(verdictOf({ value: Number.NaN, target: { is, value: 1 } })).toBe('missed');
    }
  });

  it('has no verdict without a target', () => {
    expect(verdictOf({ value: 1 })).toBe('no target');
  });
});

describe('formatNumber', () => {
  it.each([
    [1_234_567.8, '1,234,568'],
    [123.4, '123'],
    [99.97, '100'],
    [12.34, '12.3'],
    [9.999, '10.0'],
    [1.234, '1.23'],
    [0.2345, '0.235'],
    [0, '0.000'],
    [Number.NaN, 'not measured'],
  ])('%d as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe('figureTable', () => {
  const batch: Figure = {
    row: 'batch',
    what: 'events',
    value: 20_000,
    unit: 'events/s',
    target: { is: 'at least', value: 15_000 },
    ratios: { 'PostgreSQL floor': 0.25, 'HTTP floor': 0.5 },
    note: 'runs: 1, 2, 3',
  };
  const single: Figure = { row: 'single', what: 'p95', value: 61.2, unit: 'ms', target: { is: 'under', value: 50 } };

  it('says figure, target, ratios and verdict in words, and the notes below', () => {
    expect(figureTable([batch, single])).toBe(
      [
        'row     what        figure           reach                     ratio',
        'batch   events [1]  20,000 events/s  at least 15,000 events/s  0.250 of PostgreSQL floor, 0.500 of HTTP floor  reached',
        'single  p95         61.2 ms          under 50 ms                                                               missed',
        '',
        '[1] runs: 1, 2, 3',
        '',
      ].join('\n'),
    );
  });

  it('counts notes, not rows', () => {
    expect(figureTable([single, batch])).toContain('events [1]');
  });
});
