import { describe, expect, test } from 'vitest';
import type { AuditRows } from '../../../fairness/audit-types.ts';
import { MISSING } from '../../../fairness/columns.ts';
import { atThreshold, ColumnBuilder, encodeRows, MAX_GROUPS } from '../../../fairness/encode.ts';
import { LedgerError } from '../../../ledger/errors.ts';

const ROWS: AuditRows = {
  labels: [1, 0, 1, null],
  predictions: [1, 1, 0, 0],
  scores: [0.9, 0.6, 0.4, 0.1],
  weights: [1, 2, 0.5, 1],
  attributes: { sex: ['F', 'M', 'M', null], age: [70, 20, 45, 44] },
};

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof LedgerError) return `${error.code} ${error.pointer ?? ''}`;
    throw error;
  }
  return undefined;
}

describe('encodeRows', () => {
  test('numbers classes and groups, sorted by name, missing values as a group', () => {
    const columns = encodeRows(ROWS, {});
    expect(columns.rows).toBe(4);
    expect([...columns.cells]).toEqual([4, 1, 3, 6]);
    expect(columns.attributes[0]).toMatchObject({ name: 'sex', groups: [MISSING, 'F', 'M'] });
    expect([...columns.attributes[0]!.codes]).toEqual([1, 2, 2, 0]);
    expect([...columns.weights!]).toEqual([1, 2, 0.5, 1]);
  });

  test('compares values by their text: numbers, texts and booleans of the same spelling are one group', () => {
    const columns = encodeRows(
      { labels: ['yes', 'no', 'yes'], attributes: { a: [1, '1', true] } },
      { favorable: 'yes' },
    );
    expect(columns.attributes[0]!.groups).toEqual(['1', 'true']);
    expect([...columns.cells]).toEqual([5, 2, 5]);
  });

  test('several labels can be favourable; texts can stand for missing values', () => {
    const rows: AuditRows = { labels: ['NO', '>30', '<30', '?'], attributes: { race: ['?', 'a', 'a', 'b'] } };
    const columns = encodeRows(rows, { favorable: ['NO', '>30'], missing: ['?'] });
    expect([...columns.cells].map((cell) => Math.floor(cell / 3))).toEqual([1, 1, 0, 2]);
    expect(columns.attributes[0]!.groups).toEqual([MISSING, 'a', 'b']);
  });

  test('bins are half open: an edge belongs to the group above it', () => {
    const bins = { age: { edges: [45, 70], names: ['young', 'middle', 'old'] } };
    const { attributes } = encodeRows(ROWS, { bins });
    expect([...attributes[1]!.codes].map((code) => attributes[1]!.groups[code])).toEqual([
      'old',
      'young',
      'middle',
      'young',
    ]);
  });

  test('predictions come from the scores where there are none: at the threshold is favourable', () => {
    const rows: AuditRows = { labels: [1, 1, 0], scores: [0.5, 0.499, 1], attributes: { a: ['x', 'x', 'x'] } };
    expect([...encodeRows(rows, {}).cells]).toEqual([4, 3, 1]);
    expect([...encodeRows(rows, { threshold: 0.6 }).cells]).toEqual([3, 3, 1]);
    expect([...atThreshold(encodeRows(rows, {}), 0.4).cells]).toEqual([4, 4, 1]);
    expect(codeOf(() => atThreshold(encodeRows({ labels: [1], attributes: { a: ['x'] } }, {}), 0.4))).toBe(
      'missing_member /scores',
    );
  });

  test('the order of the rows changes neither groups nor codes', () => {
    const shuffled = { labels: [0, 1], attributes: { a: ['y', 'x'] } };
    const sorted = { labels: [1, 0], attributes: { a: ['x', 'y'] } };
    expect(encodeRows(shuffled, {}).attributes[0]!.groups).toEqual(encodeRows(sorted, {}).attributes[0]!.groups);
  });

  const a = ['x', 'y'];
  test.each<[string, AuditRows, object, string]>([
    ['no row', { labels: [], attributes: { a: [] } }, {}, 'rows_empty '],
    ['a name that is none', { labels: [1], attributes: { ['a'.repeat(257)]: ['x'] } }, {}, 'invalid_value /attributes'],
    ['columns of different length', { labels: [1], attributes: { a } }, {}, 'lengths_differ /attributes/a'],
    ['nothing to measure', { attributes: { a } }, {}, 'missing_member /labels'],
    ['no attribute', { labels: [1, 0], attributes: {} }, {}, 'invalid_value /attributes'],
    ['NaN as a score', { scores: [0.1, Number.NaN], attributes: { a } }, {}, 'invalid_value /scores/1'],
    ['an infinite score', { scores: [0.1, Infinity], attributes: { a } }, {}, 'invalid_value /scores/1'],
    ['a score above 1', { scores: [1.01, 0], attributes: { a } }, {}, 'invalid_value /scores/0'],
    ['a text as a score', { scores: ['0.5' as unknown as number, 0], attributes: { a } }, {}, 'wrong_type /scores/0'],
    ['a negative weight', { labels: [1, 0], weights: [1, -1], attributes: { a } }, {}, 'invalid_value /weights/1'],
    [
      'an infinite weight',
      { labels: [1, 0], weights: [1, Infinity], attributes: { a } },
      {},
      'invalid_value /weights/1',
    ],
    [
      'a weight of which products leave nothing',
      { labels: [1, 0], weights: [1, 1e-13], attributes: { a } },
      {},
      'invalid_value /weights/1',
    ],
    [
      'a label that is favourable and stands for a missing value',
      { labels: [1, 0], attributes: { a } },
      { favorable: [1, 2], missing: ['?', '2'] },
      'invalid_value /favorable',
    ],
    [
      'an attribute named like an intersection of others',
      { labels: [1, 0], attributes: { a, b: a, 'a*b': a } },
      {},
      'invalid_value /attributes',
    ],
    [
      'blanks in an attribute given by bins',
      { labels: [1, 0], attributes: { a: ['30', ' '] } },
      { bins: { a: { edges: [18], names: ['young', 'old'] } } },
      'wrong_type /attributes/a/1',
    ],
    ['weights of 0 alone', { labels: [1, 0], weights: [0, 0], attributes: { a } }, {}, 'invalid_value /weights'],
    ['several thresholds beside predictions', ROWS, { threshold: [0.1, 0.2] }, 'invalid_value /predictions'],
    [
      'bins of texts',
      { labels: [1, 0], attributes: { a } },
      { bins: { a: { edges: [1], names: ['l', 'h'] } } },
      'wrong_type /attributes/a/0',
    ],
    [
      'bins without names',
      { labels: [1, 0], attributes: { a } },
      { bins: { a: { edges: [1], names: ['l'] } } },
      'invalid_value /bins/a',
    ],
    [
      'bins out of order',
      { labels: [1, 0], attributes: { a } },
      { bins: { a: { edges: [2, 1], names: ['l', 'm', 'h'] } } },
      'invalid_value /bins/a',
    ],
  ])('refuses %s', (_, rows, options, expected) => {
    expect(codeOf(() => encodeRows(rows, options))).toBe(expected);
  });

  test('refuses an attribute that is an identifier, however many rows there are', () => {
    const ids = Array.from({ length: MAX_GROUPS + 1 }, (_, i) => `p${i}`);
    expect(codeOf(() => encodeRows({ labels: ids.map(() => 1), attributes: { id: ids } }, {}))).toBe(
      'too_many_groups /attributes/0',
    );
    const builder = new ColumnBuilder(
      { attributes: ['id'], hasLabels: true, hasPredictions: false, hasScores: false, hasWeights: false },
      {},
    );
    const fill = () => {
      for (let i = 0; i < 1_000_000; i += 1) builder.add({ label: 1 }, [i]);
    };
    expect(codeOf(fill)).toBe('too_many_groups /attributes/0');
    expect(builder.rows).toBeLessThanOrEqual(MAX_GROUPS);
  });

  test('no message repeats a value', () => {
    const secret = 'Jane-Doe-1931';
    try {
      encodeRows({ labels: [1], attributes: { a: [secret] } }, { bins: { a: { edges: [1], names: ['l', 'h'] } } });
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error) + String(error)).not.toContain(secret);
    }
  });
});
