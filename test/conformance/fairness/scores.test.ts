import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { brierScore } from '../../../fairness/metrics/calibration/brier.ts';
import { expectedCalibrationError } from '../../../fairness/metrics/calibration/expected-calibration-error.ts';
import { recalibrate } from '../../../fairness/metrics/calibration/recalibration.ts';
import { auroc } from '../../../fairness/metrics/roc/auroc.ts';
import { averagePrecision } from '../../../fairness/metrics/roc/average-precision.ts';
import { sweepThresholds } from '../../../fairness/metrics/thresholds/sweep.ts';
import { confusionOf } from '../../../fairness/rates.ts';
import { createRandom } from '../../../numerics/random.ts';
import { skipNote } from '../../harness/outside-tools.ts';
import { agrees, askPython, findPythonLibraries } from '../../harness/python-libraries.ts';
import { columnsOfScores, type ScoreCase, scoreCase, stepsOf } from '../../support/score-cases.ts';

/** Of closed forms. */
const EXACT = 1e-12;
/** Of statsmodels' fits, run to convergence, and of scikit-learn's, which stops earlier. */
const FITTED = 1e-8;
const FITTED_BY_SKLEARN = 1e-5;
/** statsmodels takes standard errors from the iteration before its last. */
const ERROR_OF_FIT = 1e-6;
const LEVEL = 0.95;
const THRESHOLDS = [0.125, 0.3, 0.5, 0.9];

type Question = ScoreCase & { readonly thresholds: readonly number[] };
interface Fit {
  readonly value: number;
  readonly error: number | null;
}
interface Answer {
  readonly brier: number;
  /** By threshold: [[TN, FP], [FN, TP]]. */
  readonly confusion: readonly (readonly [readonly [number, number], readonly [number, number]])[];
  readonly ece_fixed?: number;
  readonly ece_equal_mass?: number;
  readonly auroc?: number;
  readonly average_precision?: number;
  readonly delong?: number | null;
  readonly slope_sklearn?: number;
  readonly slope?: Fit | null;
  readonly intercept?: Fit | null;
}

function cases(seed: string, count: number): readonly Question[] {
  const random = createRandom(seed);
  const any = Array.from({ length: count }, () => scoreCase(random));
  const tens = Array.from({ length: count / 4 }, () =>
    scoreCase(random, { kind: 'continuous', weighted: false, rows: 10 * (2 + random.below(20)) }),
  );
  return [...any, ...tens].map((one) => ({ ...one, thresholds: THRESHOLDS }));
}

/** Names of what was compared, and what differs in words. */
function compare(one: Question, answer: Answer): { readonly compared: string[]; readonly differing: string[] } {
  const steps = stepsOf(one);
  const compared: string[] = [];
  const differing: string[] = [];
  const check = (what: string, ours: number | null, theirs: number | null | undefined, tolerance = EXACT): void => {
    if (theirs === undefined || theirs === null) return;
    compared.push(what);
    if (!agrees(ours ?? Number.NaN, theirs, tolerance)) differing.push(`${what}: ${ours} here, ${theirs} there`);
  };
  const area = auroc(steps, LEVEL);
  const { intercept, slope } = recalibrate(steps, LEVEL);
  check('brier', brierScore(steps, LEVEL).value, answer.brier);
  check('ece fixed', expectedCalibrationError(steps, LEVEL).estimate.value, answer.ece_fixed);
  const equalMass = expectedCalibrationError(steps, LEVEL, { binning: 'equal_mass' });
  check('ece equal mass', equalMass.estimate.value, answer.ece_equal_mass);
  check('auroc', area.value, answer.auroc);
  check('average precision', averagePrecision(steps, LEVEL).value, answer.average_precision);
  check('delong', (area.standardError ?? 0) ** 2, answer.delong);
  check('slope, scikit-learn', slope.value, answer.slope_sklearn, FITTED_BY_SKLEARN);
  check('slope', slope.value, answer.slope?.value, FITTED);
  check('slope error', slope.standardError, answer.slope?.error, ERROR_OF_FIT);
  check('intercept', intercept.value, answer.intercept?.value, FITTED);
  check('intercept error', intercept.standardError, answer.intercept?.error, ERROR_OF_FIT);
  const columns = columnsOfScores(one);
  const everybody = { name: 'all', groups: ['all'], codes: new Uint16Array(columns.rows) };
  for (const [i, { weight }] of sweepThresholds(columns, everybody, one.thresholds)!.tables.entries()) {
    const { tp, fp, tn, fn } = confusionOf(weight, 0);
    const [[theirTn, theirFp], [theirFn, theirTp]] = answer.confusion[i]!;
    const ours = [tn, fp, fn, tp];
    for (const [at, theirs] of [theirTn, theirFp, theirFn, theirTp].entries()) check('confusion', ours[at]!, theirs);
  }
  return { compared, differing };
}

function compareAll(
  questions: readonly Question[],
  answers: readonly Answer[],
): { differing: string[]; counts: Record<string, number> } {
  expect(answers.length).toBe(questions.length);
  const counts: Record<string, number> = {};
  const differing = questions.flatMap((one, i) => {
    const found = compare(one, answers[i]!);
    for (const what of found.compared) counts[what] = (counts[what] ?? 0) + 1;
    return found.differing.map((what) => `case ${i}: ${what}`);
  });
  return { differing, counts };
}

const FIXTURE = new URL('score-answers.json', import.meta.url);
const SCRIPT = new URL('score-answers.py', import.meta.url);

describe('scikit-learn 1.9.1 and statsmodels 0.15.0, recorded answers', () => {
  test('closed forms to 1e-12, fits to 1e-8', () => {
    const recorded = JSON.parse(readFileSync(FIXTURE, 'utf8')) as { cases: Question[]; answers: Answer[] };
    const { differing, counts } = compareAll(recorded.cases, recorded.answers);
    expect(differing).toEqual([]);
    for (const what of ['slope', 'slope error', 'intercept', 'intercept error', 'delong', 'ece equal mass']) {
      expect(counts[what]).toBeGreaterThan(10);
    }
  });
});

const python = findPythonLibraries();
describe.skipIf(python.kind === 'missing')(`scikit-learn, asked now${skipNote(python)}`, () => {
  test('closed forms to 1e-12, slopes to 1e-5; statsmodels as well where it is installed', async () => {
    const interpreter = python.kind === 'ready' ? python.value : '';
    if (process.env['RECORD_FAIRNESS'] !== undefined) {
      const all = cases('scores recorded', 40);
      const answers = await askPython(interpreter, SCRIPT, all);
      writeFileSync(FIXTURE, `${JSON.stringify({ cases: all, answers })}\n`);
    }
    const all = cases('scores differential', 240);
    const { differing, counts } = compareAll(all, (await askPython(interpreter, SCRIPT, all)) as Answer[]);
    expect(differing).toEqual([]);
    for (const what of ['auroc', 'delong', 'average precision', 'slope, scikit-learn', 'ece fixed', 'ece equal mass']) {
      expect(counts[what]).toBeGreaterThan(50);
    }
  }, 120_000);
});
