import { describe, expect, test } from 'vitest';
import { audit } from '../../../../fairness/audit/audit.ts';
import { CATALOGUE } from '../../../../fairness/audit/catalogue.ts';
import type { AuditOptions, AuditRows } from '../../../../fairness/audit-types.ts';
import { encodeRows } from '../../../../fairness/encode.ts';
import type { Figure } from '../../../../fairness/types.ts';
import { createRandom } from '../../../../numerics/random.ts';

type Counts = readonly [tp: number, fp: number, tn: number, fn: number];

/** Rows of the groups with these confusion matrices. */
function rowsOf(groups: Readonly<Record<string, Counts>>): AuditRows {
  const labels: number[] = [];
  const predictions: number[] = [];
  const group: string[] = [];
  for (const [name, counts] of Object.entries(groups)) {
    for (const [i, count] of counts.entries()) {
      for (let k = 0; k < count; k += 1) {
        labels.push(i === 0 || i === 3 ? 1 : 0);
        predictions.push(i < 2 ? 1 : 0);
        group.push(name);
      }
    }
  }
  return { labels, predictions, attributes: { g: group } };
}

function figures(rows: AuditRows, options: AuditOptions = {}): readonly Figure[] {
  return audit(encodeRows(rows, options), options).metrics;
}

function find(all: readonly Figure[], name: string, group: string | null, attribute: string | null = 'g'): Figure {
  const found = all.filter(
    (figure) => figure.name === name && figure.group === group && figure.attribute === attribute,
  );
  expect(found).toHaveLength(1);
  return found[0]!;
}

const TWO = rowsOf({ A: [30, 10, 50, 10], B: [20, 20, 40, 20] });
const ALL: AuditOptions = { metrics: ['all'], reference: { g: 'B' }, resamples: 200 };

describe('strict audit', () => {
  test('rates, differences and ratios by hand', () => {
    const all = figures(TWO, ALL);
    expect(find(all, 'true_positive_rate', 'A')).toMatchObject({ value: 0.75, numerator: 30, denominator: 40, n: 100 });
    expect(find(all, 'selection_rate', null, null)).toMatchObject({ value: 0.4, n: 200 });
    expect(find(all, 'disparate_impact', 'A')).toMatchObject({ value: 1, reference: 'B', n: 200 });
    expect(find(all, 'equal_opportunity_difference', 'A').value).toBeCloseTo(0.25, 12);
    // FPR 10/60 and 20/60.
    expect(find(all, 'average_odds_difference', 'A').value).toBeCloseTo((0.25 - 1 / 6) / 2, 12);
    expect(find(all, 'average_abs_odds_difference', 'A').value).toBeCloseTo((0.25 + 1 / 6) / 2, 12);
    expect(find(all, 'equalized_odds_difference', 'A').value).toBeCloseTo(0.25, 12);
    expect(find(all, 'true_positive_rate_spread', null)).toMatchObject({ worstPair: ['A', 'B'] });
  });

  test('every interval names its method and holds the value', () => {
    for (const figure of figures(TWO, ALL)) {
      if (figure.ci === null || figure.value === null) continue;
      expect(figure.ci.method).toMatch(/^[a-z-]+$/);
      expect(figure.ci.level).toBe(0.95);
      if (figure.ci.low !== null) expect(figure.ci.low).toBeLessThanOrEqual(figure.value + 1e-12);
      if (figure.ci.high !== null) expect(figure.ci.high).toBeGreaterThanOrEqual(figure.value - 1e-12);
    }
  });

  test('every metric of the catalogue is given, and nothing else', () => {
    const rows: AuditRows = { ...TWO, scores: TWO.predictions!.map((p, i) => (p === 1 ? 0.6 : 0.2) + (i % 7) / 50) };
    const given = new Set(figures(rows, ALL).map(({ name }) => name));
    expect([...given].sort()).toEqual(CATALOGUE.map(({ name }) => name).sort());
  });

  test('people and subsets: consistency by features, and the subset that the scores do not fit', () => {
    const n = 400;
    const race = Array.from({ length: n }, (_, i) => 'ab'[i % 2]!);
    const sex = Array.from({ length: n }, (_, i) => 'FM'[Math.floor(i / 2) % 2]!);
    const isOdd = (i: number) => race[i] === 'a' && sex[i] === 'F';
    const scores = Array.from({ length: n }, () => 0.3);
    const labels = scores.map((_, i) => Number(isOdd(i) ? i % 5 !== 0 : i % 10 < 3));
    const rows: AuditRows = { labels, scores, attributes: { race, sex }, features: { x: scores.map((_, i) => i) } };
    const all = figures(rows, {
      metrics: ['consistency', 'mdss_positive_scan', 'mdss_negative_scan', 'mdss_positive_score'],
    });
    expect(find(all, 'consistency', null, null)).toMatchObject({ value: 1, parameters: { neighbors: 5 } });
    const scan = find(all, 'mdss_positive_scan', null, null);
    expect(scan.parameters!['subset']).toBe('race=a, sex=F');
    expect(scan.value!).toBeGreaterThan(find(all, 'mdss_positive_score', 'a', 'race').value!);
    expect(
      find(figures({ ...rows, features: undefined! }, { metrics: ['consistency'] }), 'consistency', null, null),
    ).toMatchObject({
      reason: 'no_features',
    });
  });

  test('a group without positives: undefined with the reason and the side, never a number (invariant 10)', () => {
    const all = figures(rowsOf({ A: [0, 10, 40, 0], B: [25, 0, 25, 0] }), ALL);
    for (const name of ['equalized_odds_difference', 'average_odds_difference', 'equal_opportunity_difference']) {
      expect(find(all, name, 'A')).toMatchObject({
        value: null,
        status: 'undefined',
        reason: 'no_positives',
        where: 'group',
        ci: null,
      });
    }
    expect(find(all, 'true_positive_rate', 'A')).toMatchObject({ value: null, numerator: 0, denominator: 0 });
    expect(find(all, 'true_positive_rate_spread', null)).toMatchObject({ status: 'undefined', reason: 'one_group' });
  });

  test('a reference that selects nobody: no ratio, and the difference stands', () => {
    const all = figures(rowsOf({ A: [10, 10, 20, 10], B: [0, 0, 40, 10] }), ALL);
    expect(find(all, 'disparate_impact', 'A')).toMatchObject({
      value: null,
      reason: 'zero_reference',
      where: 'reference',
    });
    expect(find(all, 'statistical_parity_difference', 'A').value).toBeCloseTo(0.4, 12);
  });

  test('a group below the minimum cell is insufficient, whichever side it is on', () => {
    const rows = rowsOf({ A: [5, 5, 5, 5], B: [20, 20, 40, 20] });
    const all = figures(rows, { ...ALL, minimumCell: 30 });
    expect(find(all, 'selection_rate', 'A')).toMatchObject({
      value: null,
      status: 'insufficient',
      reason: 'cell_too_small',
      n: 20,
    });
    expect(find(all, 'disparate_impact', 'A')).toMatchObject({ status: 'insufficient', where: 'group' });
    const swapped = figures(rows, { ...ALL, reference: { g: 'A' } });
    expect(find(swapped, 'disparate_impact', 'B')).toMatchObject({ status: 'insufficient', where: 'reference' });
    expect(find(figures(rows, { ...ALL, minimumCell: 20 }), 'selection_rate', 'A').value).toBe(0.5);
  });

  test('a row of weight 2 counts as two, and leaves n and the certainty of one', () => {
    const weighted = figures({ ...TWO, weights: TWO.labels!.map(() => 2) }, ALL);
    const once = figures(TWO, ALL);
    const [a, b] = [find(weighted, 'selection_rate', 'A'), find(once, 'selection_rate', 'A')];
    expect(a).toMatchObject({ value: b.value, numerator: 80, n: 100 });
    expect(a.ci!.low).toBeCloseTo(b.ci!.low!, 12);
  });

  test('groups that do not differ: no interval of what is never negative leaves 0 out', () => {
    const all = figures(rowsOf({ A: [30, 10, 50, 10], B: [30, 10, 50, 10], C: [30, 10, 50, 10] }), ALL);
    const never = all.filter(({ name }) => /abs_odds|equalized|spread$|between_all|smoothed/.test(name));
    const intervals = never.filter(({ ci }) => ci !== null);
    expect(intervals.length).toBeGreaterThan(10);
    for (const { name, value, ci } of intervals) {
      expect([name, value]).toEqual([name, expect.closeTo(0, 12)]);
      expect([name, ci!.low, ci!.method]).toEqual([name, 0, 'bootstrap-simultaneous']);
      expect(ci!.high).toBeGreaterThan(0);
    }
  });

  test('p-values are adjusted over the groups of a metric, and the adjustment is named', () => {
    const rows = rowsOf({ A: [30, 10, 50, 10], B: [20, 20, 40, 20], C: [10, 10, 60, 20], D: [40, 10, 40, 10] });
    for (const adjustment of ['holm', 'benjamini-hochberg'] as const) {
      const compared = figures(rows, { ...ALL, adjustment }).filter(({ name }) => name === 'disparate_impact');
      expect(compared).toHaveLength(3);
      for (const figure of compared) {
        expect(figure.adjustment).toBe(adjustment);
        expect(figure.adjustedPValue!).toBeGreaterThanOrEqual(figure.pValue!);
      }
    }
  });

  test('with three groups a rate has its shrunk value beside it, between its own and that of all', () => {
    const rows = rowsOf({ A: [30, 10, 50, 10], B: [20, 20, 40, 20], C: [31, 1, 1, 1] });
    const { value, shrunk } = find(figures(rows, ALL), 'selection_rate', 'C');
    expect(shrunk!.value).toBeLessThan(value!);
    expect(shrunk!.value).toBeGreaterThan(0.4);
  });

  test('the reference is the largest group, unless it is named or the smallest value is asked for', () => {
    const rows = rowsOf({ A: [30, 10, 50, 10], B: [20, 20, 41, 20], C: [1, 1, 40, 20] });
    const reference = (options: AuditOptions) =>
      figures(rows, { ...options, metrics: ['disparate_impact'] })[0]!.reference;
    expect(reference({})).toBe('B');
    expect(reference({ reference: { g: 'A' } })).toBe('A');
    expect(reference({ referenceRule: 'minimum' })).toBe('C');
    expect(reference({ reference: { g: 'A' }, referenceRule: 'minimum' })).toBe('A');
  });

  test('an attribute whose name looks like an intersection has a reference as well', () => {
    const rows = rowsOf({ A: [30, 10, 50, 10], B: [20, 20, 41, 20] });
    const options: AuditOptions = { reference: { 'g*': 'A' }, metrics: ['disparate_impact'] };
    expect(figures({ ...rows, attributes: { 'g*': rows.attributes['g']! } }, options)[0]!.reference).toBe('A');
  });

  test('what is held against the smallest value of the same rows is not tested; against a named group it is', () => {
    const rows = rowsOf({ A: [30, 10, 50, 10], B: [20, 20, 41, 20], C: [1, 1, 40, 20] });
    const options: AuditOptions = { referenceRule: 'minimum', metrics: ['disparate_impact', 'base_rate_difference'] };
    const { metrics, findings, notes } = audit(encodeRows(rows, options), options);
    const compared = metrics.filter(({ reference }) => reference !== null);
    expect(compared).toHaveLength(4);
    for (const figure of compared) {
      expect(figure).toMatchObject({ status: 'ok', reference: 'C', ci: null });
      expect(figure).not.toHaveProperty('pValue');
      expect(figure).not.toHaveProperty('adjustedPValue');
    }
    expect(findings.length).toBeGreaterThan(0);
    for (const { strength, words } of findings) {
      expect(strength).toBe('possible');
      expect(words).toMatch(/\(without an interval\).* There is no interval to settle it\.$/);
    }
    expect(notes.some((note) => note.includes('smallest value'))).toBe(true);
    const named = figures(rows, { ...options, reference: { g: 'C' } }).filter(({ reference }) => reference === 'C');
    for (const figure of named) expect(figure).toMatchObject({ ci: { level: 0.95 }, adjustment: 'holm' });
  });

  test('say so where nobody has the favourable label: it may be misspelt', () => {
    const rows = { labels: ['Yes', 'no'], predictions: ['no', 'no'], attributes: { sex: ['F', 'M'] } };
    const notesWith = (favorable: string, labels = rows.labels): readonly string[] =>
      audit(encodeRows({ ...rows, labels }, { favorable }), { favorable }).notes;
    expect(notesWith('yes')).toContainEqual(expect.stringContaining('Compare its spelling'));
    expect(notesWith('Yes')).not.toContainEqual(expect.stringContaining('Compare its spelling'));
    expect(notesWith('no', ['Yes', 'Yes'])).not.toContainEqual(expect.stringContaining('Compare its spelling'));
  });

  test('what these rows could show is of a test at the level of the audit', () => {
    const of = (level: number) =>
      find(figures(TWO, { ...ALL, level }), 'statistical_parity_difference', 'A').minimumDetectable!;
    // Two-sided at α with 80 % power, rates near 0.4: about (z + 0.84) √(2 · 0.4 · 0.6 / 100).
    expect(of(0.95)).toBeCloseTo((1.96 + 0.84) * Math.sqrt((2 * 0.24) / 100), 1);
    expect(of(0.999) / of(0.95)).toBeGreaterThan(1.3);
  });

  test('several thresholds are several looks at the same scores', () => {
    const scores = Array.from({ length: 100 }, (_, i) => i / 100);
    const rows: AuditRows = {
      labels: scores.map((s) => (s > 0.5 ? 1 : 0)),
      scores,
      attributes: { g: scores.map((_, i) => (i % 2 === 0 ? 'A' : 'B')) },
    };
    const all = figures(rows, { threshold: [0.2, 0.8], metrics: ['selection_rate', 'base_rate', 'auroc'] });
    const rates = all.filter(({ name, attribute }) => name === 'selection_rate' && attribute === null);
    expect(rates.map(({ value, parameters }) => [parameters!['threshold'], value])).toEqual([
      [0.2, 0.8],
      [0.8, 0.2],
    ]);
    // What no threshold changes is given once.
    expect(all.filter(({ name, attribute }) => name === 'base_rate' && attribute === null)).toHaveLength(1);
    expect(all.filter(({ name, attribute }) => name === 'auroc' && attribute === null)).toHaveLength(1);
  });

  test('consistency is of predictions: given at each threshold; what no threshold changes names none', () => {
    const scores = Array.from({ length: 100 }, (_, i) => i / 100);
    const rows: AuditRows = {
      labels: scores.map((_, i) => (i % 3 === 0 ? null : i % 2)),
      scores,
      attributes: { g: scores.map((_, i) => (i % 2 === 0 ? 'A' : 'B')) },
      features: { x: scores.map((_, i) => i % 7) },
    };
    const all = figures(rows, {
      threshold: [0, 0.6],
      metrics: ['base_rate', 'consistency', 'mdss_positive_scan', 'mdss_positive_score'],
    });
    const of = (name: string) => all.filter((figure) => figure.name === name && figure.attribute === null);
    expect(of('consistency').map(({ parameters }) => parameters!['threshold'])).toEqual([0, 0.6]);
    expect(of('consistency')[0]).toMatchObject({ value: 1, n: 100 });
    expect(of('consistency')[1]!.value).toBeLessThan(1);
    expect(of('base_rate')).toHaveLength(1);
    expect(of('base_rate')[0]).not.toHaveProperty('parameters');
    expect(of('mdss_positive_scan')).toHaveLength(1);
    // Of rows with a label.
    expect(of('mdss_positive_scan')[0]!.n).toBe(66);
    expect(find(all, 'mdss_positive_score', 'A').n).toBe(33);
  });

  test('of many rows at many thresholds nothing is compared with its neighbours', () => {
    const scores = Array.from({ length: 2_500 }, (_, i) => (i % 100) / 100);
    const rows: AuditRows = {
      scores,
      attributes: { g: scores.map(() => 'A') },
      features: { x: scores },
    };
    const consistency = (thresholds: number) => {
      const threshold = Array.from({ length: thresholds }, (_, i) => i / 100);
      return figures(rows, { threshold, metrics: ['consistency'] })[0]!;
    };
    expect(consistency(2)).toMatchObject({ status: 'ok', value: 1 });
    expect(consistency(100)).toMatchObject({ status: 'undefined', reason: 'too_many_rows' });
  });

  test('rows count where the figure can be about them: few outcomes among many rows are few', () => {
    const n = 400;
    const rows: AuditRows = {
      // Of A 200 rows have predictions and 8 outcomes; of B all have both.
      labels: Array.from({ length: n }, (_, i) => (i % 2 === 0 && i >= 16 ? null : Math.floor(i / 2) % 2)),
      predictions: Array.from({ length: n }, (_, i) => (i === 0 ? null : Math.floor(i / 4) % 2)),
      scores: Array.from({ length: n }, (_, i) => i / n),
      attributes: { g: Array.from({ length: n }, (_, i) => 'AB'[i % 2]!) },
      features: { x: Array.from({ length: n }, (_, i) => i % 7) },
    };
    const all = figures(rows, { metrics: ['all'], reference: { g: 'B' }, resamples: 50 });
    const few = { status: 'insufficient', reason: 'cell_too_small' };
    expect(find(all, 'selection_rate', 'A')).toMatchObject({ status: 'ok', n: 199, denominator: 199 });
    expect(find(all, 'disparate_impact', 'A')).toMatchObject({ status: 'ok', n: 399 });
    expect(find(all, 'num_instances', 'A')).toMatchObject({ value: 200, n: 200 });
    expect(find(all, 'kl_divergence', 'A')).toMatchObject({ status: 'ok', n: 399 });
    expect(find(all, 'consistency', null, null)).toMatchObject({ status: 'ok', n: 399 });
    expect(find(all, 'base_rate', 'A')).toMatchObject({ ...few, n: 8 });
    expect(find(all, 'base_rate', 'B')).toMatchObject({ status: 'ok', n: 200 });
    expect(find(all, 'base_rate', null, null)).toMatchObject({ status: 'ok', n: 208, denominator: 208 });
    expect(find(all, 'accuracy', 'A')).toMatchObject({ ...few, n: 7 });
    for (const name of ['generalized_entropy_index', 'generalized_true_positive_rate', 'mdss_positive_score', 'auroc'])
      expect(find(all, name, 'A')).toMatchObject(few);
    for (const name of ['equal_opportunity_difference', 'equalized_odds_difference'])
      expect(find(all, name, 'A')).toMatchObject({ ...few, where: 'group', n: 207 });
    // There are two groups, of which one has too few rows.
    for (const name of [
      'true_positive_rate_spread',
      'between_all_groups_theil_index',
      'differential_fairness_bias_amplification',
      'true_positive_rate_largest_gap',
    ])
      expect(find(all, name, null)).toMatchObject(few);
    expect(find(all, 'smoothed_empirical_differential_fairness', null)).toMatchObject({ status: 'ok', n: 399 });
    expect(find(all, 'conditional_demographic_disparity', null)).toMatchObject({ status: 'ok', n: 399 });
    expect(find(all, 'selection_rate_largest_gap', null)).toMatchObject({ status: 'ok', n: 400 });
  });

  test('one group of several that are too small is not the only group', () => {
    const rows = rowsOf({ A: [30, 10, 50, 10], B: [2, 2, 4, 2] });
    const all = figures(rows, ALL);
    for (const name of [
      'selection_rate_spread',
      'between_all_groups_generalized_entropy_index',
      'smoothed_empirical_differential_fairness',
      'conditional_demographic_disparity',
    ])
      expect(find(all, name, null)).toMatchObject({ status: 'insufficient', reason: 'cell_too_small' });
    const one = figures(rowsOf({ A: [30, 10, 50, 10] }), { ...ALL, reference: {} });
    expect(find(one, 'selection_rate_spread', null)).toMatchObject({ status: 'undefined', reason: 'one_group' });
  });

  test('nothing is divergence or differential fairness where no outcome is known', () => {
    const unknown = Array.from({ length: 80 }, () => null);
    const rows: AuditRows = { predictions: unknown, attributes: { g: unknown.map((_, i) => 'AB'[i % 2]!) } };
    const all = figures(rows, { ...ALL, resamples: 0 });
    for (const name of ['smoothed_empirical_differential_fairness', 'conditional_demographic_disparity'])
      expect(find(all, name, null)).toMatchObject({ status: 'undefined', reason: 'no_predictions' });
    expect(find(all, 'kl_divergence', 'A')).toMatchObject({ status: 'undefined', reason: 'no_predictions', n: 80 });
  });

  test('more figures than an audit holds, of one intersection at once', () => {
    const n = 4_000;
    const rows: AuditRows = {
      labels: Array.from({ length: n }, (_, i) => i % 2),
      predictions: Array.from({ length: n }, (_, i) => (i % 3) % 2),
      attributes: {
        a: Array.from({ length: n }, (_, i) => i % 63),
        b: Array.from({ length: n }, (_, i) => Math.floor(i / 63)),
      },
    };
    const options = { metrics: ['all'], intersections: 2, minimumCell: 1, resamples: 0 };
    expect(() => figures(rows, options)).toThrow(expect.objectContaining({ code: 'audit_too_large' }));
  });

  test('intersections are attributes of their own, the reference of both parts their reference', () => {
    const n = 400;
    const rows: AuditRows = {
      labels: Array.from({ length: n }, (_, i) => i % 2),
      predictions: Array.from({ length: n }, (_, i) => Number(i % 3 === 0)),
      attributes: {
        s: Array.from({ length: n }, (_, i) => 'FM'[i % 2]!),
        r: Array.from({ length: n }, (_, i) => 'xy'[Math.floor(i / 2) % 2]!),
      },
    };
    const all = figures(rows, { intersections: 2, reference: { s: 'M', r: 'x' }, metrics: ['disparate_impact'] });
    expect([...new Set(all.map(({ attribute }) => attribute))]).toEqual(['s', 'r', 's*r']);
    expect(
      all.filter(({ attribute }) => attribute === 's*r').map(({ group, reference }) => [group, reference]),
    ).toEqual([
      ['F*x', 'M*x'],
      ['F*y', 'M*x'],
      ['M*y', 'M*x'],
    ]);
  });

  test('the same rows, options and seed give the same bytes; another seed other intervals alone', () => {
    const run = (seed: string) => audit(encodeRows(TWO, ALL), { ...ALL, seed });
    expect(JSON.stringify(run('a'))).toBe(JSON.stringify(run('a')));
    const strip = (all: readonly Figure[]) => JSON.stringify(all.map((figure) => ({ ...figure, ci: null })));
    expect(JSON.stringify(run('a'))).not.toBe(JSON.stringify(run('b')));
    expect(strip(run('a').metrics)).toBe(strip(run('b').metrics));
  });

  test('rows without labels or predictions: what can be measured is, the rest says why', () => {
    const { predictions, labels, attributes } = TWO;
    const selection = audit(encodeRows({ predictions: predictions!, attributes }, {}), {});
    expect(find(selection.metrics, 'selection_rate', 'A').value).toBe(0.4);
    expect(find(selection.metrics, 'true_positive_rate', 'A')).toMatchObject({
      status: 'undefined',
      reason: 'no_labels',
    });
    expect(find(selection.metrics, 'equalized_odds_difference', 'B')).toMatchObject({ reason: 'no_labels' });
    const base = audit(encodeRows({ labels: labels!, attributes }, {}), {});
    expect(find(base.metrics, 'base_rate', 'A').value).toBe(0.4);
    expect(find(base.metrics, 'selection_rate', 'A')).toMatchObject({ reason: 'no_predictions' });
  });

  test('a generalized rate is a mean of scores and has the interval of one', () => {
    const scores = TWO.labels!.map((_, i) => (i % 10) / 10);
    const all = figures({ ...TWO, scores }, ALL);
    const [tpr, fnr] = [
      find(all, 'generalized_true_positive_rate', 'A'),
      find(all, 'generalized_false_negative_rate', 'A'),
    ];
    expect(tpr.ci).toMatchObject({ method: 'student', level: 0.95 });
    expect(tpr.ci!.low! + fnr.ci!.high!).toBeCloseTo(1, 12);
    // 40 positives: mean ± t(39) · s/√40.
    const of = scores.filter((_, i) => TWO.labels![i] === 1 && TWO.attributes['g']![i] === 'A');
    const mean = of.reduce((a, b) => a + b, 0) / of.length;
    const variance = of.reduce((all2, s) => all2 + (s - mean) ** 2, 0) / (of.length - 1);
    expect(tpr.ci!.high).toBeCloseTo(mean + 2.0226909 * Math.sqrt(variance / of.length), 6);
  });

  test.each<[string, AuditOptions, string]>([
    ['bins of no attribute', { bins: { age: { edges: [1], names: ['l', 'h'] } } }, 'unknown_group'],
    ['a metric that is none', { metrics: ['fairness'] }, 'unknown_metric'],
    ['no metric at all', { metrics: [] }, 'unknown_metric'],
    ['a reference that does not occur', { reference: { g: 'Z' } }, 'unknown_group'],
    ['a reference of no attribute', { reference: { h: 'A' } }, 'unknown_group'],
    ['a control feature that is none', { control: ['h'] }, 'unknown_group'],
    ['half an intersection', { intersections: 1.5 }, 'invalid_value'],
    ['a level of 1', { level: 1 }, 'invalid_value'],
    ['a bound of no metric', { bounds: { disparate_imapct: 0.9 } }, 'unknown_metric'],
    ['a threshold of NaN', { threshold: Number.NaN }, 'invalid_value'],
    ['no threshold', { threshold: [] }, 'invalid_value'],
    ['thresholds without scores', { threshold: [0.1, 0.2] }, 'missing_member'],
    ['a profile that is none', { profile: 'aif361' as 'strict' }, 'invalid_value'],
    ['no favourable label', { favorable: [] }, 'invalid_value'],
    ['an endless bootstrap', { resamples: 1e9 }, 'invalid_value'],
    ['a negative bound', { bounds: { disparate_impact: -1 } }, 'invalid_value'],
  ])('refuses %s', (_, options, code) => {
    expect(() => figures(TWO, options)).toThrow(expect.objectContaining({ code }));
  });
});

describe('findings', () => {
  test('a figure beyond its bound with its whole interval is shown; one whose interval reaches across is possible', () => {
    const large = rowsOf({ A: [300, 100, 500, 100], B: [500, 300, 100, 100] });
    const { findings } = audit(encodeRows(large, ALL), { reference: { g: 'B' } });
    const impact = findings.find(({ name }) => name === 'disparate_impact')!;
    expect(impact).toMatchObject({ strength: 'shown', bound: 0.8, group: 'A', reference: 'B' });
    expect(impact.words).toContain('The whole interval is beyond the bound.');
    expect(impact.words).toMatch(/95 % interval 0\.\d+ to 0\.\d+/);
    const small = rowsOf({ A: [12, 4, 20, 4], B: [20, 12, 4, 4] });
    const possible = audit(encodeRows(small, ALL), { reference: { g: 'B' } }).findings;
    expect(possible.find(({ name }) => name === 'error_rate_difference')).toMatchObject({ strength: 'possible' });
  });

  test('a ratio is beyond its bound on either side', () => {
    const rows = rowsOf({ A: [500, 300, 100, 100], B: [300, 100, 500, 100] });
    const { findings } = audit(encodeRows(rows, ALL), { reference: { g: 'B' } });
    expect(findings.find(({ name }) => name === 'disparate_impact')).toMatchObject({ strength: 'shown' });
  });

  test('the words say what a group of this size could show', () => {
    const rows = rowsOf({ A: [10, 5, 10, 10], B: [2_000, 500, 2_000, 500] });
    const { findings } = audit(encodeRows(rows, ALL), { reference: { g: 'B' } });
    const words = findings.find(({ name }) => name === 'equal_opportunity_difference')!.words;
    expect(words).toMatch(
      /would be found with 80 % power, so these rows cannot be relied on to show one at the bound\.$/,
    );
  });

  test('a bound of a ratio above 1 is the one below it', () => {
    const rows = rowsOf({ A: [20, 20, 480, 480], B: [250, 250, 250, 250] });
    const wordsOf = (bound: number) => {
      const options = { reference: { g: 'B' }, bounds: { disparate_impact: bound } };
      return audit(encodeRows(rows, ALL), options).findings.find(({ name }) => name === 'disparate_impact')!.words;
    };
    expect(wordsOf(0.8)).toMatch(/a ratio of 0\.8\d* or lower .*could show one at the bound\.$/);
    expect(wordsOf(1.25)).toBe(wordsOf(0.8));
  });

  test('rows that could not show a ratio of 0 may show a large one', () => {
    const rows = rowsOf({ A: [400, 400, 100, 100], B: [2, 0, 50, 50] });
    const { findings } = audit(encodeRows(rows, ALL), { reference: { g: 'B' } });
    const { strength, words } = findings.find(({ name }) => name === 'disparate_impact')!;
    expect(strength).toBe('shown');
    expect(words).toMatch(/not even a ratio of 0 would be found with 80 % power\.$/);
  });

  test('of several thresholds the words say which', () => {
    const scores = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? i / 800 : i / 400));
    const rows: AuditRows = { scores, attributes: { g: scores.map((_, i) => 'AB'[i % 2]!) } };
    const options: AuditOptions = { threshold: [0.3, 0.4], reference: { g: 'B' }, metrics: ['disparate_impact'] };
    const words = audit(encodeRows(rows, options), options).findings.map((finding) => finding.words);
    expect(words).toEqual([
      expect.stringMatching(/^Disparate impact of g A against B at threshold 0\.3 is /),
      expect.stringMatching(/^Disparate impact of g A against B at threshold 0\.4 is /),
    ]);
  });

  test('a group that is predicted without an error says nothing of how large one could be', () => {
    const n = 1_040;
    const labels = Array.from({ length: n }, (_, i) => Math.floor(i / 2) % 2);
    const rows: AuditRows = {
      labels,
      scores: labels.map((label, i) => (i < 40 ? label : i % 5 === 0 ? 1 - 0.9 * label : 0.9 * label)),
      attributes: { g: labels.map((_, i) => (i < 40 ? 'A' : 'B')) },
    };
    const options: AuditOptions = { metrics: ['brier_score_difference'] };
    const { metrics, findings } = audit(encodeRows(rows, options), options);
    const difference = find(metrics, 'brier_score_difference', 'A');
    expect(difference).toMatchObject({ status: 'ok', ci: null });
    expect(difference).not.toHaveProperty('pValue');
    expect(findings).toMatchObject([{ strength: 'possible' }]);
  });

  test('calibrated groups of different size: what chance adds to the error of the small one is nothing shown', () => {
    const options: AuditOptions = {
      metrics: ['expected_calibration_error', 'expected_calibration_error_difference'],
      bounds: { expected_calibration_error: 0.02, expected_calibration_error_difference: 0.05 },
    };
    const counts = { shown: 0, possible: 0 };
    for (let sample = 0; sample < 40; sample += 1) {
      const random = createRandom(`calibrated ${sample}`);
      const scores = Array.from({ length: 1_030 }, () => random.next());
      const rows: AuditRows = {
        labels: scores.map((score) => Number(random.next() < score)),
        scores,
        attributes: { g: scores.map((_, i) => (i < 30 ? 'A' : 'B')) },
      };
      const { metrics, findings } = audit(encodeRows(rows, options), options);
      for (const { strength } of findings) counts[strength] += 1;
      for (const figure of metrics.filter(({ reference }) => reference !== null)) {
        expect(figure.ci).toBeNull();
        expect(figure.note).toMatch(/has no interval/);
      }
    }
    // 40 · 8 figures, of which hardly any of the small group is inside the bound.
    expect(counts.possible).toBeGreaterThan(100);
    expect(counts.shown).toBeLessThan(10);
  });

  test('own bounds count, also where none is usual', () => {
    const options = { reference: { g: 'B' }, bounds: { disparate_impact: 0.01, true_positive_rate: 0.1 } };
    const { findings } = audit(encodeRows(TWO, options), options);
    expect(findings.some(({ name }) => name === 'disparate_impact')).toBe(false);
    expect(findings.some(({ name, group }) => name === 'true_positive_rate' && group === 'A')).toBe(true);
  });
});
