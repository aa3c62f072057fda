import { describe, expect, test } from 'vitest';
import type { AuditRows } from '../../../../../fairness/audit-types.ts';
import type { Figure } from '../../../../../fairness/types.ts';
import { figureOf, figuresOf } from '../../../../support/profile-audit.ts';

const PROFILE = { profile: 'aequitas@1.1', reference: { group: 'A' } } as const;

/** So many copies of each. */
function rowsOf(
  ...parts: readonly (readonly [count: number, group: string | null, label: number, prediction: number])[]
): AuditRows {
  const all = parts.flatMap(([count, group, label, prediction]) =>
    Array.from({ length: count }, () => ({ group, label, prediction })),
  );
  return {
    labels: all.map(({ label }) => label),
    predictions: all.map(({ prediction }) => prediction),
    attributes: { group: all.map(({ group }) => group) },
  };
}

const ORDINARY = rowsOf(
  [4, 'A', 1, 1],
  [4, 'A', 1, 0],
  [2, 'A', 0, 1],
  [6, 'A', 0, 0],
  [6, 'B', 1, 1],
  [2, 'B', 1, 0],
  [2, 'B', 0, 1],
  [6, 'B', 0, 0],
);

/** Without the verdict on all attributes together, which has the name of the one on each. */
function ofAttributes(figures: readonly Figure[]): readonly Figure[] {
  return figures.filter(({ attribute }) => attribute !== null);
}

test('cells, disparities and determinations', () => {
  const figures = figuresOf(ORDINARY, PROFILE);
  expect(figureOf(figures, 'k')).toMatchObject({ value: 14, group: null });
  expect(figureOf(figures, 'tpr', { group: 'B' })).toMatchObject({
    value: 0.75,
    numerator: 6,
    denominator: 8,
    ci: { method: 'wilson' },
  });
  expect(figureOf(figures, 'tpr_disparity', { group: 'B' })).toMatchObject({
    ...{ value: 1.5, numerator: 48, denominator: 32, reference: 'A', n: 32, ci: { method: 'koopman' } },
  });
  expect(figureOf(figures, 'tpr_disparity', { group: 'A' })).toMatchObject({ value: 1, n: 16, ci: null });
  expect(figureOf(figures, 'tpr_parity', { group: 'B', tau: 0.8 }).value).toBe(0);
  expect(figureOf(figures, 'tpr_parity', { group: 'A' }).value).toBe(1);
  expect(figureOf(figures, 'tpr_parity')).toMatchObject({ value: 0, worstPair: ['B', 'A'] });
  expect(figureOf(figures, 'equalized_odds')).toMatchObject({ value: 0 });
  expect(figureOf(ofAttributes(figures), 'overall_fairness').value).toBe(0);
});

test('tau decides', () => {
  const figures = figuresOf(ORDINARY, { ...PROFILE, tau: 0.6 });
  expect(figureOf(figures, 'tpr_parity', { tau: 0.6 }).value).toBe(1);
});

test('the group with the smallest value of each metric as reference', () => {
  const figures = figuresOf(ORDINARY, { profile: 'aequitas@1.1', referenceRule: 'minimum' });
  expect(figureOf(figures, 'tpr_disparity', { group: 'B' })).toMatchObject({ value: 1.5, reference: 'A', ci: null });
  expect(figureOf(figures, 'fnr_disparity', { group: 'A' })).toMatchObject({ value: 2, reference: 'B' });
});

describe('what misleads has the strict result beside it', () => {
  test('a perfect model with equal selection in groups of 80 and 20 fails "Statistical Parity"', () => {
    const figures = figuresOf(rowsOf([40, 'A', 1, 1], [40, 'A', 0, 0], [10, 'B', 1, 1], [10, 'B', 0, 0]), PROFILE);
    expect(figureOf(figures, 'ppr_disparity', { group: 'B' })).toMatchObject({
      value: 0.25,
      strict: { value: 1, status: 'ok' },
    });
    expect(figureOf(figures, 'ppr_parity', { group: 'B' })).toMatchObject({
      value: 0,
      strict: { value: 1, status: 'ok' },
    });
    expect(figureOf(figures, 'pprev_parity', { group: 'B' })).toMatchObject({ value: 1 });
    expect(figureOf(figures, 'unsupervised_fairness')).toMatchObject({ value: 0, strict: { value: 1 } });
    expect(figureOf(ofAttributes(figures), 'overall_fairness').value).toBe(0);
  });

  test('"Equalized Odds" is unfair because FPR parity is undefined', () => {
    const figures = figuresOf(rowsOf([5, 'A', 1, 1], [5, 'A', 0, 0], [5, 'B', 1, 1], [5, 'B', 0, 0]), PROFILE);
    expect(figureOf(figures, 'fpr_parity', { group: 'B' })).toMatchObject({
      ...{ value: null, status: 'undefined', reason: 'zero_reference', libraryValue: 'NaN' },
    });
    expect(figureOf(figures, 'equalized_odds', { group: 'B' })).toMatchObject({
      value: 0,
      strict: { value: null, status: 'undefined' },
    });
    expect(figureOf(figures, 'equalized_odds').note).toMatch(/one of the two parities is undefined/);
  });

  test('an infinite disparity is written as 10, below finite ones', () => {
    const figures = figuresOf(
      rowsOf(
        [20, 'A', 0, 0],
        [1, 'B', 0, 1],
        [19, 'B', 0, 0],
        [1, 'A', 1, 1],
        [99, 'A', 1, 0],
        [5, 'B', 1, 1],
        [5, 'B', 1, 0],
      ),
      PROFILE,
    );
    expect(figureOf(figures, 'fpr_disparity', { group: 'B' })).toMatchObject({
      ...{ value: 10, numerator: null, denominator: null, ci: null, strict: { reason: 'zero_reference' } },
    });
    expect(figureOf(figures, 'tpr_disparity', { group: 'B' })).toMatchObject({ value: 50 });
    expect(figureOf(figures, 'fpr_parity', { group: 'B' }).value).toBe(0);
  });

  test('overall fairness of which nothing is known is fair', () => {
    const figures = figuresOf(rowsOf([5, 'A', 0, 0], [5, 'B', 0, 0]), PROFILE);
    expect(figureOf(figures, 'supervised_fairness')).toMatchObject({ value: null, libraryValue: 'NaN' });
    expect(figureOf(ofAttributes(figures), 'overall_fairness')).toMatchObject({
      value: 1,
      strict: { value: null, status: 'undefined' },
    });
  });

  test('weights do not exist', () => {
    const weights = Array.from({ length: 32 }, (_, i) => (i < 4 ? 3 : 1));
    const figures = figuresOf({ ...ORDINARY, weights }, PROFILE);
    expect(figureOf(figures, 'tpr', { group: 'A' })).toMatchObject({
      value: 0.5,
      strict: { value: 0.75, status: 'ok' },
    });
    expect(figureOf(figures, 'tpr_disparity', { group: 'B' })).toMatchObject({
      value: 1.5,
      strict: { value: 1, status: 'ok' },
    });
  });
});

test('rows without a value are in no group, and count in k and total_entities', () => {
  const figures = figuresOf(rowsOf([4, 'A', 1, 1], [4, 'B', 0, 1], [2, null, 1, 1], [2, null, 0, 0]), PROFILE);
  expect(figureOf(figures, 'k').value).toBe(10);
  expect(figureOf(figures, 'total_entities').value).toBe(12);
  expect(figureOf(figures, 'ppr', { group: 'A' }).value).toBe(0.4);
  expect(figureOf(figures, 'tpr', { group: '(missing)' })).toMatchObject({
    ...{ value: null, status: 'undefined', reason: 'not_supported', strict: { value: 1, status: 'ok' } },
  });
  expect(figures.filter(({ name, group }) => name.endsWith('_parity') && group === '(missing)')).toEqual([]);
});

test('the largest group without a value is no reference: the largest of the others is', () => {
  const figures = figuresOf(rowsOf([9, null, 1, 1], [3, 'A', 1, 1], [5, 'B', 0, 1]), { profile: 'aequitas@1.1' });
  expect(figureOf(figures, 'pprev_disparity', { group: 'A' }).reference).toBe('B');
});
