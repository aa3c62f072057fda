import { describe, expect, test } from 'vitest';
import { cellIndex, FAVOURABLE, UNFAVOURABLE, UNKNOWN } from '../../../../../fairness/columns.ts';
import { allSteps, effectiveRows, groupSteps, orderScores } from '../../../../../fairness/metrics/scores/steps.ts';
import { createRandom } from '../../../../../numerics/random.ts';
import { columnsOfScores, scoreCase, stepsOf } from '../../../../support/score-cases.ts';

const P = cellIndex(FAVOURABLE, UNKNOWN);
const N = cellIndex(UNFAVOURABLE, FAVOURABLE);
const U = cellIndex(UNKNOWN, FAVOURABLE);

describe('steps of scores', () => {
  test('no scores: no order', () => {
    expect(orderScores({ rows: 1, cells: Uint8Array.of(P), attributes: [] })).toBeUndefined();
  });

  test('rows without a known label have no part; equal scores are one step; classes are summed by weight', () => {
    const column = { name: 'g', groups: ['A', 'B', 'empty'], codes: Uint16Array.of(0, 1, 0, 1, 0, 0) };
    const order = orderScores({
      rows: 6,
      cells: Uint8Array.of(P, N, N, U, P, P),
      scores: Float64Array.of(0.5, 0.1, 0.5, 0.7, 0.2, 0.5),
      weights: Float64Array.of(1, 2, 3, 4, 5, 6),
      attributes: [column],
    })!;
    expect([...order.rows]).toEqual([1, 4, 0, 2, 5]);
    const [a, b, empty] = groupSteps(order, column);
    expect([...a!.scores]).toEqual([0.2, 0.5]);
    expect([...a!.positives]).toEqual([5, 7]);
    expect([...a!.negatives]).toEqual([0, 3]);
    expect(a!.rows).toEqual({ positives: 3, negatives: 1 });
    expect(a!.weightSquared).toEqual({ positives: 62, negatives: 9 });
    expect([...b!.scores]).toEqual([0.1]);
    expect(b!.weight).toEqual({ positives: 0, negatives: 2 });
    expect(empty!.scores.length).toBe(0);
    expect(effectiveRows(a!)).toEqual({ positives: 144 / 62, negatives: 1, all: 225 / 71 });
    expect(effectiveRows(empty!)).toEqual({ positives: 0, negatives: 0, all: 0 });
  });

  test('the steps of a group are the steps of its rows alone', () => {
    const random = createRandom('steps of groups');
    for (let i = 0; i < 50; i += 1) {
      const one = scoreCase(random);
      const codes = Uint16Array.from(one.labels, () => random.below(3));
      const column = { name: 'g', groups: ['A', 'B', 'C'], codes };
      const all = groupSteps(orderScores({ ...columnsOfScores(one), attributes: [column] })!, column);
      for (const [group, steps] of all.entries()) {
        const its = <T>(values: readonly T[]): T[] => values.filter((_, row) => codes[row] === group);
        const alone = stepsOf({
          labels: its(one.labels),
          scores: its(one.scores),
          weights: one.weights === null ? null : its(one.weights),
        });
        expect(steps).toEqual(alone);
      }
      expect(allSteps(orderScores(columnsOfScores(one))!)).toEqual(stepsOf(one));
    }
  });
});
