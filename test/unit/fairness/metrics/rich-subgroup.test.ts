import { describe, expect, test } from 'vitest';
import { cellIndex } from '../../../../fairness/columns.ts';
import { richSubgroup, richSubgroupOf } from '../../../../fairness/metrics/rich-subgroup.ts';

/** Black women and white men have all the false positives; neither sex nor race alone shows anything. */
function gerrymandered() {
  const sex = Uint8Array.from({ length: 80 }, (_, row) => row % 2);
  const race = Uint8Array.from({ length: 80 }, (_, row) => (row >> 1) % 2);
  const cells = Uint8Array.from(sex, (own, row) => cellIndex(0, own === race[row] ? 1 : 0));
  const attributes = [
    { name: 'sex', groups: ['F', 'M'], codes: sex },
    { name: 'race', groups: ['Black', 'White'], codes: race },
  ];
  return { rows: 80, cells, attributes };
}

describe('rich subgroup', () => {
  test('by hand: one group has all false positives', () => {
    const columns = [Float64Array.of(0, 0, 1, 1, 1)];
    const found = richSubgroup(columns, Uint8Array.of(0, 0, 0, 0, 1), Float64Array.of(0, 0, 1, 1, 0), 'FP');
    // Rate 1 in the group of 2 against 2/4 of everybody: 1/2 · 2/5.
    expect(found).toMatchObject({ value: 0.2, direction: 'above', members: 2, memberErrors: 2, audited: 4, n: 5 });
  });

  test('of an audit: a half-space cannot see an exclusive or, and says so by a disparity of 0', () => {
    expect(richSubgroupOf(gerrymandered(), 'FP').value).toBe(0);
  });

  test('of an audit: the intersection as an attribute of its own shows it', () => {
    const { rows, cells, attributes } = gerrymandered();
    const codes = Uint8Array.from(
      { length: rows },
      (_, row) => attributes[0]!.codes[row]! * 2 + attributes[1]!.codes[row]!,
    );
    const both = { name: 'sex*race', groups: ['a', 'b', 'c', 'd'], codes };
    const found = richSubgroupOf({ rows, cells, attributes: [both] }, 'FP');
    expect(found).toMatchObject({ direction: 'above', members: 40, memberErrors: 40, audited: 80, auditedErrors: 40 });
    expect(found.value).toBe(0.25);
  });

  test('the order of the groups plays no part; rows without label or prediction are left out', () => {
    const { rows, cells, attributes } = gerrymandered();
    const labelled = cells.map((cell, row) => (row < 8 ? cellIndex(2, 1) : row < 16 ? cellIndex(0, 2) : cell));
    const some = { rows, cells: labelled.map((cell, row) => (row % 6 === 0 ? cellIndex(0, 1) : cell)), attributes };
    const swapped = attributes.map(({ name, groups, codes }) => ({
      name,
      groups: [...groups].reverse(),
      codes: codes.map((code) => 1 - code),
    }));
    const found = richSubgroupOf(some, 'FP');
    expect(found.value).toBeGreaterThan(0);
    expect(richSubgroupOf({ ...some, attributes: swapped }, 'FP')).toEqual(found);
    expect(found.n).toBeLessThan(rows);
  });

  test('columns of another length are refused', () => {
    expect(() => richSubgroup([new Float64Array(2)], new Uint8Array(3), new Float64Array(3), 'FP')).toThrow(
      expect.objectContaining({ code: 'lengths_differ' }),
    );
  });
});
