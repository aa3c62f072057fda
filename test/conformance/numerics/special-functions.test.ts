import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { betaCdf, betaQuantile } from '../../../numerics/beta.ts';
import { chiSquaredCdf, chiSquaredTail } from '../../../numerics/chi-squared.ts';
import { gammaP, gammaQ, logGamma } from '../../../numerics/gamma.ts';
import { normalCdf, normalQuantile } from '../../../numerics/normal.ts';
import { createRandom } from '../../../numerics/random.ts';
import { studentCritical, studentTwoSided } from '../../../numerics/student.ts';
import { skipNote } from '../../harness/outside-tools.ts';
import { askPython, findPythonLibraries, number } from '../../harness/python-libraries.ts';

/** Each function with the largest relative error that is allowed, and where it is asked. */
interface Subject {
  readonly compute: (...values: number[]) => number;
  readonly tolerance: number;
  readonly arguments: (random: () => number) => readonly (readonly number[])[];
}

/** Between the two, evenly by magnitude. */
const magnitude = (random: () => number, low: number, high: number): number => low * (high / low) ** random();

/** A gamma variable's value, not so far out that rounding the exponent of e would be the error. */
function nearShape(random: () => number): readonly number[] {
  const shape = magnitude(random, 0.1, 200);
  return [shape, shape * magnitude(random, 0.3, 3)];
}

/** A beta variable's value within five standard deviations of its mean. */
function nearMean(random: () => number): readonly number[] {
  const a = magnitude(random, 0.3, 1e4);
  const b = magnitude(random, 0.3, 1e4);
  const mean = a / (a + b);
  const deviation = Math.sqrt((mean * (1 - mean)) / (a + b + 1));
  return [Math.min(1, Math.max(1e-6, mean + deviation * 10 * (random() - 0.5))), a, b];
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  normalCdf: {
    compute: normalCdf,
    tolerance: 1e-15,
    arguments: (random) => [[-37], [-8], [-5.6568], [-5.657], [-1.96], [-0.6744], [0], [3], [-74 * random() + 37]],
  },
  normalQuantile: {
    compute: normalQuantile,
    tolerance: 2e-15,
    arguments: (random) => [[1e-300], [0.025], [0.075], [0.5], [0.925], [0.975], [1 - 1e-12], [random()]],
  },
  logGamma: {
    compute: logGamma,
    tolerance: 1e-14,
    arguments: (random) => [
      [1e-8],
      [0.5],
      [1],
      [1 + 1e-9],
      [2 - 1e-9],
      [2],
      [2.5],
      [15.9],
      [16],
      [1e8],
      [20 * random()],
    ],
  },
  gammaP: {
    compute: gammaP,
    tolerance: 1e-13,
    arguments: (random) => [[0.5, 1e-6], [1, 1], [100, 80], nearShape(random)],
  },
  gammaQ: {
    compute: gammaQ,
    tolerance: 1e-13,
    arguments: (random) => [[0.5, 40], [1, 1], [100, 130], nearShape(random)],
  },
  betaCdf: {
    compute: betaCdf,
    tolerance: 1e-13,
    arguments: (random) => [
      [0.5, 0.5, 0.5],
      [1e-12, 10, 11],
      [0.25, 1, 1],
      [0.9999905142153, 243929.94, 0.695],
      [1e-3, 1, 1e6],
      nearMean(random),
    ],
  },
  betaQuantile: {
    compute: betaQuantile,
    tolerance: 1e-12,
    arguments: (random) => [
      [0.025, 1, 30],
      [0.975, 31, 1e-3 + 1],
      [0.975, 1, 1e6],
      [0.025, 3e5, 7e5],
      [1e-10, 0.05, 2],
      [random(), magnitude(random, 0.5, 1e5), magnitude(random, 0.5, 1e5)],
    ],
  },
  chiSquaredCdf: {
    compute: chiSquaredCdf,
    tolerance: 1e-13,
    arguments: (random) => [
      [3.841458820694124, 1],
      [0.01, 5],
      [200 * random(), Math.ceil(100 * random())],
    ],
  },
  chiSquaredTail: {
    compute: chiSquaredTail,
    tolerance: 1e-13,
    arguments: (random) => [
      [3.841458820694124, 1],
      [500, 2],
      [150 * random(), Math.ceil(100 * random())],
    ],
  },
  studentCritical: {
    compute: studentCritical,
    tolerance: 1e-12,
    arguments: (random) => [
      [0.95, 1],
      [0.95, 29],
      [0.999, 2],
      [0.95, 1e6],
      [0.01, 3],
      [random(), 1 + 50 * random()],
    ],
  },
  studentTwoSided: {
    compute: studentTwoSided,
    tolerance: 1e-12,
    arguments: (random) => [
      [0, 5],
      [2.045, 29],
      [-12, 40],
      [5 * random(), 1 + 100 * random()],
    ],
  },
};

type Question = readonly [name: string, values: readonly number[]];

/** The same special values each time, and `repeats` random ones of each kind. */
function questions(seed: string, repeats: number): readonly Question[] {
  const random = createRandom(seed);
  return Object.entries(SUBJECTS).flatMap(([name, subject]) => {
    const next = (): number => random.next();
    const special = subject.arguments(next);
    const more = Array.from({ length: repeats }, () => subject.arguments(next).at(-1)!);
    return [...special, ...more].map((values): Question => [name, values]);
  });
}

/** Relative errors above the tolerance, for reading. */
function failures(asked: readonly Question[], answers: readonly number[]): readonly unknown[] {
  return asked.flatMap(([name, values], i) => {
    const subject = SUBJECTS[name]!;
    const expected = answers[i]!;
    const ours = subject.compute(...values);
    // Below the smallest normal double there are no 16 digits to agree in.
    const error = ours === expected || Math.abs(expected) < 1e-300 ? 0 : Math.abs(ours - expected) / Math.abs(expected);
    return error <= subject.tolerance ? [] : [{ name, values, ours, expected, error }];
  });
}

const SCRIPT = new URL('special-functions-answers.py', import.meta.url);
const FIXTURE = new URL('special-functions-answers.json', import.meta.url);

describe('distribution functions', () => {
  test('agree with recorded values of mpmath and SciPy', () => {
    const { asked, answers } = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
      readonly asked: readonly Question[];
      readonly answers: readonly unknown[];
    };
    expect(new Set(asked.map(([name]) => name))).toEqual(new Set(Object.keys(SUBJECTS)));
    expect(asked.length).toBeGreaterThan(300);
    expect(failures(asked, answers.map(number))).toEqual([]);
  });

  test('a value that is off is reported', () => {
    expect(failures([['logGamma', [10]]], [logGamma(10) * (1 + 1e-12)])).toHaveLength(1);
  });
});

/** Run with RECORD_NUMERICS=1, the recorded values are asked for again. */
async function record(interpreter: string): Promise<void> {
  const asked = questions('recorded', 25);
  writeFileSync(FIXTURE, `${JSON.stringify({ asked, answers: await askPython(interpreter, SCRIPT, asked) })}\n`);
}

const python = findPythonLibraries();
describe.skipIf(python.kind === 'missing')(`distribution functions, asked now${skipNote(python)}`, () => {
  test('agree with mpmath and SciPy at random arguments', async () => {
    const interpreter = python.kind === 'ready' ? python.value : '';
    if (process.env['RECORD_NUMERICS'] !== undefined) await record(interpreter);
    const asked = questions('differential', 300);
    const answers = (await askPython(interpreter, SCRIPT, asked)) as readonly unknown[];
    expect(answers).toHaveLength(asked.length);
    expect(failures(asked, answers.map(number))).toEqual([]);
  });
});
