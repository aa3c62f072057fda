import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  benjaminiHochberg,
  type Bounds,
  clopperPearson,
  fisherExact,
  holm,
  katz,
  koopman,
  meanInterval,
  newcombe,
  type Proportion,
  twoProportionTest,
  wilson,
} from '../../../fairness/intervals/index.ts';
import { createRandom, type Random } from '../../../numerics/random.ts';
import { skipNote } from '../../harness/outside-tools.ts';
import { agrees, askPython, findPythonLibraries, number } from '../../harness/python-libraries.ts';

const ends = ({ low, high }: Bounds): readonly number[] => [low, high];
const of = (successes: number, n: number): Proportion => ({ successes, n });

describe('published examples', () => {
  // R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I,
  // methods 3 and 5; 0 of 25: A. Agresti, "Categorical Data Analysis", 2002, 1.4.3.
  test.each([
    [81, 263, [0.2553, 0.3662], [0.2527, 0.3676]],
    [15, 148, [0.0624, 0.1605], [0.0578, 0.1617]],
    [0, 20, [0, 0.1611], [0, 0.1684]],
    [1, 29, [0.0061, 0.1718], [0.0009, 0.1776]],
    [0, 25, [0, 0.133], [0, 0.137]],
  ])('Wilson and Clopper-Pearson: %d of %d', (successes, n, score, exact) => {
    const digits = n === 25 ? 3 : 4;
    expect(ends(wilson(successes, n, 0.95)).map((end) => Number(end.toFixed(digits)))).toEqual(score);
    expect(ends(clopperPearson(successes, n, 0.95)).map((end) => Number(end.toFixed(digits)))).toEqual(exact);
  });

  // R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17
  // (1998), table II, method 10.
  test.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [0, 10, 0, 10, -0.2775, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
    [10, 10, 0, 10, 0.6075, 1],
  ])('Newcombe: %d/%d − %d/%d', (a, m, b, n, low, high) => {
    expect(ends(newcombe(of(a, m), of(b, n), 0.95)).map((end) => Number(end.toFixed(4)))).toEqual([low, high]);
  });

  // P. A. R. Koopman, Biometrics 40 (1984), section 3.
  test('Koopman: 36/40 over 16/80', () => {
    expect(ends(koopman(of(36, 40), of(16, 80), 0.95)).map((end) => Number(end.toFixed(3)))).toEqual([2.94, 7.152]);
  });

  // The table of heart attacks on placebo and aspirin of A. Agresti, "Categorical Data Analysis", 2002; exp(0.598 ± 1.96 · 0.121).
  test('Katz: 189/11034 over 104/11037', () => {
    expect(ends(katz(of(189, 11034), of(104, 11037), 0.95)).map((end) => Number(end.toFixed(2)))).toEqual([1.43, 2.31]);
  });

  // R. A. Fisher, "The Design of Experiments", 1935, chapter 2: three of four cups.
  test('Fisher: the lady tasting tea', () => {
    expect(fisherExact(of(3, 4), of(1, 4))).toBeCloseTo(34 / 70, 14);
  });

  // Y. Benjamini and Y. Hochberg, JRSS B 57 (1995), 4.2: their procedure rejects four hypotheses at 0.05, Bonferroni's three.
  test('Benjamini and Hochberg, and Holm: fifteen endpoints after a heart attack', () => {
    const values = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
    ];
    expect(benjaminiHochberg(values).filter((p) => p <= 0.05)).toHaveLength(4);
    expect(holm(values).filter((p) => p <= 0.05)).toHaveLength(3);
  });
});

type Question = readonly [name: string, values: readonly unknown[]];

interface Subject {
  readonly compute: (...values: number[]) => readonly number[];
  readonly tolerance: number;
  readonly draw: (random: Random) => readonly number[];
}

const LEVELS = [0.8, 0.9, 0.95, 0.99, 0.999];
const level = (random: Random): number => LEVELS[random.below(LEVELS.length)]!;

/** Successes and rows; the ends 0 and n are likely among few rows. */
function drawProportion(random: Random, most: number): readonly [number, number] {
  const n = 1 + Math.floor(most ** random.next());
  return [random.below(n + 1), n];
}

/** Neither 0 nor all: the library's formulas, and its search for a root, end in NaN or far off there. */
function drawInner(random: Random): readonly [number, number] {
  const n = 3 + Math.floor(2000 ** random.next());
  return [1 + random.below(n - 1), n];
}

const pair =
  (compute: (a: Proportion, b: Proportion, level: number) => Bounds) =>
  (a = 0, m = 0, b = 0, n = 0, at = 0) =>
    ends(compute(of(a, m), of(b, n), at));

function sums(values: readonly number[]): Parameters<typeof meanInterval>[0] {
  const add = (of: (x: number) => number): number => values.reduce((all, x) => all + of(x), 0);
  return { weight: values.length, weightSquared: values.length, sum: add((x) => x), sumOfSquares: add((x) => x * x) };
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  wilson: {
    compute: (x = 0, n = 0, at = 0) => ends(wilson(x, n, at)),
    tolerance: 1e-14,
    draw: (random) => [...drawProportion(random, 1e6), level(random)],
  },
  clopperPearson: {
    compute: (x = 0, n = 0, at = 0) => ends(clopperPearson(x, n, at)),
    tolerance: 1e-12,
    draw: (random) => [...drawProportion(random, 1e6), level(random)],
  },
  newcombe: {
    compute: pair(newcombe),
    tolerance: 1e-14,
    draw: (random) => [...drawProportion(random, 1e5), ...drawProportion(random, 1e5), level(random)],
  },
  katz: {
    compute: pair(katz),
    tolerance: 1e-12,
    draw: (random) => [...drawInner(random), ...drawInner(random), level(random)],
  },
  koopman: {
    compute: pair(koopman),
    // That of the library's search.
    tolerance: 1e-8,
    draw: (random) => [...drawInner(random), ...drawInner(random), level(random)],
  },
  scoreTest: {
    compute: (a = 0, m = 0, b = 0, n = 0) => {
      const { pValue, method } = twoProportionTest(of(a, m), of(b, n));
      expect(method).toBe('score');
      return [pValue];
    },
    tolerance: 1e-12,
    draw: (random) => {
      const [m, n] = [50 + random.below(1000), 50 + random.below(1000)];
      return [Math.round(m * (0.2 + 0.6 * random.next())), m, Math.round(n * (0.2 + 0.6 * random.next())), n];
    },
  },
  fisherExact: {
    compute: (a = 0, m = 0, b = 0, n = 0) => [fisherExact(of(a, m), of(b, n))],
    tolerance: 1e-10,
    draw: (random) => [...drawProportion(random, 300), ...drawProportion(random, 300)],
  },
  holm: {
    compute: (...values) => holm(values),
    tolerance: 1e-14,
    draw: (random) => Array.from({ length: 1 + random.below(12) }, () => random.next() ** 3),
  },
  benjaminiHochberg: {
    compute: (...values) => benjaminiHochberg(values),
    tolerance: 1e-14,
    draw: (random) => Array.from({ length: 1 + random.below(12) }, () => random.next() ** 3),
  },
  meanInterval: {
    compute: (at = 0, ...values) => ends(meanInterval(sums(values), at, { low: -Infinity, high: Infinity })),
    tolerance: 1e-11,
    draw: (random) => [level(random), ...Array.from({ length: 2 + random.below(60) }, () => random.next())],
  },
};

function questions(seed: string, repeats: number): readonly Question[] {
  const random = createRandom(seed);
  return Object.entries(SUBJECTS).flatMap(([name, { draw }]) =>
    Array.from({ length: repeats }, (): Question => [name, draw(random)]),
  );
}

function differences(asked: readonly Question[], answers: readonly (readonly unknown[])[]): readonly unknown[] {
  return asked.flatMap(([name, values], i) => {
    const { compute, tolerance } = SUBJECTS[name]!;
    const expected = answers[i]!.map(number);
    const ours = compute(...(values as readonly number[]));
    const isSame = ours.length === expected.length && ours.every((value, k) => agrees(value, expected[k]!, tolerance));
    return isSame ? [] : [{ name, values, ours, expected }];
  });
}

const SCRIPT = new URL('intervals-answers.py', import.meta.url);
const FIXTURE = new URL('intervals-answers.json', import.meta.url);

describe('intervals and tests', () => {
  test('agree with recorded answers of statsmodels and SciPy', () => {
    const { asked, answers } = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
      readonly asked: readonly Question[];
      readonly answers: readonly (readonly unknown[])[];
    };
    expect(new Set(asked.map(([name]) => name))).toEqual(new Set(Object.keys(SUBJECTS)));
    expect(differences(asked, answers)).toEqual([]);
  });

  test('an answer that is off is reported', () => {
    expect(differences([['wilson', [1, 2, 0.95]]], [[0.09, 0.91]])).toHaveLength(1);
  });
});

/** Run with RECORD_FAIRNESS=1, the recorded answers are asked for again. */
async function record(interpreter: string): Promise<void> {
  const asked = questions('intervals recorded', 20);
  writeFileSync(FIXTURE, `${JSON.stringify({ asked, answers: await askPython(interpreter, SCRIPT, asked) })}\n`);
}

const python = findPythonLibraries();
describe.skipIf(python.kind === 'missing')(`intervals and tests, asked now${skipNote(python)}`, () => {
  test('agree with statsmodels and SciPy on random tables', async () => {
    const interpreter = python.kind === 'ready' ? python.value : '';
    if (process.env['RECORD_FAIRNESS'] !== undefined) await record(interpreter);
    const asked = questions('intervals differential', 40);
    const answers = (await askPython(interpreter, SCRIPT, asked)) as readonly (readonly unknown[])[];
    expect(answers).toHaveLength(asked.length);
    expect(differences(asked, answers)).toEqual([]);
  });
});
