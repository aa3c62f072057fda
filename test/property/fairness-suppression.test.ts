import { describe, expect, test } from 'vitest';
import type { AuditRows } from '../../fairness/audit-types.ts';
import { audit } from '../../fairness/audit/audit.ts';
import type { CellTable } from '../../fairness/cells.ts';
import { encodeRows } from '../../fairness/encode.ts';
import { confusionOf, RATES, type RateName } from '../../fairness/rates.ts';
import { markSmall, MINIMUM_CELL, suppressed, SUPPRESSED_GROUPS, type ShownFigure } from '../../fairness/suppress.ts';
import type { Figure } from '../../fairness/types.ts';
import { createRandom, type Random } from '../../numerics/random.ts';
import {
  groupName,
  type Known,
  leaks,
  type Part,
  PARTS,
  type Population,
  tablesOf,
} from '../support/suppression-attack.ts';

const AUDITS = 400;

/** Tables as they come: some combinations large, many small, some without anybody, predictions good or bad. */
function populationOf(random: Random): Population {
  const sizes = [2 + random.below(3), 1 + random.below(3)] as const;
  const scales = [
    [0, 4],
    [0, 14],
    [8, 40],
    [20, 200],
  ] as const;
  const usual = random.below(4);
  const counts = Array.from({ length: sizes[0] * sizes[1] }, () => {
    if (random.below(6) === 0) return [0, 0, 0, 0];
    const [low, high] = scales[random.below(3) === 0 ? random.below(4) : usual]!;
    return Array.from({ length: 4 }, () => low + random.below(high - low + 1));
  });
  return { sizes, counts: counts.flat() };
}

/** The counts that each name gives away, value and interval and n together. Written down here on its own. */
const GIVEN_AWAY: Readonly<Record<RateName, readonly Part[]>> = {
  base_rate: ['n', 'positives', 'negatives'],
  selection_rate: ['n', 'selected', 'rejected'],
  true_positive_rate: ['n', 'tp', 'fn', 'positives'],
  false_negative_rate: ['n', 'tp', 'fn', 'positives'],
  true_negative_rate: ['n', 'tn', 'fp', 'negatives'],
  false_positive_rate: ['n', 'tn', 'fp', 'negatives'],
  positive_predictive_value: ['n', 'tp', 'fp', 'selected'],
  false_discovery_rate: ['n', 'tp', 'fp', 'selected'],
  negative_predictive_value: ['n', 'tn', 'fn', 'rejected'],
  false_omission_rate: ['n', 'tn', 'fn', 'rejected'],
  accuracy: ['n', 'right', 'wrong'],
  error_rate: ['n', 'right', 'wrong'],
};

function base(name: string, place: Pick<Figure, 'attribute' | 'group' | 'reference' | 'n'>): Figure {
  return {
    name,
    ...place,
    value: 0.5,
    status: 'ok',
    reason: null,
    numerator: 1,
    denominator: 2,
    ci: { low: 0, high: 1, level: 0.95, method: 'wilson' },
    convention: 'strict@1',
  };
}

/** Every rate of every group and of everybody, and the differences from the first group. */
function figuresOf(tables: readonly CellTable[], names: readonly RateName[]): readonly Figure[] {
  const all = tables.flatMap(({ attribute, groups, rows }) =>
    groups.flatMap((group, i) => {
      const { n } = confusionOf(rows, i);
      return ['num_instances', ...names].flatMap((name) => [
        base(name, { attribute, group, reference: null, n }),
        ...(i === 0 ? [] : [base(`${name}_difference`, { attribute, group, reference: groups[0]!, n })]),
      ]);
    }),
  );
  const n = confusionOf(tables[0]!.rows, 0).n;
  return [...all, ...names.map((name) => base(name, { attribute: null, group: null, reference: null, n }))];
}

/** What a reader of these figures knows. Numbers of persons are public where any figure of the place is. */
function knownFrom(figures: readonly ShownFigure[]): readonly Known[] {
  return figures.flatMap(({ name, attribute, group, reference, n }): Known[] => {
    if (n === null) return [];
    const rate = name.replace(/_difference$/u, '');
    const parts = rate === 'num_instances' ? (['n'] as const) : GIVEN_AWAY[rate as RateName];
    const groups = reference === null ? [group] : [group, reference];
    return groups.flatMap((one) => parts.map((part) => ({ attribute, group: one, part })));
  });
}

const NAMES = Object.keys(RATES) as RateName[];

const COUNTS: Readonly<Record<string, readonly Part[]>> = {
  num_instances: ['n'],
  num_positives: ['n', 'positives'],
  num_negatives: ['n', 'negatives'],
  num_true_positives: ['n', 'tp'],
  num_false_positives: ['n', 'fp'],
  num_true_negatives: ['n', 'tn'],
  num_false_negatives: ['n', 'fn'],
  num_pred_positives: ['n', 'selected'],
  num_pred_negatives: ['n', 'rejected'],
  class_imbalance: ['n'],
  disparate_impact: GIVEN_AWAY.selection_rate,
  statistical_parity_difference: GIVEN_AWAY.selection_rate,
};

/** What a figure of a whole audit gives away; where nothing better is known, everything. */
function partsOf(name: string, { parameters }: ShownFigure): readonly Part[] {
  const rate = name.replace(/_(difference|ratio|spread)$/u, '');
  const known = COUNTS[name] ?? (GIVEN_AWAY as Readonly<Record<string, readonly Part[]>>)[rate];
  if (known !== undefined) return known;
  return parameters?.['of'] === 'predictions' ? GIVEN_AWAY.selection_rate : (Object.keys(PARTS) as Part[]);
}

/** What a reader of the figures of a whole audit knows: of figures over all groups the counts of all of them. */
function knownFromAudit(figures: readonly ShownFigure[], tables: readonly CellTable[]): readonly Known[] {
  return figures.flatMap((figure): Known[] => {
    const { name, attribute, group, reference, n } = figure;
    if (n === null) return [];
    const all = tables.find((table) => table.attribute === attribute)?.groups ?? [null];
    const groups = group === null ? all : reference === null ? [group] : [group, reference];
    return groups.flatMap((one) => partsOf(name, figure).map((part) => ({ attribute, group: one, part })));
  });
}

function rowsOf({ sizes: [, second], counts }: Population): AuditRows {
  const each = counts.flatMap((count, i) => new Array<number>(count).fill(i));
  const place = each.map((i) => i >> 2);
  return {
    labels: each.map((i) => (i >> 1) & 1),
    predictions: each.map((i) => i & 1),
    attributes: {
      a: place.map((one) => groupName(0, Math.floor(one / second))),
      b: place.map((one) => groupName(1, one % second)),
    },
  };
}

describe('small cells', () => {
  test(`in ${AUDITS} audits of two attributes and their intersection no small number of persons can be told from a large one`, () => {
    const found = [];
    let small = 0;
    let shown = 0;
    for (let audit = 0; audit < AUDITS; audit += 1) {
      const population = populationOf(createRandom(`suppression/${audit}`));
      const tables = tablesOf(population);
      const view = suppressed(markSmall(figuresOf(tables, NAMES), tables));
      small += view.filter(({ value }) => value === null).length;
      shown += view.filter(({ value }) => value !== null).length;
      const known = knownFrom(view);
      found.push(...leaks(population, known, MINIMUM_CELL).map((leak) => ({ audit, ...leak })));
    }
    expect(found).toEqual([]);
    // Not by hiding everything, nor for lack of anything to hide.
    expect(small).toBeGreaterThan(AUDITS);
    expect(shown).toBeGreaterThan(10 * AUDITS);
  });

  test.each(['strict', 'aif360@0.6', 'fairlearn@0.15', 'aequitas@1.1'] as const)(
    'nor of everything that an audit by %s computes',
    (profile) => {
      const found = [];
      let shown = 0;
      for (let round = 0; round < 40; round += 1) {
        const population = populationOf(createRandom(`whole audit/${round}`));
        if (population.counts.every((count) => count === 0)) continue;
        const options = { profile, metrics: ['all'], minimumCell: 1, resamples: 0, intersections: 2 };
        const view = suppressed(audit(encodeRows(rowsOf(population), options), options).metrics);
        shown += view.filter(({ value }) => value !== null).length;
        const known = knownFromAudit(view, tablesOf(population));
        found.push(...leaks(population, known, MINIMUM_CELL).map((leak) => ({ round, ...leak })));
      }
      expect(found).toEqual([]);
      expect(shown).toBeGreaterThan(300);
    },
  );

  test('the attack finds what is hidden where only the small cells themselves are', () => {
    let pinned = 0;
    for (let audit = 0; audit < 60; audit += 1) {
      const population = populationOf(createRandom(`suppression/${audit}`));
      const tables = tablesOf(population);
      const figures = figuresOf(tables, NAMES).filter(({ attribute, group, reference, name }) => {
        const table = tables.find((one) => one.attribute === attribute);
        const rate = name.replace(/_difference$/u, '');
        const parts = rate === 'num_instances' ? (['n'] as const) : GIVEN_AWAY[rate as RateName];
        return [group, reference].every((one) => {
          if (one === null || table === undefined) return true;
          const counts = confusionOf(table.rows, table.groups.indexOf(one));
          const { tp, tn, fp, fn, predictedPositives: selected, predictedNegatives: rejected } = counts;
          const by = { ...counts, selected, rejected, right: tp + tn, wrong: fp + fn };
          return parts.every((part) => by[part] === 0 || by[part] >= MINIMUM_CELL);
        });
      });
      pinned += leaks(population, knownFrom(figures), MINIMUM_CELL).length > 0 ? 1 : 0;
    }
    expect(pinned).toBeGreaterThan(20);
  });

  test('groups of which nothing is shown are not named', () => {
    for (let audit = 0; audit < 50; audit += 1) {
      const tables = tablesOf(populationOf(createRandom(`suppression/${audit}`)));
      const view = suppressed(markSmall(figuresOf(tables, NAMES), tables));
      for (const { attribute, group } of view) {
        if (group === null || group === SUPPRESSED_GROUPS) continue;
        const own = view.filter((figure) => figure.attribute === attribute && figure.group === group);
        const asReference = view.filter((figure) => figure.attribute === attribute && figure.reference === group);
        expect([...own, ...asReference].some(({ n }) => n !== null)).toBe(true);
      }
    }
  });
});
