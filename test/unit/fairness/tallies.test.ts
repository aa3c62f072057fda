import { describe, expect, test } from 'vitest';
import { intersect, mergeGroups, tally, totalOf } from '../../../fairness/cells.ts';
import { type AuditColumns, CELLS } from '../../../fairness/columns.ts';
import { encodeRows } from '../../../fairness/encode.ts';
import { Tallies } from '../../../fairness/tallies.ts';
import { createRandom } from '../../../numerics/random.ts';

function someRows(seed: string, rows: number, groups: readonly number[], weighted = true): AuditColumns {
  const random = createRandom(seed);
  const draw = (n: number) => Array.from({ length: rows }, () => random.below(n));
  const attributes = Object.fromEntries(
    groups.map((n, i) => [`a${i}`, draw(n).map((code) => (code === 0 ? null : `g${code}`))]),
  );
  const labels = draw(3).map((code) => [1, 0, null][code] ?? null);
  const scores = Array.from({ length: rows }, () => random.next());
  const weights = Array.from({ length: rows }, () => random.next());
  return encodeRows({ labels, scores, ...(weighted ? { weights } : {}), attributes }, {});
}

/** Sums by plain loops, by names. */
function slowly(columns: AuditColumns, members: readonly number[]): ReadonlyMap<string, number[]> {
  const sums = new Map<string, number[]>();
  for (let row = 0; row < columns.rows; row += 1) {
    const name = members.map((m) => columns.attributes[m]!.groups[columns.attributes[m]!.codes[row]!]!).join('*');
    const key = `${name} ${columns.cells[row]!}`;
    const w = columns.weights?.[row] ?? 1;
    const s = columns.scores![row]!;
    const before = sums.get(key) ?? [0, 0, 0, 0, 0];
    sums.set(key, [before[0]! + 1, before[1]! + w, before[2]! + w * w, before[3]! + w * s, before[4]! + w * s * s]);
  }
  return sums;
}

function expectSame(table: ReturnType<typeof tally>, slow: ReadonlyMap<string, number[]>): void {
  let seen = 0;
  for (const [i, group] of table.groups.entries()) {
    for (let cell = 0; cell < CELLS; cell += 1) {
      const at = i * CELLS + cell;
      const expected = slow.get(`${group} ${cell}`) ?? [0, 0, 0, 0, 0];
      if (slow.has(`${group} ${cell}`)) seen += 1;
      const found = [table.rows, table.weight, table.weightSquared, table.score!, table.scoreSquared!].map(
        (sums) => sums[at]!,
      );
      for (const [j, value] of found.entries()) expect(value).toBeCloseTo(expected[j]!, 9);
    }
  }
  expect(seen).toBe(slow.size);
}

describe('tallies', () => {
  test.each([
    ['counted together', [3, 4, 2]],
    ['too many combinations to count together', [40, 30, 20]],
    ['one attribute', [5]],
  ])('tables of every combination equal plain loops: %s', (_, groups) => {
    for (const weighted of [true, false]) {
      const columns = someRows(`tallies ${groups.join()}`, 700, groups, weighted);
      const tallies = new Tallies(columns);
      const positions = groups.map((__, i) => i);
      const sets = [
        ...positions.map((p) => [p]),
        ...positions.flatMap((p) => positions.filter((q) => q > p).map((q) => [p, q])),
        positions,
      ];
      for (const members of sets) {
        const table = tallies.table(members);
        expectSame(table, slowly(columns, members));
        // The codes that go with it number the same groups.
        expect(tallies.column(members).groups).toEqual(table.groups);
        expectSame(tally(columns, tallies.column(members)), slowly(columns, members));
      }
    }
  });

  test('merging all groups is the whole population', () => {
    const columns = someRows('merge', 300, [4]);
    const table = new Tallies(columns).table([0]);
    const total = totalOf(table);
    expect(total.rows.reduce((all, n) => all + n)).toBe(300);
    expect(mergeGroups(table, 'x', [0, 1, 2, 3]).weight).toEqual(total.weight);
  });

  test('an intersection holds only the combinations that occur', () => {
    const columns = encodeRows({ labels: [1, 0], attributes: { a: ['x', 'y'], b: ['u', 'v'] } }, {});
    expect(intersect(columns.attributes).groups).toEqual(['x*u', 'y*v']);
    expect(new Tallies(columns).table([0, 1]).groups).toEqual(['x*u', 'y*v']);
  });

  test('an intersection in which everybody is alone is refused', () => {
    const n = 12_000;
    const many = () => Array.from({ length: n }, (_, i) => `${i % 1_000}`);
    const columns = encodeRows(
      {
        labels: many().map(() => 1),
        attributes: { a: many(), b: Array.from({ length: n }, (_, i) => `${Math.floor(i / 1_000)}`) },
      },
      {},
    );
    expect(() => intersect(columns.attributes)).toThrow(expect.objectContaining({ code: 'too_many_groups' }));
  });

  test('combinations of many attributes are told apart, beyond what doubles count', () => {
    const values = Array.from({ length: 1_000 }, (_, i) => `${1_000 + i}`);
    // One row more, which differs from the last one in the last attribute alone.
    const all = [...values, '1999'];
    const last = [...values, '1998'];
    const columns = encodeRows(
      { labels: all.map(() => 1), attributes: { a: all, b: all, c: all, d: all, e: all, f: last } },
      {},
    );
    expect(intersect(columns.attributes).groups).toHaveLength(1_001);
  });

  test.each([
    ['counted together', 2],
    ['too many combinations to count together', 5_000],
  ])('two combinations of one name are refused: %s', (_, others) => {
    const rows = Array.from({ length: others }, (__, i) => `${i % 1_000}`);
    const columns = encodeRows(
      {
        labels: rows.map(() => 1),
        attributes: {
          a: rows.map((__, i) => (i % 2 === 0 ? 'x' : 'x*y')),
          b: rows.map((__, i) => (i % 2 === 0 ? 'y*z' : 'z')),
          c: rows,
          d: rows.map((__, i) => `${i % 7}`),
        },
      },
      {},
    );
    const sets = [() => new Tallies(columns).table([0, 1]), () => new Tallies(columns).column([0, 1])];
    for (const work of sets) expect(work).toThrow(expect.objectContaining({ code: 'invalid_value' }));
    expect(new Tallies(columns).table([0]).groups).toEqual(['x', 'x*y']);
  });
});
