/** Datasets as test/conformance/fairness/aif360-answers.py asks AIF360 about them, and our answers under the same names. */
import type { AuditColumns } from '../../fairness/columns.ts';
import { encodeRows } from '../../fairness/encode.ts';
import { confusionOf } from '../../fairness/rates.ts';
import {
  COMPARISON_ALIASES,
  DATASET_COMPARISONS,
  LIBRARY_COMPARISONS,
} from '../../fairness/profiles/aif360/comparisons.ts';
import { type Condition, strataOf } from '../../fairness/profiles/aif360/conditions.ts';
import {
  createLibraryMetric,
  type EntropyOf,
  type LibraryMetric,
  metricOfGroups,
} from '../../fairness/profiles/aif360/metric.ts';
import { CONDITIONED_ALIASES, LIBRARY_COUNTS, LIBRARY_RATES } from '../../fairness/profiles/aif360/rates.ts';
import * as sklearn from '../../fairness/profiles/aif360/sklearn.ts';
import { librarySums } from '../../fairness/profiles/aif360/sums.ts';
import type { CellTable } from '../../fairness/cells.ts';
import type { Random } from '../../numerics/random.ts';
import { agrees } from '../harness/python-libraries.ts';

/** Labels and predictions: 1 favourable, 0 unfavourable, 2 neither. Groups are numbers: AIF360 takes nothing else. */
export interface LibraryCase {
  readonly labels: readonly number[];
  readonly predictions: readonly number[];
  readonly attributes: Readonly<Record<string, readonly number[]>>;
  readonly weights?: readonly number[];
  readonly scores?: readonly number[];
  readonly unprivileged: readonly Readonly<Record<string, number>>[];
  readonly privileged: readonly Readonly<Record<string, number>>[];
  readonly alphas: readonly number[];
  readonly concentrations: readonly number[];
}

/** `null` where the library raises. */
export type Answers = Readonly<Record<string, number | readonly number[] | null>>;

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)]!;
}

const NOBODY_SOME_ALL = [0, 0.1, 0.5, 0.9, 1];

/** Random datasets, many of them at an edge: empty groups, no positives, all false negatives, pure groups, weights of 0. */
export function randomLibraryCase(random: Random): LibraryCase {
  const n = pick(random, [1, 2, 3, 5, 8, 20, 60, 150]);
  const rows = Array.from({ length: n }, (_, i) => i);
  const groups = pick(random, [1, 2, 2, 3, 4]);
  const [positive, hit, falseAlarm] = [0, 1, 2].map(() => pick(random, NOBODY_SOME_ALL)) as [number, number, number];
  const labels = rows.map(() => (random.next() < positive ? 1 : 0));
  const predictions = labels.map((label) => (random.next() < (label === 1 ? hit : falseAlarm) ? 1 : 0));
  const hasUnknown = random.next() < 0.15;
  const unknown = (value: number): number => (hasUnknown && random.next() < 0.1 ? 2 : value);
  const hasSecond = random.next() < 0.4;
  const isMixed = hasSecond && random.next() < 0.5;
  return {
    labels: labels.map(unknown),
    predictions: predictions.map(unknown),
    attributes: {
      a: rows.map(() => random.below(groups)),
      ...(hasSecond ? { b: rows.map(() => random.below(2)) } : {}),
    },
    // The first is above 0: where all are 0 there is nothing to audit.
    ...(random.next() < 0.5
      ? { weights: rows.map((i) => (i === 0 ? 2 : pick(random, [0, 0.5, 1, 3, random.next()]))) }
      : {}),
    ...(random.next() < 0.5 && !hasUnknown ? { scores: rows.map(() => random.next()) } : {}),
    unprivileged: isMixed ? [{ a: 0, b: 1 }, { a: 2 }] : [{ a: 0 }],
    privileged: isMixed ? [{ a: 1 }, { a: 0, b: 0 }] : [{ a: 1 }],
    alphas: [-1, 0, 0.5, 1, 2, 3],
    concentrations: [0, 0.5, 1, 10],
  };
}

export function libraryColumns({ labels, predictions, attributes, weights, scores }: LibraryCase): AuditColumns {
  const cell = (value: number): number | null => (value === 2 ? null : value);
  return encodeRows(
    {
      labels: labels.map(cell),
      predictions: predictions.map(cell),
      attributes,
      ...(weights === undefined ? {} : { weights }),
      ...(scores === undefined ? {} : { scores }),
    },
    {},
  );
}

export function conditionOf(groups: LibraryCase['privileged']): Condition {
  return groups.map((clause) =>
    Object.fromEntries(Object.entries(clause).map(([name, value]) => [name, String(value)])),
  );
}

const PRIVILEGED = { None: null, True: true, False: false } as const;
const ENTROPIES: Readonly<Record<string, EntropyOf>> = {
  '': 'rows',
  between_group_: 'between_group',
  between_all_groups_: 'between_all_groups',
};

/** Everything of the two classes, under the script's names. */
export function classAnswers(of: LibraryCase): Answers {
  const columns = libraryColumns(of);
  const metric = createLibraryMetric(strataOf(columns), conditionOf(of.unprivileged), conditionOf(of.privileged));
  return {
    ...conditionedAnswers(metric),
    ...comparisonAnswers(metric),
    ...entropyAnswers(metric, of.alphas),
    ...Object.fromEntries(
      of.concentrations.flatMap((c) => [
        [`edf|labels|${c}`, metric.edf('labels', c) ?? null],
        [`edf|predictions|${c}`, metric.edf('predictions', c) ?? null],
        [`amplification|${c}`, metric.amplification(c) ?? null],
      ]),
    ),
  };
}

function conditionedAnswers(metric: LibraryMetric): Answers {
  const names = [...Object.keys(LIBRARY_COUNTS), ...Object.keys(LIBRARY_RATES)].map((name) => [name, name] as const);
  const all = [...names, ...Object.entries(CONDITIONED_ALIASES)];
  return Object.fromEntries(
    all.flatMap(([asked, name]) =>
      Object.entries(PRIVILEGED).map(([text, privileged]) => [
        `${asked}|${text}`,
        metric.measure(name as keyof typeof LIBRARY_RATES, privileged),
      ]),
    ),
  );
}

function comparisonAnswers(metric: LibraryMetric): Answers {
  const names = Object.keys(LIBRARY_COMPARISONS).map((name) => [name, name] as const);
  const all = [...names, ...Object.entries(COMPARISON_ALIASES)];
  return {
    ...Object.fromEntries(
      all.map(([asked, name]) => [asked, metric.compare(name as keyof typeof LIBRARY_COMPARISONS)]),
    ),
    ...Object.fromEntries(
      (Object.keys(DATASET_COMPARISONS) as (keyof typeof DATASET_COMPARISONS)[]).map((name) => [
        `labels:${name}`,
        metric.compareLabels(name),
      ]),
    ),
  };
}

function entropyAnswers(metric: LibraryMetric, alphas: readonly number[]): Answers {
  return Object.fromEntries(
    Object.entries(ENTROPIES).flatMap(([prefix, of]): [string, number][] => [
      [`${prefix}theil_index`, metric.entropy(of, 1)],
      [`${prefix}coefficient_of_variation`, metric.variation(of)],
      ...alphas.map((alpha): [string, number] => [
        `${prefix}generalized_entropy_index|${alpha}`,
        metric.entropy(of, alpha),
      ]),
    ]),
  );
}

const SKLEARN_GROUP_RATES = [
  'base_rate',
  'selection_rate',
  'specificity_score',
  'sensitivity_score',
  'false_negative_rate_error',
  'false_positive_rate_error',
  'false_omission_rate_error',
  'generalized_fpr',
  'generalized_fnr',
] as const;

/** Everything of the scikit-learn interface, under the script's names. */
export function sklearnAnswers(of: LibraryCase): Answers {
  const strata = strataOf(libraryColumns(of));
  const { table } = strata;
  return {
    ...Object.fromEntries(
      SKLEARN_GROUP_RATES.map((name) => [
        `intersection|${name}`,
        sklearn.intersection(table, (members) => sklearn.SKLEARN_RATES[name](librarySums(table, members))),
      ]),
    ),
    ...oneVsRestAnswers(table),
    ...Object.fromEntries(
      of.alphas.map((alpha) => [
        `between_group_generalized_entropy_error|privileged|${alpha}`,
        sklearn.oneVsRest(table, (unprivileged, privileged) =>
          metricOfGroups(table, { unprivileged, privileged }).entropy('between_group', alpha),
        ),
      ]),
    ),
    ...divergenceAnswers(strata),
    ...Object.fromEntries(
      of.concentrations.flatMap((c) => [
        [`smoothed_edf|labels|${c}`, sklearn.smoothedEdf(table, 'labels', c) ?? null],
        [`smoothed_edf|predictions|${c}`, sklearn.smoothedEdf(table, 'predictions', c) ?? null],
        [`df_bias_amplification|${c}`, sklearn.biasAmplification(table, c) ?? null],
      ]),
    ),
    'cdd|labels': sklearn.conditionalDemographicDisparity(table, 'labels') ?? null,
    'cdd|predictions': sklearn.conditionalDemographicDisparity(table, 'predictions') ?? null,
  };
}

function oneVsRestAnswers(table: CellTable): Answers {
  const compare = (name: keyof typeof sklearn.SKLEARN_COMPARISONS): readonly number[] =>
    sklearn.oneVsRest(table, (unprivileged, privileged) =>
      sklearn.SKLEARN_COMPARISONS[name](librarySums(table, unprivileged), librarySums(table, privileged)),
    );
  const names = Object.keys(sklearn.SKLEARN_COMPARISONS) as (keyof typeof sklearn.SKLEARN_COMPARISONS)[];
  return {
    ...Object.fromEntries(names.map((name) => [`one_vs_rest|${name}`, compare(name)])),
    'one_vs_rest|class_imbalance': sklearn.oneVsRest(table, (_, privileged) =>
      sklearn.classImbalance(table, privileged),
    ),
  };
}

function divergenceAnswers({ table, values }: ReturnType<typeof strataOf>): Answers {
  const isPair = table.groups.length === 2;
  return Object.fromEntries(
    (['labels', 'predictions'] as const).flatMap((of) =>
      values.map((codes, position) => {
        const name = codes.length === 1 ? codes[0]! : `(${codes.join(', ')})`;
        const groups = { privileged: [position], unprivileged: [1 - position] };
        return [`kl_divergence|${of}|${name}`, isPair ? sklearn.klDivergence(table, of, groups) : null];
      }),
    ),
  );
}

/**
 * Names that the scikit-learn interface has no reproducible answer for in this case:
 * - with one group nobody is in "the rest": scikit-learn refuses empty columns;
 * - a group whose weights are all 0 is divided by, and raises;
 * - with weights, scikit-learn takes true negatives as what is left of the total. Where nothing is left, that is rounding
 *   noise, and a rate over it anything from 0 to 1.
 */
export function isUnanswered(of: LibraryCase): (name: string) => boolean {
  const { table } = strataOf(libraryColumns(of));
  const groups = table.groups.map((_, group) => confusionOf(table.weight, group));
  const isOne = groups.length === 1;
  const isWeightless = groups.some(({ n }) => n === 0);
  const isEmpty = (count: (of: (typeof groups)[number]) => number): boolean =>
    of.weights !== undefined && groups.some((group) => count(group) === 0);
  const isNoise = isEmpty(({ negatives }) => negatives) || isEmpty(({ predictedNegatives }) => predictedNegatives);
  const trueNegatives = /specificity|false_positive_rate_error|false_omission|average_/;
  return (name) =>
    (isOne && name.startsWith('one_vs_rest|') && name !== 'one_vs_rest|class_imbalance') ||
    (isWeightless && /intersection|one_vs_rest|kl_div/.test(name)) ||
    (isNoise && trueNegatives.test(name));
}

/**
 * Whether two answers agree to 1e-12: NaN with NaN, an infinity with itself. A coefficient of variation is a root: it agrees where
 * its square does, to 1e-13. For groups with equal means the square is rounding noise in the library (and NaN where that is below
 * 0), which nothing reproduces.
 */
export function answersAgree(name: string, ours: number, theirs: number): boolean {
  if (agrees(ours, theirs, 1e-12)) return true;
  if (!name.endsWith('coefficient_of_variation') || !Number.isFinite(ours)) return false;
  const squared = Number.isNaN(theirs) ? 0 : theirs * theirs;
  return Math.abs(ours * ours - squared) <= 1e-13;
}
