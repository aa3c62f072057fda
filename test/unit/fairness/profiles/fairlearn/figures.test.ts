import { describe, expect, test } from 'vitest';
import type { AuditRows } from '../../../../../fairness/audit-types.ts';
import { figureOf, figuresOf } from '../../../../support/profile-audit.ts';

/** One letter a row. */
const letters = (text: string): string[] => Array.from(text);

const PROFILE = { profile: 'fairlearn@0.15' } as const;
const BETWEEN = { method: 'between_groups' };
const OVERALL = { method: 'to_overall' };

/** A: 2 of 4 positives found, 1 of 4 negatives selected. B: 3 of 4, 1 of 4. */
const ORDINARY: AuditRows = {
  labels: [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0],
  predictions: [1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0],
  attributes: { group: letters('AAAAAAAABBBBBBBB') },
};

/** Nobody of A is favourably labelled. */
const NO_POSITIVES: AuditRows = {
  labels: [0, 0, 0, 1, 1, 0],
  predictions: [0, 0, 1, 1, 1, 0],
  attributes: { group: letters('AAABBB') },
};

describe('ordinary rows', () => {
  const figures = figuresOf(ORDINARY, PROFILE);

  test('rates of groups and of everybody, with fraction, interval and number of rows', () => {
    expect(figureOf(figures, 'true_positive_rate', { group: 'A' })).toMatchObject({
      ...{
        value: 0.5,
        status: 'ok',
        numerator: 2,
        denominator: 4,
        n: 8,
        convention: 'fairlearn@0.15',
        reference: null,
      },
      ci: { method: 'wilson', level: 0.95 },
    });
    expect(figureOf(figures, 'true_positive_rate')).toMatchObject({
      value: 5 / 8,
      n: 16,
      group: null,
      attribute: 'group',
    });
  });

  test('comparisons name the pair, the larger value first, and have an interval between two groups', () => {
    const difference = figureOf(figures, 'true_positive_rate_difference', BETWEEN);
    expect(difference).toMatchObject({ value: 0.25, numerator: 4, denominator: 16, worstPair: ['B', 'A'] });
    expect(difference.ci).toMatchObject({ method: 'newcombe' });
    expect(difference.ci!.low!).toBeLessThan(0.25);
    expect(difference.ci!.high!).toBeGreaterThan(0.25);
    expect(figureOf(figures, 'true_positive_rate_ratio', BETWEEN)).toMatchObject({
      value: 2 / 3,
      ci: { method: 'koopman' },
    });
    expect(figureOf(figures, 'true_positive_rate_difference', OVERALL)).toMatchObject({ value: 0.125, ci: null });
  });

  test('named metrics', () => {
    expect(figureOf(figures, 'equalized_odds_difference', { ...BETWEEN, aggregation: 'worst_case' }).value).toBe(0.25);
    expect(figureOf(figures, 'equalized_odds_difference', { ...BETWEEN, aggregation: 'mean' })).toMatchObject({
      ...{ value: 0.125, numerator: 64, denominator: 512 },
    });
    expect(figureOf(figures, 'demographic_parity_ratio', BETWEEN).value).toBe(3 / 4);
    expect(figureOf(figures, 'equal_opportunity_difference', BETWEEN).value).toBe(0.25);
  });

  test('nothing to add where the library is right', () => {
    expect(figures.filter(({ strict, note }) => strict !== undefined || note !== undefined)).toEqual([]);
  });
});

describe('where the library answers without a measurement, the strict result and the reason stand beside it', () => {
  test('a true positive rate without positives is 0.0', () => {
    const figures = figuresOf(NO_POSITIVES, PROFILE);
    expect(figureOf(figures, 'true_positive_rate', { group: 'A' })).toMatchObject({
      ...{ value: 0, status: 'ok', numerator: null, denominator: null, ci: null },
      strict: { value: null, status: 'undefined', reason: 'no_positives' },
      note: 'A convention, not a measurement: no row is favourably labelled.',
    });
    expect(figureOf(figures, 'equal_opportunity_difference', BETWEEN)).toMatchObject({
      ...{ value: 1, numerator: null, worstPair: ['B', 'A'], ci: null },
      strict: { status: 'undefined', reason: 'no_positives' },
    });
    expect(figureOf(figures, 'balanced_accuracy_score', { group: 'A' })).toMatchObject({
      ...{ value: 2 / 3, strict: { reason: 'no_positives' } },
    });
  });

  test('a precision without predicted positives', () => {
    const figures = figuresOf(
      { ...ORDINARY, predictions: ORDINARY.predictions!.map((p, i) => (i < 8 ? 0 : p)) },
      PROFILE,
    );
    expect(figureOf(figures, 'precision_score', { group: 'A' })).toMatchObject({
      ...{ value: 0, strict: { reason: 'no_predicted_positives' } },
    });
    expect(figureOf(figures, 'precision_score_group_min')).toMatchObject({
      value: 0,
      strict: { reason: 'no_predicted_positives' },
    });
  });

  test('one group is compared with itself', () => {
    const figures = figuresOf({ ...ORDINARY, attributes: { group: Array.from({ length: 16 }, () => 'A') } }, PROFILE);
    expect(figureOf(figures, 'demographic_parity_difference', BETWEEN)).toMatchObject({
      value: 0,
      strict: { reason: 'one_group' },
    });
    expect(figureOf(figures, 'demographic_parity_ratio', BETWEEN)).toMatchObject({
      value: 1,
      strict: { reason: 'one_group' },
    });
    expect(figureOf(figures, 'selection_rate_group_max').strict).toBeUndefined();
  });

  test('a ratio of false positive rates that is 0 / 0 is passed over', () => {
    const figures = figuresOf({ ...ORDINARY, predictions: ORDINARY.labels! }, PROFILE);
    const odds = { ...BETWEEN, aggregation: 'worst_case' };
    expect(figureOf(figures, 'false_positive_rate_ratio', BETWEEN)).toMatchObject({
      ...{ value: null, status: 'undefined', reason: 'zero_reference', libraryValue: 'NaN', denominator: 0 },
    });
    expect(figureOf(figures, 'equalized_odds_ratio', odds)).toMatchObject({
      value: 1,
      strict: { reason: 'zero_reference' },
      note: 'The ratio of false positive rates is 0 / 0; Fairlearn passes over it and answers with the other.',
    });
  });

  test('nobody selected: a ratio is NaN, and says so in JSON', () => {
    const figures = figuresOf({ ...ORDINARY, predictions: ORDINARY.labels!.map(() => 0) }, PROFILE);
    expect(figureOf(figures, 'demographic_parity_ratio', BETWEEN)).toMatchObject({ value: null, libraryValue: 'NaN' });
    expect(figureOf(figures, 'equalized_odds_ratio', { ...BETWEEN, aggregation: 'worst_case' }).libraryValue).toBe(
      'NaN',
    );
  });
});

describe('what the library refuses', () => {
  test('rows without a value are a group, and figures over all groups say so', () => {
    const attributes = { group: [...letters('AAAAAAAA'), ...Array.from({ length: 8 }, () => null)] };
    const figures = figuresOf({ ...ORDINARY, attributes }, PROFILE);
    expect(figureOf(figures, 'true_positive_rate', { group: '(missing)' }).value).toBe(0.75);
    expect(figureOf(figures, 'selection_rate_difference', BETWEEN).note).toMatch(/refuses rows without a value/);
  });

  test('rows without a label count in what needs predictions alone', () => {
    const labels = ORDINARY.labels!.map((label, i) => (i === 0 ? null : label));
    const figures = figuresOf({ ...ORDINARY, labels }, PROFILE);
    expect(figureOf(figures, 'selection_rate', { group: 'A' })).toMatchObject({ numerator: 3, denominator: 8 });
    expect(figureOf(figures, 'true_positive_rate', { group: 'A' })).toMatchObject({ numerator: 1, denominator: 3 });
  });

  test('without any label, only what needs none has a value', () => {
    const figures = figuresOf({ predictions: ORDINARY.predictions!, attributes: ORDINARY.attributes }, PROFILE);
    expect(figureOf(figures, 'demographic_parity_difference', BETWEEN).value).toBe(0.125);
    expect(figureOf(figures, 'true_positive_rate', { group: 'A' })).toMatchObject({ value: null, reason: 'no_labels' });
    expect(figureOf(figures, 'equalized_odds_difference', { ...BETWEEN, aggregation: 'worst_case' }).value).toBeNull();
  });
});

describe('control features', () => {
  const rows = { ...ORDINARY, attributes: { ...ORDINARY.attributes, ward: letters('xxxxyyyyxxxxyyyy') } };

  test('each figure stands once for each stratum, and the named metrics not at all', () => {
    const figures = figuresOf(rows, { ...PROFILE, control: ['ward'] });
    expect(
      figureOf(figures, 'true_positive_rate_difference', { ...BETWEEN, control: 'ward', stratum: 'x' }).value,
    ).toBe(0.25);
    expect(figureOf(figures, 'true_positive_rate', { group: 'A', stratum: 'y' })).toMatchObject({
      ...{ value: 0, strict: { reason: 'no_positives' }, n: 4 },
    });
    expect(figures.filter(({ name }) => name.startsWith('equalized_odds'))).toEqual([]);
    expect(figures.filter(({ attribute }) => attribute === 'ward')).toEqual([]);
  });

  test('one that is no attribute is refused', () => {
    expect(() => figuresOf(rows, { ...PROFILE, control: ['site'] })).toThrow();
  });
});
