import { describe, expect, test } from 'vitest';
import { LedgerError } from '../../../ledger/errors.ts';
import type { AuditOptions, AuditResult, AuditRows, Cell } from '../../../fairness/audit-types.ts';
import { audit } from '../../../fairness/audit/audit.ts';
import { encodeRows } from '../../../fairness/encode.ts';
import { suppressed, suppressedFindings } from '../../../fairness/suppress.ts';
import { PROFILES, REASONS } from '../../../fairness/types.ts';

const CANARY = 'MRN-0042-canary';
const OPTIONS: AuditOptions = { metrics: ['all'], resamples: 20 };

function run(rows: AuditRows, options: AuditOptions = {}): AuditResult {
  const all = { ...OPTIONS, ...options };
  return audit(encodeRows(rows, all), all);
}

/** The code and the pointer of the refusal; its message must not repeat what was sent. */
function refusal(
  rows: AuditRows,
  options: AuditOptions = {},
): { readonly code: string; readonly pointer: string | undefined } {
  try {
    run(rows, options);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    expect(error.message).not.toContain(CANARY);
    expect(error.message).not.toMatch(/NaN|Infinity|-7/u);
    return { code: error.code, pointer: error.pointer };
  }
  throw new Error('nothing was refused');
}

/** Every figure has a finite value or a known reason, and JSON keeps all of it. */
function expectSound(result: AuditResult): void {
  // NaN would come back as null.
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  for (const { status, value, reason } of result.metrics) {
    if (status === 'ok') expect(Number.isFinite(value)).toBe(true);
    else expect(REASONS).toContain(reason);
  }
  const view = suppressed(result.metrics);
  expect(suppressedFindings(result.findings, result.metrics).every(({ figure }) => view[figure]?.status === 'ok')).toBe(
    true,
  );
}

const n = 80;
const repeat = <T extends Cell>(value: T, length = n): T[] => new Array<T>(length).fill(value);
const cycle = (values: readonly Cell[], length = n): Cell[] =>
  Array.from({ length }, (_, i) => values[i % values.length]!);
const numbers = (value: number): number[] => Array.from({ length: n }, (_, i) => (i === 3 ? value : (i % 10) / 10));
const sex = cycle(['F', 'M']);
const labels = cycle([1, 1, 0]);
const predictions = cycle([1, 0]);

describe('refused, with a code and a place', () => {
  test.each<[string, AuditRows, string, string | undefined]>([
    ['no row', { labels: [], predictions: [], attributes: { sex: [] } }, 'rows_empty', undefined],
    ['no attribute', { labels, attributes: {} }, 'invalid_value', '/attributes'],
    ['an attribute without a name', { labels, attributes: { '': sex } }, 'invalid_value', '/attributes'],
    ['nothing to measure', { attributes: { sex } }, 'missing_member', '/labels'],
    ['fewer predictions', { labels, predictions: [1], attributes: { sex } }, 'lengths_differ', '/predictions'],
    ['fewer values of an attribute', { labels, attributes: { sex: ['F'] } }, 'lengths_differ', '/attributes/sex'],
    ['fewer weights', { labels, weights: [1], attributes: { sex } }, 'lengths_differ', '/weights'],
    ['a score of NaN', { scores: numbers(NaN), attributes: { sex } }, 'invalid_value', '/scores/3'],
    ['an infinite score', { scores: numbers(Infinity), attributes: { sex } }, 'invalid_value', '/scores/3'],
    ['a score above 1', { scores: numbers(1.01), attributes: { sex } }, 'invalid_value', '/scores/3'],
    ['a score below 0', { scores: numbers(-7), attributes: { sex } }, 'invalid_value', '/scores/3'],
    ['a negative weight', { labels, weights: numbers(-7), attributes: { sex } }, 'invalid_value', '/weights/3'],
    ['a weight of NaN', { labels, weights: numbers(NaN), attributes: { sex } }, 'invalid_value', '/weights/3'],
    ['an infinite weight', { labels, weights: numbers(Infinity), attributes: { sex } }, 'invalid_value', '/weights/3'],
    ['weights of 0 alone', { labels, weights: repeat(0), attributes: { sex } }, 'invalid_value', '/weights'],
  ])('%s', (_, rows, code, pointer) => {
    expect(refusal(rows)).toEqual({ code, pointer });
  });

  test('a score that is text', () => {
    const scores = numbers(0.5) as unknown as (number | string)[];
    scores[5] = CANARY;
    expect(refusal({ scores: scores as number[], attributes: { sex } })).toEqual({
      code: 'wrong_type',
      pointer: '/scores/5',
    });
  });

  test('text in an attribute given by bins', () => {
    const bins = { age: { edges: [40], names: ['young', 'old'] } };
    const age = cycle([30, 50]);
    age[2] = CANARY;
    expect(refusal({ labels, attributes: { age } }, { bins })).toEqual({
      code: 'wrong_type',
      pointer: '/attributes/age/2',
    });
  });

  test('a million distinct groups, at once', () => {
    const ids = Array.from({ length: 1_000_000 }, (_, i) => `${CANARY}-${i}`);
    const rows = { labels: new Array<number>(ids.length).fill(1), attributes: { id: ids } };
    expect(refusal(rows)).toEqual({ code: 'too_many_groups', pointer: '/attributes/0' });
  });

  test('intersections with more groups than anybody reads', () => {
    const many = (step: number): Cell[] => Array.from({ length: 20_000 }, (_, i) => `${Math.floor(i / step) % 997}`);
    const rows = { labels: new Array<number>(20_000).fill(1), attributes: { a: many(1), b: many(20) } };
    expect(refusal(rows, { intersections: 2, metrics: ['base_rate'] })).toMatchObject({
      code: expect.stringMatching(/too_many_groups|audit_too_large/u) as string,
    });
  });

  test('more attributes and intersections than an audit measures', () => {
    const attributes = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`a${i}`, sex]));
    expect(refusal({ labels, attributes }, { intersections: 3 })).toEqual({
      code: 'audit_too_large',
      pointer: '/intersections',
    });
  });

  test('several thresholds without scores', () => {
    const rows = { labels, predictions, attributes: { sex } };
    expect(refusal(rows, { threshold: [0.4, 0.6] })).toEqual({ code: 'missing_member', pointer: '/scores' });
  });

  test('metrics, references and control features that are not there', () => {
    const rows = { labels, predictions, attributes: { sex } };
    expect(refusal(rows, { metrics: [CANARY] }).code).toBe('unknown_metric');
    expect(refusal(rows, { reference: { sex: CANARY } }).code).toBe('unknown_group');
    expect(refusal(rows, { reference: { [CANARY]: 'F' } }).code).toBe('unknown_group');
    expect(refusal(rows, { control: [CANARY] }).code).toBe('unknown_group');
  });
});

describe.each(PROFILES.map((profile) => [profile] as const))(
  'figures with a reason instead of a number, by %s',
  (profile) => {
    const attributes = { sex, race: cycle(['a', 'b', 'c']) };
    test.each<[string, AuditRows]>([
      ['one group', { labels, predictions, attributes: { sex: repeat('F') } }],
      ['one row', { labels: [1], predictions: [1], attributes: { sex: ['F'] } }],
      ['no positives', { labels: repeat(0), predictions, attributes }],
      ['no negatives', { labels: repeat(1), predictions, attributes }],
      ['no predicted positives', { labels, predictions: repeat(0), attributes }],
      ['no predicted negatives', { labels, predictions: repeat(1), attributes }],
      ['no positives in one group', { labels: cycle([1, 0]), predictions, attributes: { sex } }],
      ['all labels missing', { labels: repeat(null), predictions, attributes }],
      ['all predictions missing', { labels, predictions: repeat(null), attributes }],
      ['labels and predictions missing', { labels: repeat(null), predictions: repeat(''), attributes }],
      ['all values of the attribute missing', { labels, predictions, attributes: { sex: repeat(null) } }],
      ['scores all the same', { labels, scores: repeat(0.5), attributes }],
      ['scores of 0 and 1 alone', { labels, scores: cycle([0, 1]) as number[], attributes }],
      ['scores without labels', { scores: numbers(0.3), attributes }],
      ['weights that are far apart', { labels, predictions, weights: cycle([1e12, 1e-12]) as number[], attributes }],
      [
        'weights of 0 for a whole group',
        { labels, predictions, weights: cycle([0, 1]) as number[], attributes: { sex } },
      ],
      ['labels of several kinds', { labels: cycle([1, '1', true, 'yes', 0, 2.5]), predictions, attributes }],
    ])('%s', (_, rows) => {
      expectSound(run(rows, { profile, minimumCell: 1, intersections: 2 }));
      expectSound(run(rows, { profile }));
    });

    test('names that objects have of their own are names', () => {
      const odd = { constructor: sex, toString: cycle(['__proto__', 'hasOwnProperty', 'a*b']) };
      const result = run({ labels, predictions, attributes: odd }, { profile, minimumCell: 1, intersections: 2 });
      expectSound(result);
      expect(new Set(result.metrics.map(({ attribute }) => attribute))).toContain('toString');
      expect(new Set(result.metrics.map(({ group }) => group))).toContain('__proto__');
    });
  },
);

describe('strict', () => {
  test('no positives anywhere: undefined, with that reason, and never 0 or 1', () => {
    const { metrics } = run({ labels: repeat(0), predictions, attributes: { sex } });
    const rates = metrics.filter(
      ({ name }) => name === 'true_positive_rate' || name === 'equal_opportunity_difference',
    );
    expect(rates.length).toBeGreaterThan(2);
    for (const { value, status, reason } of rates) {
      expect({ value, status, reason }).toEqual({ value: null, status: 'undefined', reason: 'no_positives' });
    }
  });

  test('one and "1" are the same group and the same label', () => {
    const { metrics } = run(
      { labels: cycle([1, '1']), attributes: { code: cycle([1, '1']) } },
      { metrics: ['base_rate'] },
    );
    expect(metrics.map(({ group, value }) => [group, value])).toEqual([
      [null, 1],
      ['1', 1],
    ]);
  });

  test('groups below the smallest cell are insufficient, whatever they hold', () => {
    const { metrics } = run({
      labels,
      predictions,
      attributes: { sex: cycle(['F', 'M', 'M', 'M', 'M', 'M', 'M', 'M']) },
    });
    const small = metrics.filter(({ group, name }) => group === 'F' && name === 'selection_rate');
    expect(small).toMatchObject([{ value: null, status: 'insufficient', reason: 'cell_too_small', n: 10 }]);
  });
});
