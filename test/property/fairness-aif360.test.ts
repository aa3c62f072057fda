import { describe, expect, it } from 'vitest';
import { resolved } from '../../fairness/audit/options.ts';
import { tally } from '../../fairness/cells.ts';
import { AIF360_METRICS, aif360Figures, aif360Population } from '../../fairness/profiles/aif360/figures.ts';
import type { Figure } from '../../fairness/types.ts';
import { createRandom, type Random } from '../../numerics/random.ts';
import { agrees } from '../harness/python-libraries.ts';
import {
  type Answers,
  answersAgree,
  classAnswers,
  libraryColumns,
  type LibraryCase,
  randomLibraryCase,
} from '../support/aif360-cases.ts';
import { slowClassAnswers } from '../support/aif360-slow.ts';

function cases(seed: string, count: number): readonly LibraryCase[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => randomLibraryCase(random));
}

function differing(a: Answers, b: Answers): readonly string[] {
  return Object.entries(b).flatMap(([name, value]) => {
    const ours = a[name];
    if (value === null || ours === null) return ours === value ? [] : [name];
    if (typeof ours !== 'number' || typeof value !== 'number') return [`${name} is missing`];
    return answersAgree(name, ours, value) ? [] : [`${name}: ${ours} and ${value}`];
  });
}

/** The case with its rows in another order. */
function shuffled(of: LibraryCase, random: Random): LibraryCase {
  const order = of.labels.map((_, i) => i);
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const take = <T>(values: readonly T[]): T[] => order.map((i) => values[i]!);
  return {
    ...of,
    labels: take(of.labels),
    predictions: take(of.predictions),
    attributes: Object.fromEntries(Object.entries(of.attributes).map(([name, values]) => [name, take(values)])),
    ...(of.weights === undefined ? {} : { weights: take(of.weights) }),
    ...(of.scores === undefined ? {} : { scores: take(of.scores) }),
  };
}

/** The first row as two, each with half of its weight. */
function split(of: LibraryCase): LibraryCase {
  const twice = <T>(values: readonly T[]): T[] => [values[0]!, ...values];
  const [first = 1, ...others] = of.weights ?? of.labels.map(() => 1);
  return {
    ...of,
    labels: twice(of.labels),
    predictions: twice(of.predictions),
    attributes: Object.fromEntries(Object.entries(of.attributes).map(([name, values]) => [name, twice(values)])),
    weights: [first / 2, first / 2, ...others],
    ...(of.scores === undefined ? {} : { scores: twice(of.scores) }),
  };
}

function figuresOf(of: LibraryCase, metrics: readonly string[] = ['all']): readonly Figure[] {
  const columns = libraryColumns(of);
  const options = resolved({ profile: 'aif360@0.6', metrics });
  const [column] = columns.attributes;
  const table = tally(columns, column!);
  const reference = Math.min(1, table.groups.length - 1);
  const strict = (): never => {
    throw new Error('not asked');
  };
  return [
    ...aif360Population(table, options, columns),
    ...aif360Figures({ columns, column: column!, table, reference, options, strict }),
  ];
}

describe('aif360@0.6', () => {
  it('gives what plain loops over the rows give, on 300 random datasets', () => {
    for (const of of cases('slow', 300)) expect(differing(classAnswers(of), slowClassAnswers(of))).toEqual([]);
  });

  it('does not depend on the order of the rows', () => {
    const random = createRandom('order');
    for (const of of cases('order', 60)) {
      expect(differing(classAnswers(shuffled(of, random)), classAnswers(of))).toEqual([]);
    }
  });

  it('does not depend on whether a row is two with half of its weight, but for the entropies, which ignore weights', () => {
    const isWeighed = (name: string): boolean => !/entropy|theil|variation/.test(name);
    for (const of of cases('split', 60)) {
      const kept = Object.fromEntries(Object.entries(classAnswers(of)).filter(([name]) => isWeighed(name)));
      expect(differing(classAnswers(split(of)), kept)).toEqual([]);
    }
  });

  it('turns differences around and ratios upside down when the groups swap', () => {
    for (const of of cases('swap', 100)) {
      const [there, back] = [of, { ...of, unprivileged: of.privileged, privileged: of.unprivileged }].map(classAnswers);
      for (const [name, value] of Object.entries(there!)) {
        const other = back![name] as number;
        const isPlain = /(_difference|_ratio|disparate_impact)$/.test(name) && !/abs|equalized/.test(name);
        if (!isPlain) continue;
        const expected = /_difference$/.test(name) ? -other : 1 / other;
        expect(agrees(value as number, expected, 1e-12), `${name}: ${String(value)} and ${expected}`).toBe(true);
      }
    }
  });

  // AIF360 gives a group without rows the error rate 1.
  it('finds no difference between groups that have rows in a perfect model', () => {
    const errors =
      /^(true_positive|false_positive|false_negative|error)_rate_difference$|^(average|equalized).*odds|^theil_index/;
    for (const of of cases('perfect', 100)) {
      const perfect = { ...of, labels: of.labels.map((label) => label % 2) };
      const answers = classAnswers({ ...perfect, predictions: perfect.labels });
      if (answers['num_instances|True'] === 0 || answers['num_instances|False'] === 0) continue;
      for (const [name, value] of Object.entries(answers)) {
        if (errors.test(name) && !Number.isNaN(value)) expect(value, name).toBeCloseTo(0, 15);
      }
    }
  });

  it('gives figures that are JSON, whose fraction is their value, and that differ from the strict value only with a note', () => {
    let recomputed = 0;
    for (const of of cases('figures', 150)) {
      const figures = figuresOf(of);
      expect(JSON.parse(JSON.stringify(figures))).toEqual(figures);
      for (const figure of figures) {
        const { value, status, reason, numerator, denominator, form, strict, note, libraryValue, name } = figure;
        expect(status === 'ok').toBe(value !== null);
        expect(status === 'ok').toBe(reason === null);
        if (strict !== undefined) expect(note, name).toBeTruthy();
        if (value !== null) expect(libraryValue).toBeUndefined();
        if (value === null || numerator === null || denominator === null) continue;
        const fraction = numerator / denominator;
        const again = form === 'log' ? Math.log(fraction) : form === 'root' ? Math.sqrt(fraction) : fraction;
        expect(agrees(again, value, 1e-9), `${name}: ${again} and ${value}`).toBe(true);
        recomputed += 1;
      }
    }
    expect(recomputed).toBeGreaterThan(10_000);
  });

  it('gives a fraction with every number that it computes and does not put', () => {
    const put = /accuracy|error_rate|predictive_value|discovery|omission|kl_divergence|smoothed_edf|df_bias/;
    for (const of of cases('fractions', 100)) {
      for (const { name, value, numerator } of figuresOf(of)) {
        if (value !== null && !put.test(name)) expect(numerator, name).not.toBeNull();
      }
    }
  });

  it('knows the name of every figure, and gives each by its name', () => {
    const [of] = cases('names', 1);
    const rich = { ...of!, scores: of!.labels.map((_, i) => (i % 10) / 10) };
    for (const { name } of figuresOf(rich)) expect(AIF360_METRICS).toContain(name);
    for (const name of AIF360_METRICS) {
      const figures = figuresOf({ ...rich, attributes: { a: rich.labels.map((_, i) => i % 3) } }, [name]);
      expect(new Set(figures.map((figure) => figure.name)), name).toEqual(new Set([name]));
    }
  });
});
