/**
 * `aif360.sklearn.metrics`: a convention of its own. Undefined rates and ratios are 0 (`zero_division='warn'`), what is not
 * favourable is unfavourable, groups are those that occur, and the smoothing depends on the classes seen inside a group.
 *
 * @module
 */
import { CELLS, cellIndex } from '../../columns.ts';
import type { CellTable } from '../../cells.ts';
import { pythonMax } from './comparisons.ts';
import type { Outcomes } from './metric.ts';
import { librarySums, type LibrarySums } from './sums.ts';

/** Rows of a set of groups by class of the label or prediction: weighted, and as persons. */
export interface Classes {
  /** Unfavourable, favourable, unknown. */
  readonly weight: readonly [number, number, number];
  readonly rows: readonly [number, number, number];
}

/** @param members positions in `table.groups`; `null`: everybody */
export function classesOf(table: CellTable, of: Outcomes, members: readonly number[] | null): Classes {
  const weight: [number, number, number] = [0, 0, 0];
  const rows: [number, number, number] = [0, 0, 0];
  for (const group of members ?? table.groups.map((_, position) => position)) {
    for (const klass of [0, 1, 2] as const) {
      for (const other of [0, 1, 2]) {
        const at = group * CELLS + (of === 'labels' ? cellIndex(klass, other) : cellIndex(other, klass));
        weight[klass] += table.weight[at] ?? 0;
        rows[klass] += table.rows[at] ?? 0;
      }
    }
  }
  return { weight, rows };
}

/** `num_samples`: weighted. */
export function numSamples({ weight }: Classes): number {
  return weight[0] + weight[1] + weight[2];
}

/** `smoothed_base_rate`, `smoothed_selection_rate`: (favourable + c / classes seen) / (n + c). */
export function smoothedRate(classes: Classes, concentration: number): number {
  const seen = classes.rows.filter((count) => count > 0).length;
  const total = numSamples(classes);
  // The library multiplies the average by the total again: the same roundings matter near 1.
  const favourable = (classes.weight[1] / total) * total;
  return (favourable + concentration / seen) / (total + concentration);
}

/** The largest |a − b| over all ordered pairs of logarithms, with Python's `max`: a NaN of the first pair stays. */
function furthestPair(values: readonly number[]): number {
  const [first, second] = values;
  const start = Math.abs((first ?? 0) - (second ?? 0));
  if (Number.isNaN(start)) return start;
  // Two that are infinite are NaN apart, which max passes over; one of the first two is finite.
  return values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b));
}

/** `smoothed_edf`. @returns `undefined` where the library raises: fewer than two groups, or one whose weights are all 0 */
export function smoothedEdf(table: CellTable, of: Outcomes, concentration: number): number | undefined {
  const rates = intersection(table, (members) => smoothedRate(classesOf(table, of, members), concentration));
  if (rates.length < 2 || rates.some(Number.isNaN)) return undefined;
  return pythonMax(furthestPair(rates.map(Math.log)), furthestPair(rates.map((rate) => Math.log(1 - rate))));
}

/** `df_bias_amplification`. */
export function biasAmplification(table: CellTable, concentration: number): number | undefined {
  const predictions = smoothedEdf(table, 'predictions', concentration);
  const labels = smoothedEdf(table, 'labels', concentration);
  return predictions === undefined || labels === undefined ? undefined : predictions - labels;
}

/** `intersection`: a metric of each group that occurs, in the order of the groups. */
export function intersection<T>(table: CellTable, measure: (members: readonly number[]) => T): readonly T[] {
  return occurring(table).map((group) => measure([group]));
}

/** `one_vs_rest`: a comparison with each group in turn as the privileged one, and the rest as the unprivileged. */
export function oneVsRest<T>(
  table: CellTable,
  compare: (unprivileged: readonly number[], privileged: readonly number[]) => T,
): readonly T[] {
  const groups = occurring(table);
  return groups.map((group) =>
    compare(
      groups.filter((other) => other !== group),
      [group],
    ),
  );
}

function occurring(table: CellTable): readonly number[] {
  return [...table.groups.keys()].filter((group) => librarySums(table, [group]).benefits.some((count) => count > 0));
}

/** `class_imbalance`: (N_u − N_p) / N, where everybody who is not privileged is unprivileged. */
export function classImbalance(table: CellTable, privileged: readonly number[]): number {
  const all = numSamples(classesOf(table, 'labels', null));
  const inside = numSamples(classesOf(table, 'labels', privileged));
  return (all - inside - inside) / all;
}

/**
 * `kl_divergence`: KL(P_privileged ‖ P_unprivileged), over the classes that occur among the **labels** even where it is of
 * predictions. Of two groups: where there are more, the library raises.
 */
export function klDivergence(
  table: CellTable,
  of: Outcomes,
  groups: { readonly unprivileged: readonly number[]; readonly privileged: readonly number[] },
): number {
  const support = classesOf(table, 'labels', [...groups.unprivileged, ...groups.privileged]).rows;
  const p = classesOf(table, of, groups.privileged);
  const q = classesOf(table, of, groups.unprivileged);
  return ([0, 1, 2] as const)
    .filter((klass) => support[klass] > 0)
    .reduce<number>(
      (sum, klass) => sum + relativeEntropy(p.weight[klass] / numSamples(p), q.weight[klass] / numSamples(q)),
      0,
    );
}

/** scipy's `rel_entr`. */
function relativeEntropy(p: number, q: number): number {
  if (Number.isNaN(p) || Number.isNaN(q)) return Number.NaN;
  if (p > 0 && q > 0) return p * Math.log(p / q);
  return p === 0 ? 0 : Number.POSITIVE_INFINITY;
}

/**
 * `conditional_demographic_disparity` with the groups as strata.
 *
 * @returns `undefined` where the library raises ZeroDivisionError: nobody with one of the outcomes
 */
export function conditionalDemographicDisparity(table: CellTable, of: Outcomes): number | undefined {
  const all = classesOf(table, of, null);
  const total = numSamples(all);
  if (all.rows[1] === 0 || all.rows[1] === all.rows[0] + all.rows[1] + all.rows[2]) return undefined;
  const sum = intersection(table, (members) => {
    const { weight } = classesOf(table, of, members);
    const n = weight[0] + weight[1] + weight[2];
    return n * ((weight[0] + weight[2]) / (total - all.weight[1]) - weight[1] / all.weight[1]);
  });
  return sum.reduce((a, b) => a + b, 0) / total;
}

/** Rates of scikit-learn and of this interface: 0 where the denominator is 0. */
export const SKLEARN_RATES = {
  specificity_score: (s) => orZero(s.tn, s.tn + s.fp),
  sensitivity_score: (s) => orZero(s.tp, s.tp + s.fn),
  precision_score: (s) => orZero(s.tp, s.tp + s.fp),
  false_negative_rate_error: (s) => 1 - orZero(s.tp, s.tp + s.fn),
  false_positive_rate_error: (s) => 1 - orZero(s.tn, s.tn + s.fp),
  false_omission_rate_error: (s) => orZero(s.fn, s.tn + s.fn),
  generalized_fpr: (s) => orZero(s.gfp, s.negatives),
  generalized_fnr: (s) => orZero(s.gfn, s.positives),
  base_rate: (s) => s.positives / s.instances,
  selection_rate: (s) => s.predictedPositives / s.instances,
} as const satisfies Readonly<Record<string, (sums: LibrarySums) => number>>;
export type SklearnRateName = keyof typeof SKLEARN_RATES;

function orZero(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}

/** `difference(rate, …)`. */
function difference(name: SklearnRateName): (low: LibrarySums, high: LibrarySums) => number {
  return (low, high) => SKLEARN_RATES[name](low) - SKLEARN_RATES[name](high);
}

const sensitivity = difference('sensitivity_score');
/** Of specificities turned around: the same as of false positive rates, where both exist. */
const falsePositives = (low: LibrarySums, high: LibrarySums): number => -difference('specificity_score')(low, high);

/** Comparisons of this interface; where the rate of the privileged group is 0 the ratio is 0. */
export const SKLEARN_COMPARISONS = {
  statistical_parity_difference: difference('selection_rate'),
  disparate_impact_ratio: (low, high) => orZero(SKLEARN_RATES.selection_rate(low), SKLEARN_RATES.selection_rate(high)),
  equal_opportunity_difference: sensitivity,
  average_odds_difference: (low, high) => (sensitivity(low, high) + falsePositives(low, high)) / 2,
  average_odds_error: (low, high) => (Math.abs(sensitivity(low, high)) + Math.abs(falsePositives(low, high))) / 2,
  average_predictive_value_difference: (low, high) =>
    (difference('precision_score')(low, high) + difference('false_omission_rate_error')(low, high)) / 2,
} as const satisfies Readonly<Record<string, (low: LibrarySums, high: LibrarySums) => number>>;
export type SklearnComparisonName = keyof typeof SKLEARN_COMPARISONS;
