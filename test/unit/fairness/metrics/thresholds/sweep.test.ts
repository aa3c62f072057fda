import { describe, expect, test } from 'vitest';
import { type AttributeColumn, type AuditColumns, CELLS, cellIndex, UNKNOWN } from '../../../../../fairness/columns.ts';
import {
  DEFAULT_THRESHOLDS,
  quantileThresholds,
  sweepThresholds,
} from '../../../../../fairness/metrics/thresholds/sweep.ts';
import { createRandom, type Random } from '../../../../../numerics/random.ts';

const GROUPS = ['A', 'B', 'C'];

function anyColumns(random: Random, isWeighted: boolean): { columns: AuditColumns; column: AttributeColumn } {
  const rows = 1 + random.below(80);
  const each = <T>(make: () => T): T[] => Array.from({ length: rows }, make);
  const column = { name: 'g', groups: GROUPS, codes: Uint16Array.from(each(() => random.below(3))) };
  const columns: AuditColumns = {
    rows,
    cells: Uint8Array.from(each(() => cellIndex(random.below(3), UNKNOWN))),
    // Many of them on thresholds.
    scores: Float64Array.from(each(() => (random.below(2) === 0 ? random.below(21) / 20 : random.next()))),
    ...(isWeighted ? { weights: Float64Array.from(each(() => 3 * random.next())) } : {}),
    attributes: [column],
  };
  return { columns, column };
}

/** One loop over all rows for each threshold. */
function slowTable({ columns, column }: { columns: AuditColumns; column: AttributeColumn }, threshold: number) {
  const empty = () => new Float64Array(GROUPS.length * CELLS);
  const table = { rows: empty(), weight: empty(), weightSquared: empty(), score: empty(), scoreSquared: empty() };
  for (let row = 0; row < columns.rows; row += 1) {
    const label = Math.floor(columns.cells[row]! / 3);
    const score = columns.scores![row]!;
    const weight = columns.weights?.[row] ?? 1;
    const at = column.codes[row]! * CELLS + cellIndex(label, score >= threshold ? 1 : 0);
    table.rows[at]! += 1;
    table.weight[at]! += weight;
    table.weightSquared[at]! += weight * weight;
    table.score[at]! += weight * score;
    table.scoreSquared[at]! += weight * score * score;
  }
  return table;
}

describe('a sweep over thresholds', () => {
  test.each([false, true])('is one loop for each threshold (weights: %j)', (isWeighted) => {
    const random = createRandom(`sweep ${String(isWeighted)}`);
    for (let i = 0; i < 24; i += 1) {
      const given = anyColumns(random, isWeighted);
      const thresholds =
        i % 2 === 0 ? DEFAULT_THRESHOLDS : Array.from({ length: 1 + random.below(40) }, () => random.next());
      const sweep = sweepThresholds(given.columns, given.column, [...thresholds, 0, 1])!;
      expect(sweep.thresholds.length).toBe(new Set(thresholds).size + 2);
      for (const [at, threshold] of sweep.thresholds.entries()) {
        const slow = slowTable(given, threshold);
        const fast = sweep.tables[at]!;
        expect(fast.rows).toEqual(slow.rows);
        for (const name of ['weight', 'weightSquared', 'score', 'scoreSquared'] as const) {
          for (const [cell, sum] of slow[name].entries()) expect(fast[name]![cell]).toBeCloseTo(sum, 10);
        }
      }
    }
  });

  test('thresholds come in order, each once', () => {
    const { columns, column } = anyColumns(createRandom('order'), false);
    expect(sweepThresholds(columns, column, [0.5, 0.1, 0.5])!.thresholds).toEqual([0.1, 0.5]);
    expect(DEFAULT_THRESHOLDS.length).toBe(19);
    expect(DEFAULT_THRESHOLDS[0]).toBe(0.05);
    expect(DEFAULT_THRESHOLDS[18]).toBe(0.95);
  });

  test('thresholds nearer to each other than the buckets of the look-up', () => {
    const column = { name: 'g', groups: ['A'], codes: new Uint16Array(4) };
    const scores = Float64Array.of(0.5, 0.5 + 1e-12, 0.5 + 2e-12, 0.5 - 1e-12);
    const columns = { rows: 4, cells: new Uint8Array(4), scores, attributes: [column] };
    const sweep = sweepThresholds(columns, column, [0.5, 0.5 + 1e-12, 0.5 + 2e-12])!;
    expect(sweep.tables.map(({ rows }) => rows[cellIndex(0, 1)])).toEqual([3, 2, 1]);
  });

  test('without scores there is none; thresholds out of range are refused', () => {
    const column = { name: 'g', groups: ['A'], codes: new Uint16Array(1) };
    const columns = { rows: 1, cells: new Uint8Array(1), attributes: [column] };
    expect(sweepThresholds(columns, column)).toBeUndefined();
    for (const thresholds of [[], [-0.1], [1.1], [Number.NaN], Array.from({ length: 10_001 }, () => 0.5)]) {
      expect(() => sweepThresholds(columns, column, thresholds)).toThrow(/thresholds from 0 to 1/);
    }
    const many = { name: 'g', groups: Array.from({ length: 200_000 }, (_, i) => String(i)), codes: new Uint16Array(1) };
    expect(() => sweepThresholds({ ...columns, scores: Float64Array.of(0.5) }, many)).toThrow(/Too many groups/);
  });

  test('thresholds at quantiles have as many rows between them, and are scores', () => {
    const sorted = Float64Array.from({ length: 100 }, (_, i) => i / 100);
    expect(quantileThresholds(sorted, 3)).toEqual([0.25, 0.5, 0.75]);
    expect(quantileThresholds(Float64Array.of(0.5, 0.5, 0.5), 9)).toEqual([0.5]);
    expect(quantileThresholds(new Float64Array(0), 9)).toEqual([]);
    expect(() => quantileThresholds(sorted, 0)).toThrow(/thresholds/);
  });
});
