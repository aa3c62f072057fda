import { describe, expect, test } from 'vitest';
import { type AuditColumns, cellIndex } from '../../../../fairness/columns.ts';
import { libraryScore, mdssScan, mdssScore, subsetOfGroups } from '../../../../fairness/metrics/mdss.ts';
import { createRandom } from '../../../../numerics/random.ts';

const floats = (...values: number[]): Float64Array => Float64Array.from(values);

/** Scores are calibrated but for women in the north, whose odds are four times what the model says. */
function planted(rows: number, seed: string): AuditColumns {
  const random = createRandom(seed);
  const codes = [2, 4, 3].map((size) => Uint8Array.from({ length: rows }, () => random.below(size)));
  const scores = Float64Array.from({ length: rows }, () => 0.1 + 0.6 * random.next());
  const cells = Uint8Array.from(scores, (score, row) => {
    const odds = (score / (1 - score)) * (codes[0]![row] === 0 && codes[1]![row] === 1 ? 4 : 1);
    return cellIndex(random.next() < odds / (1 + odds) ? 1 : 0, score >= 0.5 ? 1 : 0);
  });
  const groups = [
    ['F', 'M'],
    ['east', 'north', 'south', 'west'],
    ['a', 'b', 'c'],
  ];
  const attributes = ['sex', 'region', 'ward'].map((name, i) => ({ name, groups: groups[i]!, codes: codes[i]! }));
  return { rows, cells, scores, attributes };
}

describe('score of a subset', () => {
  test('as the library: rounded to 4 decimals, q in steps of 1e-3 (aif360 0.6.1 on these rows)', () => {
    const options = { scoring: 'Bernoulli', penalty: 1e-17 } as const;
    const [outcomes, expectations] = [floats(1, 1, 0, 1, 0), floats(0.2, 0.5, 0.4, 0.3, 0.6)];
    expect(libraryScore(outcomes, expectations, 1, { ...options, direction: 'positive' })).toBe(0.4439);
    expect(libraryScore(outcomes, expectations, 1, { ...options, direction: 'negative' })).toBe(0);
  });

  test('strict: by hand where all expectations are the same', () => {
    // 30 of 40 observed, 20 expected: q = 3, score = 30·ln 3 − 40·ln 2.
    const cells = Uint8Array.from({ length: 40 }, (_, row) => cellIndex(row < 30 ? 1 : 0, 0));
    const scores = new Float64Array(40).fill(0.5);
    const attribute = { name: 'sex', groups: ['F'], codes: new Uint8Array(40) };
    const columns = { rows: 40, cells, scores, attributes: [attribute] };
    const score = mdssScore(columns, { sex: ['F'] }, 'positive', { penalty: 0 });
    expect(score.q).toBeCloseTo(3, 10);
    expect(score.value).toBeCloseTo(30 * Math.log(3) - 40 * Math.log(2), 10);
    expect(score).toMatchObject({ observed: 30, expected: 20, n: 40, status: 'ok', denominator: 1 });
    expect(mdssScore(columns, { sex: ['F'] }, 'positive', { penalty: 0.5 }).value).toBeCloseTo(score.value! - 0.5, 10);
    expect(mdssScore(columns, { sex: ['F'] }, 'negative', { penalty: 0 })).toMatchObject({ value: 0, q: 1 });
    // Berk-Jones against a share of one half: the same likelihood ratio.
    const share = mdssScore(columns, { sex: ['F'] }, 'positive', { scoring: 'BerkJones', alpha: 0.5, penalty: 0 });
    expect(share.value).toBeCloseTo(score.value!, 10);
    const poisson = mdssScore(columns, { sex: ['F'] }, 'positive', { scoring: 'Poisson', penalty: 0 });
    expect(poisson.value).toBeCloseTo(30 * Math.log(1.5) - 10, 10);
  });

  test('strict: everybody has the outcome: the limit for q to infinity; the library stops at 1000', () => {
    const cells = new Uint8Array(20).fill(cellIndex(1, 1));
    const scores = new Float64Array(20).fill(0.25);
    const columns = { rows: 20, cells, scores, attributes: [{ name: 'g', groups: ['x'], codes: new Uint8Array(20) }] };
    const strict = mdssScore(columns, { g: ['x'] }, 'positive', { penalty: 0 });
    expect(strict.q).toBeNull();
    expect(strict.value).toBeCloseTo(20 * Math.log(4), 12);
    const library = mdssScore(columns, { g: ['x'] }, 'positive', { convention: 'aif360@0.6' });
    expect(library.q).toBeGreaterThan(999);
    expect(library.value).toBeLessThan(strict.value!);
    expect(library.value).toBeCloseTo(strict.value!, 0);
  });

  test('strict: more outcomes than were called possible: no score is the highest; hard predictions are no probabilities', () => {
    const attributes = [{ name: 'g', groups: ['x'], codes: new Uint8Array(2) }];
    const cells = Uint8Array.of(cellIndex(1, 0), cellIndex(0, 0));
    const impossible = mdssScore({ rows: 2, cells, scores: floats(0, 0), attributes }, { g: ['x'] }, 'positive');
    expect(impossible).toMatchObject({ status: 'undefined', reason: 'not_converged', value: null, q: null });
    const hard = mdssScore({ rows: 2, cells, attributes }, { g: ['x'] }, 'positive');
    expect(hard).toMatchObject({ status: 'undefined', reason: 'no_scores' });
    const library = mdssScore({ rows: 2, cells, attributes }, { g: ['x'] }, 'positive', { convention: 'aif360@0.6' });
    expect(library.status).toBe('ok');
  });

  test('rows without a label are left out; a subset of nobody is undefined', () => {
    const columns = planted(200, 'missing');
    const cells = columns.cells.map((cell, row) => (row % 2 === 0 ? cellIndex(2, cell % 3) : cell));
    const some = mdssScore({ ...columns, cells }, { sex: ['F'] }, 'positive');
    const rows = [...columns.cells.keys()].filter((row) => row % 2 === 1 && columns.attributes[0]!.codes[row] === 0);
    expect(some.n).toBe(rows.length);
    const nobody = mdssScore({ ...columns, cells: columns.cells.fill(cellIndex(2, 0)) }, { sex: ['F'] }, 'positive');
    expect(nobody).toMatchObject({ status: 'undefined', reason: 'no_rows', n: 0 });
  });

  test('groups are joined as the library joins them: any value of an attribute, all attributes, names twice count twice', () => {
    const groups = [{ sex: 'F', region: 'north' }, { sex: 'F' }, { region: 'south' }];
    expect(subsetOfGroups(groups)).toEqual({ sex: ['F', 'F'], region: ['north', 'south'] });
    const columns = planted(300, 'twice');
    const score = (sex: string[]): number => mdssScore(columns, { sex }, 'positive', { penalty: 1 }).value!;
    expect(score(['F', 'F'])).toBeCloseTo(score(['F']) - 1, 12);
  });

  test('unknown names are refused, without the name; Berk-Jones needs an alpha', () => {
    const columns = planted(50, 'names');
    const code = (value: string): unknown => expect.objectContaining({ code: value });
    expect(() => mdssScore(columns, { sex: ['X'] }, 'positive')).toThrow(code('unknown_group'));
    expect(() => mdssScore(columns, { age: ['F'] }, 'positive')).toThrow(code('unknown_group'));
    expect(() => mdssScan(columns, { attributes: ['age'] })).toThrow(code('unknown_group'));
    expect(() => mdssScan(columns, { scoring: 'BerkJones' })).toThrow(code('missing_member'));
    expect(() => mdssScan(columns, { scoring: 'BerkJones', alpha: 1 })).toThrow(code('invalid_value'));
  });
});

describe('scan', () => {
  const columns = planted(4000, 'planted');

  test.each(['strict', 'aif360@0.6'] as const)(
    '%s finds the planted subset, and little in the other direction',
    (convention) => {
      const { positive, negative } = mdssScan(columns, { convention, penalty: 2 });
      expect(positive.subset).toEqual({ sex: ['F'], region: ['north'] });
      expect(positive.value).toBeGreaterThan(40);
      expect(negative.value).toBeLessThan(10);
      expect(positive.observed).toBeGreaterThan(positive.expected);
    },
  );

  test('a subset’s score is what scoring it says', () => {
    const { positive } = mdssScan(columns, { penalty: 2 });
    const { subset, ...score } = positive;
    expect(mdssScore(columns, subset, 'positive', { penalty: 2 })).toEqual(score);
  });

  test('the same seed, the same result; the attributes searched can be named', () => {
    expect(mdssScan(columns, { seed: 'x' })).toEqual(mdssScan(columns, { seed: 'x' }));
    const { positive } = mdssScan(columns, { attributes: ['ward'], penalty: 0.01 });
    expect(Object.keys(positive.subset)).not.toContain('sex');
  });

  test('nothing to search: undefined, not a crash', () => {
    const empty = { rows: 0, cells: new Uint8Array(), scores: new Float64Array(), attributes: [] };
    expect(mdssScan(empty).positive).toMatchObject({ status: 'undefined', reason: 'no_rows', subset: {} });
  });

  test('Berk-Jones in the negative direction holds low shares against alpha', () => {
    const { negative } = mdssScan(columns, { scoring: 'BerkJones', alpha: 0.7, penalty: 1 });
    expect(negative.value).toBeGreaterThan(0);
    expect(negative.q).toBeLessThan(0.7);
  });
});
