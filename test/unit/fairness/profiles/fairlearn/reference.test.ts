/** Every metric function of the Fairlearn profile against a second way to it: from the rows, one at a time, by its definition. */
import { expect, test } from 'vitest';
import { tally } from '../../../../../fairness/cells.ts';
import { baseMetrics } from '../../../../../fairness/profiles/fairlearn/base-metrics.ts';
import { difference, metricFrame, ratio, stratumOf } from '../../../../../fairness/profiles/fairlearn/metric-frame.ts';
import { agrees } from '../../../../harness/python-libraries.ts';
import { attributeOf, columnsOf, type FairnessCase, fairnessCases } from '../../../../support/fairness-cases.ts';

interface Row {
  readonly label: number;
  readonly prediction: number;
  readonly weight: number;
}

const total = (rows: readonly Row[], value: (row: Row) => number = () => 1): number =>
  rows.reduce((sum, row) => sum + row.weight * value(row), 0);
const mean = (rows: readonly Row[], value: (row: Row) => number): number => total(rows, value) / total(rows);
/** 0 / 0 is `otherwise`. */
const over = (a: number, b: number, otherwise: number): number => (b === 0 ? otherwise : a / b);

/** Share of `rows` with the prediction; 0 where there are none. */
const share = (rows: readonly Row[], prediction: number): number =>
  over(
    total(rows, (row) => (row.prediction === prediction ? 1 : 0)),
    total(rows),
    0,
  );
const labelled = (rows: readonly Row[], label: number): readonly Row[] => rows.filter((row) => row.label === label);
const predicted = (rows: readonly Row[], prediction: number): readonly Row[] =>
  rows.filter((row) => row.prediction === prediction);
const isRight = (row: Row): number => (row.label === row.prediction ? 1 : 0);
const distance = (row: Row): number => Math.abs(row.label - row.prediction);

const DEFINITIONS: Readonly<Record<string, (rows: readonly Row[]) => number>> = {
  true_positive_rate: (rows) => share(labelled(rows, 1), 1),
  true_negative_rate: (rows) => share(labelled(rows, 0), 0),
  false_positive_rate: (rows) => share(labelled(rows, 0), 1),
  false_negative_rate: (rows) => share(labelled(rows, 1), 0),
  selection_rate: (rows) => mean(rows, ({ prediction }) => (prediction === 1 ? 1 : 0)),
  mean_prediction: (rows) => mean(rows, ({ prediction }) => prediction),
  count: (rows) => rows.length,
  accuracy_score: (rows) => mean(rows, isRight),
  zero_one_loss: (rows) => mean(rows, (row) => 1 - isRight(row)),
  balanced_accuracy_score: (rows) => {
    const recalls = [0, 1]
      .filter((label) => labelled(rows, label).length > 0)
      .map((label) => mean(labelled(rows, label), isRight));
    return recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
  },
  precision_score: (rows) => over(total(predicted(rows, 1), isRight), total(predicted(rows, 1)), 0),
  recall_score: (rows) => over(total(labelled(rows, 1), isRight), total(labelled(rows, 1)), 0),
  f1_score: (rows) => {
    const [precision, recall] = [DEFINITIONS['precision_score']!(rows), DEFINITIONS['recall_score']!(rows)];
    return over(2 * precision * recall, precision + recall, 0);
  },
  // The probability that a positive is predicted above a negative, half for a tie.
  roc_auc_score: (rows) => {
    const [positives, negatives] = [labelled(rows, 1), labelled(rows, 0)];
    const wins = positives.map(
      (a) => total(negatives, (b) => (Math.sign(a.prediction - b.prediction) + 1) / 2) * a.weight,
    );
    return over(
      wins.reduce((sum, win) => sum + win, 0),
      total(positives) * total(negatives),
      Number.NaN,
    );
  },
  r2_score: (rows) => {
    if (rows.length < 2) return Number.NaN;
    const center = mean(rows, ({ label }) => label);
    const residual = total(rows, (row) => distance(row) ** 2);
    const isConstant = new Set(rows.map(({ label }) => label)).size === 1;
    if (isConstant) return residual === 0 ? 1 : 0;
    return 1 - residual / total(rows, ({ label }) => (label - center) ** 2);
  },
  mean_absolute_error: (rows) => mean(rows, distance),
  mean_squared_error: (rows) => mean(rows, (row) => distance(row) ** 2),
};

function rowsOf({ labels, predictions, groups, weights }: FairnessCase, group: string): readonly Row[] {
  return labels.flatMap((label, i) =>
    groups[i] === group ? [{ label, prediction: predictions[i]!, weight: weights?.[i] ?? 1 }] : [],
  );
}

const CASES = fairnessCases('fairlearn reference', 150, [
  { weighted: false, controls: 0, missing: false },
  { weighted: true, controls: 0, missing: false },
]);

test('a definition stands here for every metric function', () => {
  expect(
    baseMetrics()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(Object.keys(DEFINITIONS).sort());
});

test.each(baseMetrics().map((metric) => [metric.name, metric] as const))('%s, by group, to 1e-12', (name, metric) => {
  for (const [i, one] of CASES.entries()) {
    const columns = columnsOf(one);
    const column = attributeOf(columns, 'group');
    const frame = metricFrame(stratumOf(tally(columns, column)), metric);
    const expected = column.groups.map((group) => DEFINITIONS[name]!(rowsOf(one, group)));
    for (const [group, value] of expected.entries()) {
      const ours = frame.byGroup[group]!.value;
      expect(agrees(ours, value), `case ${i}, group ${group}: ${ours} and ${value}`).toBe(true);
    }
    const pairs = expected
      .flatMap((a) => expected.map((b) => [a, b] as const))
      .filter(([a, b]) => !Number.isNaN(a + b));
    const farthest = pairs.length === 0 ? Number.NaN : Math.max(...pairs.map(([a, b]) => Math.abs(a - b)));
    expect(agrees(difference(frame), farthest), `case ${i}: difference`).toBe(true);
    if (name === 'r2_score') continue;
    const smallest = pairs.length === 0 ? Number.NaN : Math.min(...pairs.map(([a, b]) => (b === 0 ? Infinity : a / b)));
    expect(agrees(ratio(frame), smallest === Infinity ? Number.NaN : smallest), `case ${i}: ratio`).toBe(true);
  }
});
