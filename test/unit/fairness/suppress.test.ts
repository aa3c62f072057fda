import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../fairness/audit-types.ts';
import { audit } from '../../../fairness/audit/audit.ts';
import { resolveOptions } from '../../../fairness/audit/options.ts';
import type { CellTable } from '../../../fairness/cells.ts';
import { CELLS, cellIndex } from '../../../fairness/columns.ts';
import { encodeRows } from '../../../fairness/encode.ts';
import {
  markSmall,
  suppressed,
  SUPPRESSED_GROUPS,
  suppressedFindings,
  suppressedSize,
} from '../../../fairness/suppress.ts';
import type { Figure } from '../../../fairness/types.ts';

/** [tn, fp, fn, tp] by group. */
type Counts = Readonly<Record<string, readonly [number, number, number, number]>>;

function table(attribute: string, groups: Counts, weight?: number): CellTable {
  const names = Object.keys(groups).sort();
  const rows = new Float64Array(names.length * CELLS);
  for (const [i, name] of names.entries()) {
    for (const [j, count] of groups[name]!.entries()) rows[i * CELLS + cellIndex(j >> 1, j & 1)] = count;
  }
  if (weight === undefined) return { attribute, groups: names, rows, weight: rows, weightSquared: rows };
  const weights = rows.map((count) => count * weight);
  return { attribute, groups: names, rows, weight: weights, weightSquared: weights };
}

function figure(name: string, about: Partial<Figure> = {}): Figure {
  return {
    name,
    attribute: 'sex',
    group: null,
    reference: null,
    value: 0.25,
    status: 'ok',
    reason: null,
    numerator: 5,
    denominator: 20,
    n: 100,
    ci: { low: 0.1, high: 0.4, level: 0.95, method: 'wilson' },
    convention: 'strict@1',
    ...about,
  };
}

const ofGroup = (name: string, group: string, about: Partial<Figure> = {}): Figure => figure(name, { group, ...about });
const marks = (figures: readonly Figure[], tables: readonly CellTable[]): readonly boolean[] =>
  markSmall(figures, tables).map(({ small }) => small === true);

const LARGE: Counts = { F: [500, 40, 30, 60], M: [480, 50, 30, 70] };
/** Three false negatives of F. */
const FEW_MISSED: Counts = { F: [500, 40, 3, 60], M: [480, 50, 30, 70], X: [300, 40, 20, 50] };

describe('which figures are small', () => {
  test('none where every cell has eleven persons', () => {
    const figures = ['num_instances', 'selection_rate', 'true_positive_rate'].map((name) => ofGroup(name, 'F'));
    expect(marks(figures, [table('sex', LARGE)])).toEqual([false, false, false]);
    expect(markSmall(figures, [table('sex', LARGE)])).toEqual(figures);
  });

  test('ten persons are, eleven are not', () => {
    const withCount = (count: number): Counts => ({ ...LARGE, F: [500, 40, count, 60] });
    expect(marks([ofGroup('true_positive_rate', 'F')], [table('sex', withCount(10))])).toEqual([true]);
    expect(marks([ofGroup('true_positive_rate', 'F')], [table('sex', withCount(11))])).toEqual([false]);
  });

  test('nobody may be told', () => {
    const figures = ['num_instances', 'true_positive_rate'].map((name) => ofGroup(name, 'F'));
    expect(marks(figures, [table('sex', { ...LARGE, F: [500, 40, 0, 60] })])).toEqual([false, false]);
  });

  test('a small number of errors hides what rests on labels, in the group and in one more, and leaves the rest', () => {
    const names = ['num_instances', 'selection_rate', 'true_positive_rate', 'base_rate'];
    const groups = ['F', 'M', 'X'].map((group) =>
      marks(
        names.map((name) => ofGroup(name, group)),
        [table('sex', FEW_MISSED)],
      ),
    );
    // X is the smallest group with enough false negatives to hide the three among.
    expect(groups).toEqual([
      [false, false, true, true],
      [false, false, false, false],
      [false, false, true, true],
    ]);
  });

  test('a comparison needs both sides, figures over all groups need all', () => {
    const tables = [table('sex', FEW_MISSED)];
    const figures = [
      ofGroup('true_positive_rate_difference', 'M', { reference: 'F' }),
      ofGroup('disparate_impact', 'M', { reference: 'F' }),
      figure('true_positive_rate_spread', { worstPair: ['M', 'X'] }),
      figure('selection_rate_spread', { worstPair: ['M', 'X'] }),
    ];
    expect(marks(figures, tables)).toEqual([true, false, true, false]);
  });

  test('where the reference is the group with the smallest value, all groups are behind it', () => {
    const tables = [table('sex', { ...FEW_MISSED, Y: [400, 40, 20, 50] })];
    const compared = ofGroup('true_positive_rate_difference', 'M', { reference: 'Y' });
    expect(markSmall([compared], tables)[0]?.small).toBeUndefined();
    expect(markSmall([compared], tables, { referenceRule: 'minimum' })[0]?.small).toBe(true);
  });

  test('a small group takes a large one with it, or its size would be what is left', () => {
    const tables = [table('sex', { ...LARGE, U: [2, 1, 0, 0] })];
    const sizes = ['F', 'M', 'U'].map((group) => ofGroup('num_instances', group));
    const marked = marks(sizes, tables);
    expect(marked[2]).toBe(true);
    expect(marked.filter(Boolean)).toHaveLength(2);
  });

  test('with fewer than eleven rows nothing is shown', () => {
    const tables = [table('sex', { F: [1, 1, 1, 1], M: [1, 1, 1, 1] })];
    const figures = [figure('num_instances', { attribute: null }), ofGroup('selection_rate', 'F')];
    expect(marks(figures, tables)).toEqual([true, true]);
    expect(suppressedSize(8)).toBeNull();
    expect(suppressedSize(11)).toBe(11);
    expect(suppressedSize(0)).toBe(0);
  });

  test('a small number of everybody hides it in every group', () => {
    const tables = [table('sex', { F: [500, 40, 2, 60], M: [480, 50, 3, 70] })];
    const figures = [
      figure('true_positive_rate', { attribute: null }),
      figure('selection_rate', { attribute: null }),
      ofGroup('true_positive_rate', 'M'),
      ofGroup('selection_rate', 'M'),
    ];
    expect(marks(figures, tables)).toEqual([true, false, true, false]);
  });

  test('persons between two thresholds are a cell', () => {
    const at = (fp: number): CellTable => table('sex', { F: [540 - fp, fp, 30, 60], M: [480, 50, 30, 70] });
    const figures = [0.4, 0.5].map((threshold) => ofGroup('selection_rate', 'F', { parameters: { threshold } }));
    expect(marks(figures, [at(60), at(40)])).toEqual([false, false]);
    expect(marks(figures, [at(45), at(40)])).toEqual([true, true]);
    // More thresholds than counts were given for.
    expect(marks(figures, [at(60)])).toEqual([true, true]);
  });

  test('of counts at thresholds of scores only those are shown that are in the tables', () => {
    const at = (fp: number): CellTable => table('sex', { ...LARGE, F: [540 - fp, fp, 30, 60] });
    const figures = [
      ofGroup('net_benefit', 'F', { parameters: { threshold: 0.4 } }),
      figure('true_positive_rate_largest_gap', { parameters: { threshold: 0.07, thresholds: 99 } }),
    ];
    expect(marks(figures, [at(60)])).toEqual([true, true]);
    expect(marks(figures, [at(60), at(40)])).toEqual([false, true]);
  });

  test('weighted sums tell exchanged persons apart: all or nothing', () => {
    const figures = ['num_instances', 'selection_rate', 'true_positive_rate'].map((name) => ofGroup(name, 'F'));
    expect(marks(figures, [table('sex', FEW_MISSED, 2)])).toEqual([true, true, true]);
  });

  test('what is not known is hidden', () => {
    const tables = [table('sex', FEW_MISSED)];
    const figures = [
      ofGroup('selection_rate', 'F', { attribute: 'race' }),
      ofGroup('something_new', 'F'),
      ofGroup('selection_rate', 'F', { convention: 'aif360@0.6' }),
      ofGroup('selection_rate', 'M', { parameters: { stratum: 'clinic 7' } }),
      ofGroup('selection_rate', 'M', { reference: 'everyone else' }),
      figure('consistency', { attribute: null }),
      ofGroup('kl_divergence', 'F', { reference: 'M', parameters: { of: 'labels' } }),
    ];
    expect(marks(figures, tables)).toEqual([true, true, true, true, false, true, true]);
    expect(marks(figures, [])).toEqual(figures.map(() => true));
  });
});

describe('intersections', () => {
  const race = table('race', { A: [300, 60, 60, 100], B: [300, 60, 60, 100] });
  const sex = table('sex', { F: [300, 60, 60, 100], M: [300, 60, 60, 100] });
  const joint = (few: number): CellTable =>
    table('race*sex', {
      'A*F': [150, 30, few, 50],
      'A*M': [150, 30, 60 - few, 50],
      'B*F': [150, 30, 60 - few, 50],
      'B*M': [150, 30, few, 50],
    });
  const all = (tables: readonly CellTable[]): readonly boolean[] =>
    marks(
      ['A*F', 'A*M', 'B*F', 'B*M'].map((group) => ofGroup('selection_rate', group, { attribute: 'race*sex' })),
      tables,
    );

  test('are shown where every combination is large, hidden where one is small', () => {
    expect(all([race, sex, joint(30)])).toEqual([false, false, false, false]);
    expect(all([race, sex, joint(5)])).toEqual([true, true, true, true]);
  });

  test('leave attributes themselves alone', () => {
    expect(marks([ofGroup('true_positive_rate', 'F')], [race, sex, joint(5)])).toEqual([false]);
  });

  test('of values that the names do not tell are hidden', () => {
    const starred = table('race', { 'A*': [300, 60, 60, 100], B: [300, 60, 60, 100] });
    const named = { ...joint(30), groups: ['A**F', 'A**M', 'B*F', 'B*M'] };
    const marked = marks([ofGroup('selection_rate', 'B*F', { attribute: 'race*sex' })], [starred, sex, named]);
    expect(marked).toEqual([true]);
  });

  test('of ten thousand combinations do not take long', () => {
    const groups = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0'));
    const counts = (scale: number): readonly [number, number, number, number] => [
      20 * scale,
      12 * scale,
      12 * scale,
      15 * scale,
    ];
    const single = (attribute: string): CellTable =>
      table(attribute, Object.fromEntries(groups.map((name) => [name, counts(100)])));
    const pairs = groups.flatMap((a) =>
      groups.map((b): [string, readonly [number, number, number, number]] => [`${a}*${b}`, counts(1)]),
    );
    pairs[0] = ['00*00', [3, 1, 1, 1]];
    const tables = [single('left'), single('right'), table('left*right', Object.fromEntries(pairs))];
    const figures = pairs.map(([group]) => ofGroup('selection_rate', group, { attribute: 'left*right' }));
    const marked = marks(figures, tables);
    expect(marked[0]).toBe(true);
    expect(marked.filter((small) => !small).length).toBeGreaterThan(9_500);
  });
});

describe('the view', () => {
  const shrunk = { value: 0.2, low: 0.1, high: 0.3, method: 'beta-binomial' };
  const bootstrap = { low: 0.1, high: 0.4, level: 0.95, method: 'bootstrap-multinomial' };
  const figures: readonly Figure[] = [
    ofGroup('selection_rate', 'F', {
      small: true,
      shrunk,
      strict: { value: 1, status: 'ok', reason: null },
      note: '3 of 4',
    }),
    ofGroup('selection_rate', 'M', { shrunk }),
    ofGroup('selection_rate', 'U', { small: true }),
    ofGroup('selection_rate', 'V', { small: true }),
    ofGroup('num_instances', 'F'),
    ofGroup('disparate_impact', 'M', { reference: 'F', pValue: 0.2, adjustedPValue: 0.4, adjustment: 'holm' }),
    ofGroup('disparate_impact', 'F', { reference: 'U', pValue: 0.2, minimumDetectable: 0.3, small: true }),
    ofGroup('equalized_odds_difference', 'M', { reference: 'F', ci: bootstrap }),
    ofGroup('selection_rate', 'A', { attribute: 'race', shrunk, ci: bootstrap }),
  ];

  test('leaves no number of a marked figure, and no name of a group that is wholly hidden', () => {
    const view = suppressed(figures);
    expect(view[0]).toEqual({
      name: 'selection_rate',
      attribute: 'sex',
      group: 'F',
      reference: null,
      value: null,
      status: 'insufficient',
      reason: 'suppressed',
      numerator: null,
      denominator: null,
      n: null,
      ci: null,
      convention: 'strict@1',
      small: true,
    });
    expect(view.map(({ group }) => group)).toEqual([
      'F',
      'M',
      SUPPRESSED_GROUPS,
      'F',
      'M',
      SUPPRESSED_GROUPS,
      'M',
      'A',
    ]);
    expect(view.find(({ name, small }) => name === 'disparate_impact' && small)?.reference).toBeNull();
    expect(JSON.stringify(view)).not.toMatch(/"U"|"V"|3 of 4/u);
  });

  test('leaves no parameter that is a result', () => {
    const parameters = { threshold: 0.5, persons: 4, subset: 'race=A', stratum: 'clinic 7' };
    const [found] = suppressed([figure('mdss_positive_scan', { small: true, parameters })]);
    expect(found?.parameters).toEqual({ threshold: 0.5 });
    expect(marks([figure('mdss_positive_scan', { attribute: null, group: null })], [table('sex', LARGE)])).toEqual([
      true,
    ]);
  });

  test('leaves out what was computed together with marked ones', () => {
    const view = suppressed(figures);
    expect(view[1]).toEqual(ofGroup('selection_rate', 'M'));
    expect(view[4]).toEqual(ofGroup('disparate_impact', 'M', { reference: 'F', pValue: 0.2 }));
    expect(view[6]?.ci).toBeNull();
    // Of an attribute with nothing hidden all of it stays.
    expect(view[7]).toEqual(figures[8]);
  });

  test('findings keep their figures; those of marked ones are gone, and words lose a suppressed interval', () => {
    const finding = (position: number): Finding => {
      const { name, attribute, group, reference } = figures[position]!;
      const words = '0.25 (95 % interval 0.1 to 0.4), beyond 0.1.';
      return { figure: position, name, attribute, group, reference, bound: 0.1, strength: 'shown', words };
    };
    const view = suppressed(figures);
    const found = suppressedFindings([finding(1), finding(3), finding(5), finding(7)], figures);
    expect(found.map(({ figure: position }) => view[position]?.name)).toEqual([
      'selection_rate',
      'disparate_impact',
      'equalized_odds_difference',
    ]);
    expect(found[0]).toEqual({ ...finding(1), figure: 1 });
    expect(found[2]?.strength).toBe('possible');
    expect(found[2]?.words).not.toMatch(/0\.4|interval 0/u);
  });

  test('of nothing marked is what it was', () => {
    const plain = figures.filter(({ small }) => small !== true);
    expect(suppressed(plain)).toEqual(plain);
  });
});

describe('strata of control features', () => {
  /** Both sexes and both races are many; of one race and sex there are a few. */
  const few = (size: number, intersections: number): readonly Figure[] => {
    const sizes = [
      ['W', 'F', 400],
      ['W', 'M', 400],
      ['A', 'M', 200],
      ['A', 'F', size],
    ] as const;
    const people = sizes.flatMap(([race, sex, count]) => Array.from({ length: count }, (_, i) => ({ race, sex, i })));
    const options = resolveOptions({ profile: 'fairlearn@0.15', control: ['race'], metrics: ['all'], intersections });
    const rows = {
      labels: people.map(({ i }) => i % 2),
      predictions: people.map(({ i }) => (i >> 1) % 2),
      attributes: { race: people.map(({ race }) => race), sex: people.map(({ sex }) => sex) },
    };
    return audit(encodeRows(rows, options), options).metrics;
  };

  test.each([1, 2])('are combinations with these: a small one is marked, with intersections to depth %i', (depth) => {
    const figures = few(6, depth).filter(({ parameters }) => parameters?.['stratum'] === 'A');
    expect(figures.some(({ n }) => n === 6)).toBe(true);
    expect(figures.filter(({ small }) => small !== true)).toEqual([]);
  });

  test.each([1, 2])('are shown where every combination is large, with intersections to depth %i', (depth) => {
    const figures = few(100, depth).filter(({ parameters }) => parameters?.['stratum'] === 'A');
    expect(figures.length).toBeGreaterThan(0);
    expect(figures.filter(({ small }) => small === true)).toEqual([]);
  });
});
