import { describe, expect, it } from 'vitest';
import type { AuditRows } from '../../../../../fairness/audit-types.ts';
import { resolved } from '../../../../../fairness/audit/options.ts';
import { tally } from '../../../../../fairness/cells.ts';
import { encodeRows } from '../../../../../fairness/encode.ts';
import { aif360Figures, aif360Population, OTHERS } from '../../../../../fairness/profiles/aif360/figures.ts';
import { NOTES } from '../../../../../fairness/profiles/aif360/notes.ts';
import type { Figure } from '../../../../../fairness/types.ts';

interface Ask {
  readonly metrics?: readonly string[];
  readonly reference?: string;
  readonly concentration?: number;
}

/** Figures of the attribute `g`, and of everybody. */
function figuresOf(rows: AuditRows, { metrics = ['all'], reference = 'B', concentration = 1 }: Ask = {}): Figure[] {
  const columns = encodeRows(rows, {});
  const options = resolved({ profile: 'aif360@0.6', metrics, concentration });
  const column = columns.attributes[0]!;
  const table = tally(columns, column);
  const position = Math.max(0, table.groups.indexOf(reference));
  const strict = (): never => {
    throw new Error('not asked');
  };
  return [
    ...aif360Population(table, options, columns),
    ...aif360Figures({ columns, column, table, reference: position, options, strict }),
  ];
}

/** The one figure of a name, of a group where one is given. */
function only(figures: readonly Figure[], name: string, group: string | null = null): Figure {
  const found = figures.filter((figure) => figure.name === name && figure.group === group);
  expect(found, `${name} of ${String(group)}`).toHaveLength(1);
  return found[0]!;
}

/** Group A has no favourable label; group B is predicted perfectly. */
const THREE_ANSWERS: AuditRows = {
  labels: [0, 0, 0, 0, 1, 1, 0, 0],
  predictions: [0, 0, 0, 0, 1, 1, 0, 0],
  attributes: { g: ['A', 'A', 'A', 'A', 'B', 'B', 'B', 'B'] },
};

describe('aif360@0.6: what the library gives, and the strict value where that misleads', () => {
  it('equalized odds: 0.0 although one true positive rate is not a number', () => {
    const figure = only(figuresOf(THREE_ANSWERS), 'equalized_odds_difference', 'A');
    expect(figure).toMatchObject({
      value: 0,
      status: 'ok',
      convention: 'aif360@0.6',
      strict: { value: null, status: 'undefined', reason: 'no_positives' },
      note: NOTES.equalizedOdds,
    });
  });

  it('equalized odds: NaN where the false positive rate is the one that is not a number', () => {
    const rows = { ...THREE_ANSWERS, labels: [1, 1, 1, 1, 1, 1, 0, 0], predictions: [1, 1, 1, 1, 1, 1, 0, 0] };
    const figure = only(figuresOf(rows), 'equalized_odds_difference', 'A');
    expect(figure).toMatchObject({ value: null, status: 'undefined', reason: 'no_negatives', libraryValue: 'NaN' });
    expect(figure.strict).toBeUndefined();
  });

  it('a rate of no positives is NaN, with the fraction over 0 and whose it is', () => {
    const figures = figuresOf(THREE_ANSWERS);
    expect(only(figures, 'true_positive_rate', 'A')).toMatchObject({
      value: null,
      reason: 'no_positives',
      libraryValue: 'NaN',
      numerator: 0,
      denominator: 0,
    });
    for (const name of ['equal_opportunity_difference', 'average_abs_odds_difference', 'average_odds_difference']) {
      expect(only(figures, name, 'A')).toMatchObject({ value: null, reason: 'no_positives', libraryValue: 'NaN' });
    }
    expect(only(figures, 'equal_opportunity_difference', 'A').where).toBe('group');
  });

  it('predictive value and discovery rate: both 0 where nobody is predicted favourable', () => {
    const figures = figuresOf(THREE_ANSWERS);
    for (const name of ['positive_predictive_value', 'false_discovery_rate']) {
      expect(only(figures, name, 'A')).toMatchObject({
        value: 0,
        status: 'ok',
        numerator: null,
        denominator: null,
        ci: null,
        strict: { value: null, status: 'undefined', reason: 'no_predicted_positives' },
        note: NOTES.nobodyPredicted,
      });
    }
    expect(only(figures, 'average_predictive_value_difference', 'A')).toMatchObject({
      value: -0.5,
      strict: { reason: 'no_predicted_positives' },
      note: NOTES.nobodyPredicted,
    });
  });

  it('disparate impact: infinite or NaN where nobody of the reference is selected', () => {
    const rows = { ...THREE_ANSWERS, predictions: [0, 1, 0, 0, 0, 0, 0, 0] };
    expect(only(figuresOf(rows, { metrics: ['disparate_impact'] }).slice(0, 1), 'disparate_impact', 'A')).toMatchObject(
      {
        value: null,
        status: 'undefined',
        reason: 'zero_reference',
        where: 'reference',
        libraryValue: 'Infinity',
        numerator: 4,
        denominator: 0,
      },
    );
    const none = { ...THREE_ANSWERS, predictions: [0, 0, 0, 0, 0, 0, 0, 0] };
    const [figure] = figuresOf(none, { metrics: ['disparate_impact'] });
    expect(figure).toMatchObject({ reason: 'zero_reference', libraryValue: 'NaN' });
  });

  it('accuracy 0 and error rate 1 of a group without labels', () => {
    const rows: AuditRows = { ...THREE_ANSWERS, labels: [null, null, null, null, 1, 1, 0, 0] };
    const figures = figuresOf(rows);
    expect(only(figures, 'accuracy', 'A')).toMatchObject({
      value: 0,
      strict: { reason: 'no_rows' },
      note: NOTES.nobodyLabelled,
    });
    expect(only(figures, 'error_rate', 'A')).toMatchObject({ value: 1, note: NOTES.nobodyLabelled });
    expect(only(figures, 'error_rate_difference', 'A')).toMatchObject({ value: 1, note: NOTES.nobodyLabelled });
  });

  it('base rate over all rows, those without a label as well', () => {
    const rows: AuditRows = { ...THREE_ANSWERS, labels: [0, 0, 0, 0, 1, 1, 0, null] };
    expect(only(figuresOf(rows), 'base_rate', 'B')).toMatchObject({
      value: 0.5,
      numerator: 2,
      denominator: 4,
      strict: { value: 2 / 3, status: 'ok' },
      note: NOTES.unknownRows,
    });
  });

  it('entropy for alpha = 0 is divided by the mean benefit once more', () => {
    const rows = { ...THREE_ANSWERS, predictions: [1, 0, 0, 0, 1, 1, 0, 0] };
    const figures = figuresOf(rows).filter(
      ({ name, attribute }) => name === 'generalized_entropy_index' && attribute === null,
    );
    expect(figures.map(({ parameters }) => parameters)).toEqual([{ alpha: 2 }, { alpha: 0 }]);
    const zero = figures[1]!;
    const mean = 9 / 8;
    const strict = zero.strict?.value ?? Number.NaN;
    expect(strict).toBeCloseTo(-(7 * Math.log(1 / mean) + Math.log(2 / mean)) / 8, 14);
    expect(zero.value).toBeCloseTo(strict / mean, 14);
    expect(zero.numerator! / zero.denominator!).toBeCloseTo(zero.value!, 14);
    expect(zero.note).toBe(NOTES.alphaZero);
  });

  it('entropy where every row is a false negative is NaN, and for alpha = 0 with any of them infinite', () => {
    const all = { ...THREE_ANSWERS, labels: [1, 1, 1, 1, 1, 1, 1, 1], predictions: [0, 0, 0, 0, 0, 0, 0, 0] };
    for (const name of ['theil_index', 'coefficient_of_variation']) {
      expect(only(figuresOf(all), name)).toMatchObject({ value: null, reason: 'zero_benefit', libraryValue: 'NaN' });
    }
    const some = { ...THREE_ANSWERS, labels: [1, 0, 0, 0, 1, 1, 0, 0] };
    const zero = figuresOf(some).find(({ name, parameters }) => name.startsWith('gen') && parameters?.['alpha'] === 0);
    expect(zero).toMatchObject({ value: null, reason: 'zero_benefit', libraryValue: 'Infinity' });
  });

  it('between-group entropy gives rows of third groups the benefit 0, and ignores weights', () => {
    const rows: AuditRows = {
      labels: [0, 1, 0, 1, 0, 1],
      predictions: [1, 1, 0, 1, 0, 1],
      weights: [1, 2, 1, 1, 1, 1],
      attributes: { g: ['A', 'A', 'B', 'B', 'C', 'C'] },
    };
    const figure = only(figuresOf(rows), 'between_group_theil_index', 'A');
    expect(figure.note).toBe(`${NOTES.otherRows} ${NOTES.noWeights}`);
    // b: 1.5, 1.5, 1, 1, 0, 0, with the mean 5/6.
    expect(figure.value).toBeCloseTo((3 * Math.log(1.8) + 2 * Math.log(1.2)) / 5, 14);
    expect(only(figuresOf(rows), 'between_group_theil_index', OTHERS).note).toBe(NOTES.noWeights);
  });

  it('differential fairness: the worst pair; an error of the library with one group; infinite without a prior', () => {
    const name = 'smoothed_empirical_differential_fairness';
    const of = (rows: AuditRows, concentration: number): Figure =>
      figuresOf(rows, { concentration }).find(
        (figure) => figure.name === name && figure.parameters?.['of'] === 'labels',
      )!;
    expect(of(THREE_ANSWERS, 1)).toMatchObject({
      form: 'log',
      worstPair: ['B', 'A'],
      numerator: 12.5,
      denominator: 2.5,
    });
    expect(of(THREE_ANSWERS, 0)).toMatchObject({
      reason: 'pure_group',
      libraryValue: 'Infinity',
      worstPair: ['B', 'A'],
    });
    const single = { ...THREE_ANSWERS, attributes: { g: Array<string>(8).fill('A') } };
    const alone = of(single, 1);
    expect(alone).toMatchObject({ value: null, reason: 'one_group', note: NOTES.raises });
    expect(alone.libraryValue).toBeUndefined();
  });

  it('the scikit-learn interface smooths by the classes seen in a group', () => {
    const figure = figuresOf(THREE_ANSWERS).find(
      ({ name, parameters }) => name === 'smoothed_edf' && parameters?.['of'] === 'labels',
    )!;
    // The pure group A: (0 + 1) / (4 + 1); B: (2 + 1/2) / (4 + 1). 1 − p: .8 and .5.
    expect(figure.value).toBeCloseTo(Math.log(2.5), 14);
    expect(figure).toMatchObject({ strict: { value: Math.log(5), status: 'ok' }, note: NOTES.classesSeen });
  });

  it('says that differences cancel where their mean is taken', () => {
    const rows: AuditRows = {
      labels: [1, 1, 0, 0, 1, 1, 0, 0],
      predictions: [1, 0, 1, 0, 1, 1, 0, 0],
      attributes: { g: ['A', 'A', 'A', 'A', 'B', 'B', 'B', 'B'] },
    };
    const figure = only(figuresOf(rows), 'average_odds_difference', 'A');
    expect(figure).toMatchObject({ value: 0, note: NOTES.cancel });
    expect(figure.strict).toBeUndefined();
  });

  it('without scores, generalized rates are those of the predictions, given only where asked for by name', () => {
    const name = 'generalized_true_positive_rate';
    expect(figuresOf(THREE_ANSWERS).some((figure) => figure.name === name)).toBe(false);
    expect(only(figuresOf(THREE_ANSWERS, { metrics: [name] }), name, 'B')).toMatchObject({
      value: 1,
      strict: { value: null, reason: 'no_scores' },
      note: NOTES.noScores,
    });
    const scored = { ...THREE_ANSWERS, scores: [0.1, 0.2, 0.3, 0.4, 0.9, 0.7, 0.2, 0.1] };
    const rate = only(figuresOf(scored), name, 'B');
    expect(rate.value).toBeCloseTo(0.8, 14);
    expect(rate.strict).toBeUndefined();
  });
});

describe('aif360@0.6: which figures there are', () => {
  const rows: AuditRows = {
    labels: [1, 0, 1, 0, 1, 0],
    predictions: [1, 0, 0, 0, 1, 1],
    attributes: { g: ['A', 'A', 'B', 'B', 'C', 'C'] },
  };

  it('compares every other group with the reference, and all of them together where there are several', () => {
    const groups = (ask: Ask, of: AuditRows = rows): readonly (string | null)[] =>
      figuresOf(of, { ...ask, metrics: ['error_rate_difference'] }).map(({ group }) => group);
    expect(groups({ reference: 'B' })).toEqual(['A', 'C', OTHERS]);
    expect(groups({ reference: 'C' })).toEqual(['A', 'B', OTHERS]);
    expect(groups({ reference: 'B' }, THREE_ANSWERS)).toEqual(['A']);
  });

  it('of labels alone: what BinaryLabelDatasetMetric has, and for the rest that predictions are missing', () => {
    const figures = figuresOf({ labels: rows.labels!, attributes: rows.attributes });
    const parity = figures.filter(({ name, value }) => name === 'disparate_impact' && value !== null);
    expect(parity.map(({ parameters }) => parameters)).toEqual([{ of: 'labels' }, { of: 'labels' }, { of: 'labels' }]);
    expect(only(figures, 'accuracy', 'A')).toMatchObject({ value: null, reason: 'no_predictions' });
    expect(only(figures, 'theil_index')).toMatchObject({ value: null, reason: 'no_predictions' });
    expect(only(figures, 'base_rate', 'A').value).toBe(0.5);
  });

  it('of predictions alone: selection rates, and for the rest that labels are missing', () => {
    const figures = figuresOf({ predictions: rows.predictions!, attributes: rows.attributes });
    expect(only(figures, 'selection_rate', 'C').value).toBe(1);
    expect(only(figures, 'true_positive_rate', 'C')).toMatchObject({ value: null, reason: 'no_labels' });
  });

  it('intervals of rates, differences and ratios, with weights over the effective number of rows', () => {
    const figures = figuresOf({ ...rows, weights: [1, 3, 1, 1, 1, 1] });
    expect(only(figures, 'selection_rate', 'A')).toMatchObject({ n: 2, ci: { method: 'wilson', level: 0.95 } });
    expect(only(figures, 'error_rate_difference', 'C')).toMatchObject({ n: 4, ci: { method: 'newcombe' } });
    expect(only(figures, 'error_rate_ratio', 'C')).toMatchObject({ ci: { method: 'koopman' } });
    expect(only(figures, 'average_odds_difference', 'C').ci).toBeNull();
    const wide = only(figures, 'selection_rate', 'A').ci!;
    const plain = only(figuresOf(rows), 'selection_rate', 'B').ci!;
    expect(wide.high! - wide.low!).toBeGreaterThan(plain.high! - plain.low!);
  });

  it('scores of groups where they are asked for', () => {
    const labels = Array.from({ length: 40 }, (_, i) => (i < 20 ? i % 2 : 1));
    const scored: AuditRows = {
      labels,
      scores: labels.map(() => 0.5),
      attributes: { g: labels.map((_, i) => (i < 20 ? 'B' : 'A')) },
    };
    const figures = figuresOf(scored, { metrics: ['score_groups'] });
    expect(figures.map(({ group, parameters }) => [group, parameters?.['direction']])).toEqual([
      ['B', 'negative'],
      ['A', 'positive'],
    ]);
    expect(figures[0]!.value).toBe(0);
    // Everybody of A has the favourable label where half were expected: 20 ln 2, nearly reached at the bound of q.
    expect(figures[1]!.value).toBeGreaterThan(13.8);
    expect(figures[1]!.value).toBeLessThan(20 * Math.log(2));
    expect(figures[1]!.strict?.value).toBeCloseTo(20 * Math.log(2), 9);
  });
  it('the half-space with the error rate furthest from everybody, of binary and of many-valued attributes', () => {
    const of = (g: readonly string[]): readonly Figure[] =>
      figuresOf(
        { labels: [0, 0, 0, 0, 0, 0, 1, 1], predictions: [1, 1, 0, 0, 1, 0, 1, 0], attributes: { g } },
        { metrics: ['rich_subgroup'] },
      );
    const [positive, negative] = of(['A', 'A', 'B', 'B', 'B', 'B', 'A', 'B']);
    // A: 2 of 2 against 3 of 6, weighed by 2 of 8 rows.
    expect(positive).toMatchObject({ attribute: null, group: null, parameters: { error: 'FP' }, value: 1 / 8 });
    expect(negative).toMatchObject({ parameters: { error: 'FN' } });
    expect(positive?.strict).toBeUndefined();
    const [numbered] = of(['A', 'C', 'B', 'B', 'B', 'A', 'C', 'A']);
    expect(numbered).toMatchObject({ note: NOTES.numberedGroups, strict: { status: 'ok' } });
  });
});
