import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { tally } from '../../../fairness/cells.ts';
import { baseMetrics } from '../../../fairness/profiles/fairlearn/base-metrics.ts';
import {
  type Aggregation,
  demographicParityDifference,
  demographicParityRatio,
  equalizedOddsDifference,
  equalizedOddsRatio,
  equalOpportunityDifference,
  equalOpportunityRatio,
  frameOf,
} from '../../../fairness/profiles/fairlearn/fairness-metrics.ts';
import {
  difference,
  groupMax,
  groupMin,
  type Method,
  type MetricFrame,
  metricFrame,
  ratio,
  type Stratum,
  strataOf,
  stratumOf,
} from '../../../fairness/profiles/fairlearn/metric-frame.ts';
import { createRandom } from '../../../numerics/random.ts';
import { skipNote } from '../../harness/outside-tools.ts';
import { agrees, askPython, findPythonLibraries, number } from '../../harness/python-libraries.ts';
import {
  attributeOf,
  type CaseShape,
  columnsOf,
  type FairnessCase,
  fairnessCases,
} from '../../support/fairness-cases.ts';

/** The largest deviation from the library, relative to 1 or the value. */
const TOLERANCE = 1e-12;

/** A data set, and what is asked about it. Fairlearn takes 1 to 2 ms for one metric of one group: each is asked a few things. */
type FairlearnCase = FairnessCase & {
  readonly zeroDivision: number;
  readonly metrics: readonly string[];
  readonly named: readonly string[];
  readonly generated: readonly string[];
};
type Row = Readonly<Record<string, unknown>>;
interface Answer {
  readonly frame: Readonly<Record<string, Readonly<Record<string, Row>>>> & {
    readonly by_group: Readonly<Record<string, Readonly<Record<string, Row>>>>;
  };
  readonly named: Row;
  readonly generated: Row;
}

const SHAPES: readonly CaseShape[] = [
  { weighted: false, controls: 0, missing: false },
  { weighted: true, controls: 0, missing: false },
  { weighted: false, controls: 1, missing: false },
  { weighted: true, controls: 2, missing: false },
];
const ZERO_DIVISIONS = [0, 0, 1, Number.NaN];
const METHODS: readonly Method[] = ['between_groups', 'to_overall'];
const AGGREGATIONS: readonly Aggregation[] = ['worst_case', 'mean'];
const METRICS = baseMetrics().map(({ name }) => name);
const NAMED = METHODS.flatMap((method) =>
  ['difference', 'ratio'].flatMap((kind) => [
    `demographic_parity_${kind} ${method}`,
    `equal_opportunity_${kind} ${method}`,
    ...AGGREGATIONS.map((aggregation) => `equalized_odds_${kind} ${method} ${aggregation}`),
  ]),
);
/** The generated functions of fairlearn.metrics; `log_loss_group_max` needs probabilities. */
const GENERATED = [
  ...['true_positive_rate', 'true_negative_rate', 'false_positive_rate', 'false_negative_rate', 'selection_rate'],
  ...['accuracy_score', 'zero_one_loss'],
].flatMap((metric) => [`${metric}_difference`, `${metric}_ratio`]);
GENERATED.push('zero_one_loss_group_max', 'mean_absolute_error_group_max', 'mean_squared_error_group_max');
for (const metric of ['accuracy', 'balanced_accuracy', 'precision', 'recall', 'roc_auc', 'r2', 'f1']) {
  GENERATED.push(`${metric}_score_group_min`);
}

/** @param share of everything that can be asked, of one case; 1: all */
function cases(seed: string, each: number, share: number): readonly FairlearnCase[] {
  const random = createRandom(`${seed}: what is asked`);
  const some = (names: readonly string[]): readonly string[] => names.filter(() => random.next() < share);
  return fairnessCases(seed, each, SHAPES).map((one, i) => ({
    ...one,
    zeroDivision: ZERO_DIVISIONS[i % 4] ?? 0,
    metrics: ['true_positive_rate', ...some(METRICS.slice(1))],
    named: one.controls.length === 0 ? some(NAMED) : [],
    generated: one.controls.length === 0 ? some(GENERATED) : [],
  }));
}

const VIEWS: Readonly<Record<string, (frame: MetricFrame) => number>> = {
  overall: ({ overall }) => overall.value,
  group_min: groupMin,
  group_max: groupMax,
  'difference between_groups': (frame) => difference(frame, 'between_groups'),
  'difference to_overall': (frame) => difference(frame, 'to_overall'),
  'ratio between_groups': (frame) => ratio(frame, 'between_groups'),
  'ratio to_overall': (frame) => ratio(frame, 'to_overall'),
};

/**
 * R² subtracts numbers that are nearly the same: where it is 0 here, the library may have 1e-16, whose ratios are anything.
 * With weights its mean of labels that do not vary is not exactly the label, and R² any large number.
 */
function isOutside(metric: string, view: string, one: FairnessCase): boolean {
  return metric === 'r2_score' && (view.startsWith('ratio') || one.weights !== null);
}

function namedOf(stratum: Stratum): ReadonlyMap<string, number> {
  return new Map(
    METHODS.flatMap((method): [string, number][] => [
      [`demographic_parity_difference ${method}`, demographicParityDifference(stratum, method)],
      [`demographic_parity_ratio ${method}`, demographicParityRatio(stratum, method)],
      [`equal_opportunity_difference ${method}`, equalOpportunityDifference(stratum, method)],
      [`equal_opportunity_ratio ${method}`, equalOpportunityRatio(stratum, method)],
      ...AGGREGATIONS.flatMap((agg): [string, number][] => [
        [`equalized_odds_difference ${method} ${agg}`, equalizedOddsDifference(stratum, method, agg)],
        [`equalized_odds_ratio ${method} ${agg}`, equalizedOddsRatio(stratum, method, agg)],
      ]),
    ]),
  );
}

/** `accuracy_score_group_min` and its like, on the default of their method. */
function generatedOf(stratum: Stratum, name: string): number {
  const [, metric = '', transform = ''] = /^(.*)_(difference|ratio|group_min|group_max)$/.exec(name) ?? [];
  const frame = frameOf(stratum, metric);
  return { difference, ratio, group_min: groupMin, group_max: groupMax }[transform]!(frame);
}

/** Every number of the library's answer that differs from ours, in words; and how many were compared. */
function compare(one: FairlearnCase, answer: Answer): { readonly differing: string[]; readonly compared: number } {
  const columns = columnsOf(one);
  const column = attributeOf(columns, 'group');
  const [control, ...controls] = one.controls.map((_, i) => attributeOf(columns, `control${i}`));
  const strata =
    control === undefined ? [stratumOf(tally(columns, column))] : strataOf(columns, column, [control, ...controls]);
  const differing: string[] = [];
  let compared = 0;
  const check = (what: string, ours: number, theirs: unknown): void => {
    compared += 1;
    if (!agrees(ours, number(theirs), TOLERANCE)) differing.push(`${what}: ${ours} here, ${String(theirs)} there`);
  };
  for (const stratum of strata) {
    const at = stratum.name ?? '';
    for (const metric of baseMetrics(one.zeroDivision).filter(({ name }) => one.metrics.includes(name))) {
      const frame = metricFrame(stratum, metric);
      for (const [view, value] of Object.entries(VIEWS)) {
        if (isOutside(metric.name, view, one)) continue;
        check(`${at} ${metric.name} ${view}`, value(frame), answer.frame[view]![at]![metric.name]);
      }
      for (const [group, { value }] of frame.byGroup.entries()) {
        if (isOutside(metric.name, 'by_group', one)) continue;
        const theirs = answer.frame.by_group[at]![column.groups[group]!]![metric.name];
        check(`${at} ${metric.name} of ${column.groups[group]!}`, value, theirs);
      }
    }
  }
  const ours = namedOf(strata[0]!);
  for (const [what, theirs] of Object.entries(answer.named)) check(what, ours.get(what)!, theirs);
  for (const [what, theirs] of Object.entries(answer.generated)) {
    if (!isOutside(what.replace(/_group_min$/, ''), 'group_min', one))
      check(what, generatedOf(strata[0]!, what), theirs);
  }
  return { differing, compared };
}

function compareAll(
  all: readonly FairlearnCase[],
  answers: readonly Answer[],
): { differing: string[]; compared: number } {
  expect(answers.length).toBe(all.length);
  const results = all.map((one, i) => compare(one, answers[i]!));
  return {
    differing: results.flatMap(({ differing }, i) => differing.map((what) => `case ${i}: ${what}`)),
    compared: results.reduce((sum, { compared }) => sum + compared, 0),
  };
}

const FIXTURE = new URL('fairlearn-answers.json', import.meta.url);
const SCRIPT = new URL('fairlearn-answers.py', import.meta.url);

describe('Fairlearn 0.15.0, recorded answers, to 1e-12', () => {
  const { cases: recorded, answers } = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
    readonly cases: readonly (Omit<FairlearnCase, 'zeroDivision'> & { readonly zeroDivision: unknown })[];
    readonly answers: readonly Answer[];
  };

  test('every view of a MetricFrame, every named and every generated metric', () => {
    const all = recorded.map((one) => ({ ...one, zeroDivision: number(one.zeroDivision) }));
    const { differing, compared } = compareAll(all, answers);
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(1_000);
  });
});

/** Run with RECORD_FAIRNESS=1, the recorded answers are asked for again. */
async function record(interpreter: string): Promise<void> {
  const all = cases('fairlearn recorded', 3, 0.5);
  const plain = all.map((one) => ({ ...one, zeroDivision: Number.isNaN(one.zeroDivision) ? 'NaN' : one.zeroDivision }));
  writeFileSync(FIXTURE, `${JSON.stringify({ cases: plain, answers: await askPython(interpreter, SCRIPT, all) })}\n`);
}

/** In halves: a busy machine needs a minute for each, and a question may take two. */
async function answersTo(interpreter: string, all: readonly FairlearnCase[]): Promise<readonly Answer[]> {
  const middle = Math.ceil(all.length / 2);
  const first = await askPython(interpreter, SCRIPT, all.slice(0, middle));
  const second = await askPython(interpreter, SCRIPT, all.slice(middle));
  return [...(first as Answer[]), ...(second as Answer[])];
}

const python = findPythonLibraries();
describe.skipIf(python.kind === 'missing')(`Fairlearn 0.15.0, asked now, to 1e-12${skipNote(python)}`, () => {
  test('random data sets with weights, control features and groups without positives', async () => {
    const all = cases('fairlearn differential', 50, 0.12);
    const interpreter = python.kind === 'ready' ? python.value : '';
    if (process.env['RECORD_FAIRNESS'] !== undefined) await record(interpreter);
    const { differing, compared } = compareAll(all, await answersTo(interpreter, all));
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(5_000);
  }, 300_000);
});
