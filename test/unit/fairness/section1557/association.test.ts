import { describe, expect, test } from 'vitest';
import { contingency, cramersV, etaSquared } from '../../../../fairness/section1557/association.ts';
import { inputLevels, NO_LEVEL } from '../../../../fairness/section1557/input-levels.ts';
import {
  type PermutationTest,
  permutationTests,
  STOP_AFTER,
  TESTED_ROWS,
  testedRows,
} from '../../../../fairness/section1557/permutation.ts';
import { createRandom, type Random } from '../../../../numerics/random.ts';
import { shuffle } from '../../../../numerics/sampling.ts';

/** From expected counts. */
function slowChiSquared(a: readonly number[], b: readonly number[]): number {
  const n = a.length;
  const [rows, columns] = [[...new Set(a)], [...new Set(b)]];
  let chiSquared = 0;
  for (const row of rows) {
    for (const column of columns) {
      const observed = a.filter((value, i) => value === row && b[i] === column).length;
      const expected = (a.filter((value) => value === row).length * b.filter((value) => value === column).length) / n;
      chiSquared += (observed - expected) ** 2 / expected;
    }
  }
  return chiSquared;
}

/** By the textbook: χ², then the correction. */
function slowCramersV(a: readonly number[], b: readonly number[]): number {
  const n = a.length;
  const [r, c] = [new Set(a).size, new Set(b).size];
  const corrected = Math.max(0, slowChiSquared(a, b) / n - ((r - 1) * (c - 1)) / (n - 1));
  return Math.sqrt(corrected / Math.min(r - (r - 1) ** 2 / (n - 1) - 1, c - (c - 1) ** 2 / (n - 1) - 1));
}

/** One minus the variance within groups over the variance. */
function slowEtaSquared(values: readonly number[], groups: readonly number[]): number {
  const mean = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0) / of.length;
  const spread = (of: readonly number[]): number => of.reduce((sum, value) => sum + (value - mean(of)) ** 2, 0);
  const within = [...new Set(groups)].map((group) => spread(values.filter((_, i) => groups[i] === group)));
  return 1 - within.reduce((sum, one) => sum + one, 0) / spread(values);
}

/** One input against one attribute. */
function testOf(
  levels: ArrayLike<number>,
  groups: ArrayLike<number>,
  { permutations = 999, random = createRandom('one') }: { permutations?: number; random?: Random } = {},
): PermutationTest {
  const input = {
    codes: Uint16Array.from(levels),
    levels: 1 + Math.max(0, ...Array.from(levels).filter((l) => l < NO_LEVEL)),
  };
  const attribute = { codes: groups, groups: 1 + Math.max(0, ...Array.from(groups).filter((g) => g < NO_LEVEL)) };
  return permutationTests([input], attribute, { permutations, random })[0]!;
}

function codes(random: Random, n: number, levels: number): number[] {
  return Array.from({ length: n }, () => random.below(levels));
}

describe('association', () => {
  test("Cramér's V and η² are what the textbook gives", () => {
    const random = createRandom('slow reference');
    for (let round = 0; round < 60; round += 1) {
      const n = 20 + random.below(200);
      const groups = codes(random, n, 2 + random.below(4));
      // Of every second round the input follows the group.
      const levels = groups.map((group) => (round % 2 === 0 && random.below(3) > 0 ? group : random.below(5)));
      const table = contingency(levels, groups, { levels: 5, groups: 5 });
      expect(cramersV(table)).toBeCloseTo(slowCramersV(levels, groups), 10);
      const values = groups.map((group) => 1e6 + random.next() * 3 + (round % 2) * group);
      expect(etaSquared(Float64Array.from(values), groups, 5)).toBeCloseTo(slowEtaSquared(values, groups), 8);
    }
  });

  test('the same column is 1, without association it is near 0 however large the table', () => {
    const random = createRandom('ends');
    const a = codes(random, 500, 4);
    expect(cramersV(contingency(a, a, { levels: 4, groups: 4 }))).toBeCloseTo(1, 12);
    const values = Array.from({ length: 200 }, () => {
      const table = contingency(codes(random, 300, 20), codes(random, 300, 6), { levels: 20, groups: 6 });
      return cramersV(table)!;
    });
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeLessThan(0.06);
    expect(etaSquared(Float64Array.from(a), a, 4)).toBeCloseTo(1, 12);
  });

  test('is not defined with one level, one group, one value, or nothing', () => {
    expect(cramersV(contingency([0, 0, 0], [0, 1, 0], { levels: 3, groups: 2 }))).toBeUndefined();
    expect(cramersV(contingency([0, 1, 0], [1, 1, 1], { levels: 3, groups: 2 }))).toBeUndefined();
    expect(cramersV(contingency([], [], { levels: 3, groups: 2 }))).toBeUndefined();
    expect(cramersV(contingency([NO_LEVEL, NO_LEVEL], [0, 1], { levels: 0, groups: 2 }))).toBeUndefined();
    expect(etaSquared(Float64Array.of(1, 1, 1), [0, 1, 1], 2)).toBeUndefined();
    expect(etaSquared(Float64Array.of(1, 2, NaN), [0, 0, 1], 2)).toBeUndefined();
    expect(etaSquared(Float64Array.of(1.7e308, -1.7e308, 1.7e308), [0, 1, 0], 2)).toBeUndefined();
    const nothing = { pValue: null, permutations: 0 };
    expect(testOf([0, 0, 0], [0, 1, 0])).toEqual(nothing);
    expect(testOf([0, 1, 0], [1, 1, 1])).toEqual(nothing);
    expect(testOf([NO_LEVEL, NO_LEVEL], [1, 0])).toEqual(nothing);
    expect(testOf([], [])).toEqual(nothing);
  });
});

describe('permutation test', () => {
  test('finds an association with the smallest p-value there is', () => {
    const random = createRandom('found');
    const groups = codes(random, 400, 3);
    const levels = groups.map((group) => (random.below(2) === 0 ? group : random.below(3)));
    expect(testOf(levels, groups, { permutations: 499 })).toEqual({ pValue: 1 / 500, permutations: 499 });
  });

  test('sees numbers that differ between groups in spread alone', () => {
    const random = createRandom('spread');
    const groups = codes(random, 2_000, 2);
    const values = Float64Array.from(groups, (group) => (random.next() - 0.5) * (group === 0 ? 1 : 3));
    expect(etaSquared(values, groups, 2)).toBeLessThan(0.01);
    expect(testOf(inputLevels(values).codes, groups, { permutations: 199 }).pValue).toBe(1 / 200);
  });

  test('without association p-values are uniform (Kolmogorov and Smirnov, seeded), and it stops early', () => {
    const random = createRandom('uniform');
    const rounds = 800;
    const results = Array.from({ length: rounds }, () =>
      testOf(codes(random, 150, 6), codes(random, 150, 3), { random }),
    );
    const pValues = results.map(({ pValue }) => pValue!).sort((a, b) => a - b);
    const distance = Math.max(...pValues.map((p, i) => Math.max((i + 1) / rounds - p, p - i / rounds)));
    // 1.95 / √n: exceeded once in a thousand seeds.
    expect(distance).toBeLessThan(1.95 / Math.sqrt(rounds));
    expect(pValues.filter((p) => p <= 0.05).length / rounds).toBeLessThan(0.075);
    const made = results.reduce((sum, { permutations }) => sum + permutations, 0) / rounds;
    expect(made).toBeLessThan(200);
    expect(made).toBeGreaterThan(STOP_AFTER);
  });

  test('is what shuffling rows one at a time and χ² by the textbook give', () => {
    const random = createRandom('shuffled');
    const [levels, groups] = [codes(random, 80, 4), codes(random, 80, 3)];
    for (let i = 0; i < 30; i += 1) levels[i] = groups[i]!;
    // Rows without a level have no part in it.
    for (let i = 30; i < 36; i += 1) levels[i] = NO_LEVEL;
    const known = (of: readonly number[]): number[] => of.filter((_, i) => levels[i] !== NO_LEVEL);
    const seen = slowChiSquared(known(levels), known(groups));
    const shuffled = [...groups];
    const again = createRandom('same');
    let extreme = 0;
    for (let round = 0; round < 400; round += 1) {
      shuffle(again, shuffled);
      if (slowChiSquared(known(levels), known(shuffled)) >= seen - 1e-9) extreme += 1;
    }
    const { pValue, permutations } = testOf(levels, groups, { permutations: 400, random: createRandom('same') });
    expect(extreme).toBeLessThan(STOP_AFTER);
    expect(permutations).toBe(400);
    expect(pValue).toBe((extreme + 1) / 401);
  });

  test('many rows are tested by a part of them, each once', () => {
    const rows = testedRows(60_000, createRandom('part'));
    expect(rows).toHaveLength(TESTED_ROWS);
    expect(new Set(rows).size).toBe(TESTED_ROWS);
    expect([...rows]).toEqual([...rows].sort((a, b) => a - b));
    expect(rows.reduce((sum, row) => sum + row, 0) / TESTED_ROWS).toBeGreaterThan(28_000);
    expect(rows[TESTED_ROWS - 1]).toBeLessThan(60_000);
    expect([...testedRows(3, createRandom('part'))]).toEqual([0, 1, 2]);
  });
});

describe('inputs as levels', () => {
  test('numbers with many values are bins of equal mass, equal values in one', () => {
    const values = Float64Array.from({ length: 3_200 }, (_, i) => (i < 800 ? 0 : i));
    const { kind, codes: levels, levels: count } = inputLevels(values);
    expect(kind).toBe('numeric');
    expect(new Set(levels.slice(0, 800))).toEqual(new Set([0]));
    expect(count).toBeGreaterThan(20);
    expect(count).toBeLessThanOrEqual(32);
    const sizes = new Map<number, number>();
    for (const level of levels) sizes.set(level, (sizes.get(level) ?? 0) + 1);
    expect(Math.max(...[...sizes].filter(([level]) => level > 0).map(([, size]) => size))).toBeLessThanOrEqual(101);
  });

  test('texts that are numbers are numbers, few numbers are categories, everything else is text', () => {
    const texts = Array.from({ length: 100 }, (_, i) => String(i / 4));
    expect(inputLevels(texts).kind).toBe('numeric');
    expect(inputLevels([...texts, 'n/a']).kind).toBe('categorical');
    expect(inputLevels([1, 2, 1, 2])).toMatchObject({ kind: 'categorical', levels: 2 });
    expect(inputLevels([true, false, null, ''])).toMatchObject({ kind: 'categorical', levels: 2, missing: 2 });
  });

  test('nothing finite is nothing at all', () => {
    expect(inputLevels(Float64Array.of(NaN, Infinity, -Infinity))).toMatchObject({ levels: 0, missing: 3 });
    expect(inputLevels([null, null])).toMatchObject({ levels: 0, missing: 2 });
    expect(inputLevels([])).toMatchObject({ levels: 0, missing: 0 });
  });

  test('a hundred thousand identifiers become 256 levels, and that is said', () => {
    const ids = Array.from({ length: 100_000 }, (_, i) => `id-${i}`);
    expect(inputLevels(ids)).toMatchObject({ levels: 256, merged: 100_000 - 255 });
  });

  test('the order of the rows changes no bin', () => {
    const values = Float64Array.from({ length: 1_000 }, (_, i) => (i * 7919) % 313);
    const order = [...values.keys()].sort((a, b) => ((a * 31) % 997) - ((b * 31) % 997));
    const [plain, turned] = [inputLevels(values), inputLevels(values.map((_, i) => values[order[i]!]!))];
    expect(order.map((from) => plain.codes[from])).toEqual([...turned.codes]);
  });
});
