import { describe, expect, test } from 'vitest';
import type { AuditOptions, AuditRows } from '../../../../../fairness/audit-types.ts';
import { resolveOptions } from '../../../../../fairness/audit/options.ts';
import { tally, totalOf } from '../../../../../fairness/cells.ts';
import { encodeRows } from '../../../../../fairness/encode.ts';
import { auroc } from '../../../../../fairness/metrics/roc/auroc.ts';
import { scoreFigures } from '../../../../../fairness/metrics/scores/figures.ts';
import { COMPARED, SCORE_METRICS } from '../../../../../fairness/metrics/scores/names.ts';
import type { Figure } from '../../../../../fairness/types.ts';
import { createRandom, type Random } from '../../../../../numerics/random.ts';
import { stepsOf } from '../../../../support/score-cases.ts';

const ALL = SCORE_METRICS.map(({ name }) => name);

function figuresOf(rows: AuditRows, more: AuditOptions = {}): readonly Figure[] {
  const options = resolveOptions({ metrics: ALL, ...more });
  const columns = encodeRows(rows, options);
  const [column] = columns.attributes;
  const table = tally(columns, column!);
  const reference = Math.max(0, column!.groups.indexOf(more.reference?.['sex'] ?? ''));
  return scoreFigures({ columns, column, table, reference, options });
}

function anyRows(random: Random, rows: number, groups: readonly string[]): AuditRows & { scores: number[] } {
  const scores = Array.from({ length: rows }, () => random.next());
  return {
    labels: scores.map((score) => (random.next() < 0.2 + 0.6 * score ? 1 : 0)),
    scores,
    attributes: { sex: scores.map((_, i) => groups[i % groups.length]!) },
  };
}

const named = (figures: readonly Figure[], name: string): readonly Figure[] =>
  figures.filter((one) => one.name === name);

describe('figures of scores', () => {
  const rows = anyRows(createRandom('figures'), 300, ['F', 'M', 'X']);
  const figures = figuresOf(rows, { reference: { sex: 'M' }, threshold: [0.2, 0.5] });

  test('every metric is there: for each group, for each group but the reference, or once', () => {
    for (const { name, scope } of SCORE_METRICS) {
      const count = { group: 3, comparison: 2, attribute: 1 }[scope];
      const times = name.startsWith('expected_calibration_error') || name.includes('net_benefit') ? 2 : 1;
      expect([name, named(figures, name).length]).toEqual([name, count * times]);
    }
    expect(figures.length).toBe(SCORE_METRICS.reduce((sum, { name }) => sum + named(figures, name).length, 0));
  });

  test('every figure is whole: no NaN, and its fraction gives its value where it is one', () => {
    for (const figure of figures) {
      expect(JSON.parse(JSON.stringify(figure))).toEqual(figure);
      expect(figure).toMatchObject({ attribute: 'sex', status: 'ok', reason: null, convention: 'strict@1' });
      const { numerator, denominator, value, ci } = figure;
      if (numerator === null) expect(figure.name).toMatch(/^calibration_/);
      else expect(numerator / denominator!).toBeCloseTo(value!, 12);
      if (ci === null) continue;
      expect(ci.low).toBeLessThanOrEqual(value!);
      expect(ci.high).toBeGreaterThanOrEqual(value!);
      expect(ci.level).toBe(0.95);
    }
  });

  test('a difference is group − reference, over the rows of both, with a p-value where it is tested', () => {
    for (const [name, { isTested }] of Object.entries(COMPARED)) {
      const own = named(figures, name);
      for (const figure of named(figures, `${name}_difference`)) {
        const of = (group: string | null): Figure =>
          own.find((one) => one.group === group && one.parameters?.['binning'] === figure.parameters?.['binning'])!;
        expect(figure).toMatchObject({ reference: 'M', n: 200 });
        expect(figure.value).toBeCloseTo(of(figure.group).value! - of('M').value!, 12);
        expect(figure.pValue !== undefined).toBe(isTested);
        expect(figure.adjustedPValue !== undefined).toBe(isTested);
        expect(figure.minimumDetectable !== undefined).toBe(isTested);
      }
    }
  });

  test('parameters say bins and thresholds', () => {
    expect(new Set(named(figures, 'net_benefit').map(({ parameters }) => parameters!['threshold']))).toEqual(
      new Set([0.2, 0.5]),
    );
    const binnings = named(figures, 'expected_calibration_error').map(({ parameters }) => parameters!['binning']);
    expect(new Set(binnings)).toEqual(new Set(['fixed', 'equal_mass']));
    const [gap] = named(figures, 'selection_rate_largest_gap');
    expect(gap!.worstPair!.length).toBe(2);
    expect(gap!.parameters!['thresholds']).toBe(19);
    expect(gap).toMatchObject({ group: null, n: 300 });
  });

  test('everybody is one group without a name, and is compared with nobody', () => {
    const options = resolveOptions({ metrics: ALL });
    const columns = encodeRows(rows, options);
    const table = totalOf(tally(columns, columns.attributes[0]!));
    const whole = scoreFigures({ columns, column: undefined, table, reference: 0, options });
    expect(whole.map(({ name }) => name).filter((name) => /_difference$|_gap$/.test(name))).toEqual([
      'observed_expected_difference',
    ]);
    for (const figure of whole) expect(figure).toMatchObject({ attribute: null, group: null, reference: null, n: 300 });
    const area = auroc(stepsOf({ labels: rows.labels as (0 | 1)[], scores: rows.scores, weights: null }), 0.95);
    expect(named(whole, 'auroc')[0]!.value).toBe(area.value);
    expect(named(whole, 'net_benefit')[0]!.status).toBe('ok');
  });

  test('only what is asked for', () => {
    const few = figuresOf(rows, { metrics: ['auroc_difference', 'brier_uncertainty'] });
    expect(new Set(few.map(({ name }) => name))).toEqual(new Set(['auroc_difference', 'brier_uncertainty']));
    expect(figuresOf(rows, { metrics: ['accuracy'] })).toEqual([]);
  });
});

describe('figures of scores that have no value', () => {
  const random = createRandom('lacking figures');
  const big = anyRows(random, 80, ['F']);

  test('small groups are insufficient, and a comparison says which side', () => {
    const small = anyRows(random, 10, ['M']);
    const rows = {
      labels: [...big.labels!, ...small.labels!],
      scores: [...big.scores, ...small.scores],
      attributes: { sex: [...big.attributes['sex']!, ...small.attributes['sex']!] },
    };
    const figures = figuresOf(rows, { reference: { sex: 'M' } });
    const lacking = { value: null, status: 'insufficient', reason: 'cell_too_small', ci: null };
    for (const { name, scope } of SCORE_METRICS) {
      const [of] = named(figures, name).filter(({ group }) => group !== 'F' || scope === 'comparison');
      expect(of).toMatchObject(lacking);
      if (scope === 'comparison') expect(of!.where).toBe('reference');
    }
    expect(named(figures, 'auroc').find(({ group }) => group === 'F')!.status).toBe('ok');
    const enough = figuresOf(rows, { reference: { sex: 'M' }, minimumCell: 1 });
    expect(named(enough, 'brier_score').map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  test('a group without favourable labels has no AUROC, and says so in a comparison', () => {
    const labels = Array.from({ length: 160 }, (_, i) => (i < 80 ? 0 : i % 2));
    const scores = labels.map(() => random.next());
    const figures = figuresOf(
      { labels, scores, attributes: { sex: labels.map((_, i) => (i < 80 ? 'F' : 'M')) } },
      { reference: { sex: 'M' } },
    );
    const of = (name: string): Figure => named(figures, name).find(({ group }) => group === 'F')!;
    const lacking = { value: null, status: 'undefined', reason: 'no_positives' };
    for (const name of ['auroc', 'auprc', 'calibration_slope', 'brier_skill_score', 'standardized_net_benefit']) {
      expect(of(name)).toMatchObject(lacking);
    }
    expect(of('auroc_difference')).toMatchObject({ ...lacking, where: 'group' });
    expect(of('observed_expected_ratio')).toMatchObject({ value: 0, status: 'ok', ci: null });
    expect(of('brier_score').status).toBe('ok');
  });

  test('without scores, and without labels', () => {
    const { labels, scores, attributes } = big;
    const without = figuresOf({ labels: labels!, predictions: labels!, attributes });
    expect(new Set(without.map(({ reason }) => reason))).toEqual(new Set(['no_scores']));
    const unlabelled = figuresOf({ scores, attributes }).filter(({ name }) => !name.endsWith('_gap'));
    expect(new Set(unlabelled.map(({ reason }) => reason))).toEqual(new Set(['no_labels']));
  });

  test('net benefit at thresholds 0 and 1 is not supported', () => {
    const figures = figuresOf(big, { threshold: [0, 0.5, 1], metrics: ['net_benefit'] });
    expect(figures.map(({ reason }) => reason)).toEqual(['not_supported', null, 'not_supported']);
  });
});
