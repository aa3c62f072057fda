/**
 * AIF360's classes by plain loops over the rows, from their documentation and source, sharing nothing with the product: the
 * reference that is there where Python is not. Names are those of test/conformance/fairness/aif360-answers.py.
 */
import type { Answers, LibraryCase } from './aif360-cases.ts';

interface Row {
  readonly label: number;
  readonly prediction: number;
  readonly weight: number;
  readonly score: number;
  readonly groups: Readonly<Record<string, number>>;
}
type Rows = readonly Row[];
type Group = Readonly<Record<string, number>>;

function rowsOf({ labels, predictions, attributes, weights, scores }: LibraryCase): Rows {
  return labels.map((label, i) => ({
    label,
    prediction: predictions[i]!,
    weight: weights?.[i] ?? 1,
    // Without scores the library copies the labels of the predictions, made when there was no third value yet.
    score: scores?.[i] ?? (predictions[i] === 1 ? 1 : 0),
    groups: Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, values[i]!])),
  }));
}

function isIn(row: Row, condition: readonly Group[]): boolean {
  return condition.some((clause) => Object.entries(clause).every(([name, value]) => row.groups[name] === value));
}

function weigh(rows: Rows, keep: (row: Row) => boolean): number {
  let sum = 0;
  for (const row of rows) if (keep(row)) sum += row.weight;
  return sum;
}

function scored(rows: Rows, label: number, of: (score: number) => number): number {
  let sum = 0;
  for (const row of rows) if (row.label === label) sum += row.weight * of(row.score);
  return sum;
}

/** Counts and rates of some rows. */
function measuresOf(rows: Rows): Readonly<Record<string, number>> {
  const n = weigh(rows, () => true);
  const p = weigh(rows, ({ label }) => label === 1);
  const neg = weigh(rows, ({ label }) => label === 0);
  const pp = weigh(rows, ({ prediction }) => prediction === 1);
  const pn = weigh(rows, ({ prediction }) => prediction === 0);
  const tp = weigh(rows, ({ label, prediction }) => label === 1 && prediction === 1);
  const fp = weigh(rows, ({ label, prediction }) => label === 0 && prediction === 1);
  const tn = weigh(rows, ({ label, prediction }) => label === 0 && prediction === 0);
  const fn = weigh(rows, ({ label, prediction }) => label === 1 && prediction === 0);
  const gtp = scored(rows, 1, (score) => score);
  const gfp = scored(rows, 0, (score) => score);
  const gtn = scored(rows, 0, (score) => 1 - score);
  const gfn = scored(rows, 1, (score) => 1 - score);
  const zero = (a: number, b: number): number => (b > 0 ? a / b : 0);
  return {
    num_instances: n,
    num_positives: p,
    num_negatives: neg,
    num_pred_positives: pp,
    num_pred_negatives: pn,
    num_true_positives: tp,
    num_false_positives: fp,
    num_true_negatives: tn,
    num_false_negatives: fn,
    num_generalized_true_positives: gtp,
    num_generalized_false_positives: gfp,
    num_generalized_true_negatives: gtn,
    num_generalized_false_negatives: gfn,
    base_rate: p / n,
    selection_rate: pp / n,
    true_positive_rate: tp / p,
    false_negative_rate: fn / p,
    true_negative_rate: tn / neg,
    false_positive_rate: fp / neg,
    generalized_true_positive_rate: gtp / p,
    generalized_false_negative_rate: gfn / p,
    generalized_true_negative_rate: gtn / neg,
    generalized_false_positive_rate: gfp / neg,
    positive_predictive_value: zero(tp, tp + fp),
    negative_predictive_value: zero(tn, tn + fn),
    false_discovery_rate: zero(fp, tp + fp),
    false_omission_rate: zero(fn, tn + fn),
    accuracy: zero(tp + tn, p + neg),
    error_rate: 1 - zero(tp + tn, p + neg),
  };
}

/** `max(a, b)` of Python. */
function max(a: number, b: number): number {
  return b > a ? b : a;
}

function comparisonsOf(low: Rows, high: Rows): Readonly<Record<string, number>> {
  const [u, p] = [measuresOf(low), measuresOf(high)];
  const difference = (name: string): number => u[name]! - p[name]!;
  const ratio = (name: string): number => u[name]! / p[name]!;
  const [tpr, fpr] = [difference('true_positive_rate'), difference('false_positive_rate')];
  return {
    disparate_impact: ratio('selection_rate'),
    statistical_parity_difference: difference('selection_rate'),
    mean_difference: difference('selection_rate'),
    true_positive_rate_difference: tpr,
    equal_opportunity_difference: tpr,
    false_positive_rate_difference: fpr,
    average_odds_difference: (fpr + tpr) / 2,
    average_abs_odds_difference: (Math.abs(fpr) + Math.abs(tpr)) / 2,
    equalized_odds_difference: max(Math.abs(fpr), Math.abs(tpr)),
    generalized_equalized_odds_difference: max(
      Math.abs(difference('generalized_false_positive_rate')),
      Math.abs(difference('generalized_true_positive_rate')),
    ),
    average_predictive_value_difference:
      (difference('positive_predictive_value') + difference('false_omission_rate')) / 2,
    error_rate_difference: difference('error_rate'),
    error_rate_ratio: ratio('error_rate'),
    ...Object.fromEntries(
      ['false_negative_rate', 'false_omission_rate', 'false_discovery_rate'].map((name) => [
        `${name}_difference`,
        difference(name),
      ]),
    ),
    ...Object.fromEntries(
      ['false_positive_rate', 'false_negative_rate', 'false_omission_rate', 'false_discovery_rate'].map((name) => [
        `${name}_ratio`,
        ratio(name),
      ]),
    ),
    'labels:disparate_impact': ratio('base_rate'),
    'labels:statistical_parity_difference': difference('base_rate'),
  };
}

function benefit({ label, prediction }: Row): number {
  return 1 + (prediction === 1 ? 1 : 0) - (label === 1 ? 1 : 0);
}

function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function entropy(b: readonly number[], alpha: number): number {
  const mu = mean(b);
  if (alpha === 1) return mean(b.map((value) => Math.log((value / mu) ** value) / mu));
  if (alpha === 0) return -mean(b.map((value) => Math.log(value / mu) / mu));
  return mean(b.map((value) => (value / mu) ** alpha - 1)) / (alpha * (alpha - 1));
}

/** Every row's mean of its group, 0 in none. */
function between(rows: Rows, groups: readonly (readonly Group[])[]): readonly number[] {
  const means = groups.map((group) => mean(rows.filter((row) => isIn(row, group)).map(benefit)));
  return rows.map((row) => {
    const at = groups.findIndex((group) => isIn(row, group));
    return at < 0 ? 0 : means[at]!;
  });
}

function intersecting(rows: Rows): readonly Rows[] {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(Object.values(row.groups));
    found.set(key, [...(found.get(key) ?? []), row]);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, members]) => members);
}

function edf(groups: readonly Rows[], of: 'label' | 'prediction', c: number): number | null {
  const rates = groups.map((rows) => (weigh(rows, (row) => row[of] === 1) + c / 2) / (weigh(rows, () => true) + c));
  let result: number | null = null;
  for (const [i, p] of rates.entries()) {
    for (const [j, q] of rates.entries()) {
      if (i === j) continue;
      const pair = max(Math.abs(Math.log(p) - Math.log(q)), Math.abs(Math.log(1 - p) - Math.log(1 - q)));
      result = result === null ? pair : max(result, pair);
    }
  }
  return result;
}

/** Everything that `classAnswers` answers. */
export function slowClassAnswers(of: LibraryCase): Answers {
  const rows = rowsOf(of);
  const low = rows.filter((row) => isIn(row, of.unprivileged));
  const high = rows.filter((row) => isIn(row, of.privileged));
  const groups = intersecting(rows);
  const b = {
    '': rows.map(benefit),
    between_group_: between(rows, [of.unprivileged, of.privileged]),
    between_all_groups_: between(
      rows,
      groups.map((members) => [members[0]!.groups]),
    ),
  };
  const conditioned = Object.entries({ None: rows, True: high, False: low }).flatMap(([text, some]) =>
    Object.entries(measuresOf(some)).map(([name, value]) => [`${name}|${text}`, value] as const),
  );
  const entropies = Object.entries(b).flatMap(([prefix, values]) => [
    [`${prefix}theil_index`, entropy(values, 1)] as const,
    [`${prefix}coefficient_of_variation`, Math.sqrt(2 * entropy(values, 2))] as const,
    ...of.alphas.map((alpha) => [`${prefix}generalized_entropy_index|${alpha}`, entropy(values, alpha)] as const),
  ]);
  const fairness = of.concentrations.flatMap((c) => {
    const [labels, predictions] = [edf(groups, 'label', c), edf(groups, 'prediction', c)];
    return [
      [`edf|labels|${c}`, labels] as const,
      [`edf|predictions|${c}`, predictions] as const,
      [`amplification|${c}`, labels === null || predictions === null ? null : predictions - labels] as const,
    ];
  });
  return { ...Object.fromEntries([...conditioned, ...entropies, ...fairness]), ...comparisonsOf(low, high) };
}
