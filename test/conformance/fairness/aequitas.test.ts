import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { tally } from '../../../fairness/cells.ts';
import { encodeRows } from '../../../fairness/encode.ts';
import {
  CROSSTAB_METRICS,
  crosstab,
  DISPARITY_METRICS,
  valueOf,
} from '../../../fairness/profiles/aequitas/crosstab.ts';
import { disparities, type ReferenceChoice } from '../../../fairness/profiles/aequitas/disparities.ts';
import {
  attributeDeterminations,
  type Determination,
  type Determinations,
  groupDeterminations,
  overallDeterminations,
  PARITIES,
} from '../../../fairness/profiles/aequitas/parities.ts';
import { createRandom } from '../../../numerics/random.ts';
import { skipNote } from '../../harness/outside-tools.ts';
import { agrees, askPython, findPythonLibraries, number } from '../../harness/python-libraries.ts';
import { attributeOf, fairnessCases } from '../../support/fairness-cases.ts';

/** The largest deviation from the library, relative to 1 or the value. Determinations have to be the same. */
const TOLERANCE = 1e-12;

const CHOICES = ['majority', 'minimum', 'predefined'] as const;

interface AequitasCase {
  /** How reference groups are chosen: Aequitas takes 0.1 s for each, so one is asked for where there are many cases. */
  readonly choices: readonly (typeof CHOICES)[number][];
  readonly labels: readonly number[];
  readonly predictions: readonly number[];
  readonly attributes: Readonly<Record<string, readonly (string | null)[]>>;
  readonly reference: Readonly<Record<string, string>>;
  readonly tau: number;
  readonly fill: number;
}

type ByGroup<T> = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, T>>>>>>;
interface Choice {
  readonly disparities: ByGroup<unknown>;
  readonly references: ByGroup<string>;
  readonly groups: ByGroup<Determination>;
  readonly attributes: Readonly<Record<string, Readonly<Record<string, Determination>>>>;
  readonly overall: Readonly<Record<string, boolean>>;
}
interface Answer {
  readonly crosstab: ByGroup<unknown>;
  readonly majority: Choice;
  readonly minimum: Choice;
  readonly predefined: Choice;
}

const TAUS = [0.8, 0.8, 0.9, 0.5, 1];
const SHAPES = [
  { weighted: false, controls: 1, missing: false },
  { weighted: false, controls: 1, missing: true },
];

function cases(seed: string, each: number, choices?: AequitasCase['choices']): readonly AequitasCase[] {
  const random = createRandom(`${seed}: references`);
  return fairnessCases(seed, each, SHAPES)
    .filter(({ groups }) => groups.some((group) => group !== null))
    .map(({ labels, predictions, groups, controls }, i) => {
      const attributes = { group: groups, ward: controls[0]! };
      const reference = Object.entries(attributes).map(([name, values]) => {
        const known = values.filter((value) => value !== null);
        return [name, known[random.below(known.length)]!];
      });
      return {
        choices: choices ?? [CHOICES[i % 3]!],
        labels,
        predictions,
        attributes,
        reference: Object.fromEntries(reference) as Record<string, string>,
        tau: TAUS[i % TAUS.length]!,
        fill: i % 7 === 0 ? 25 : 10,
      };
    });
}

/** Everything in the library's answer that differs from ours, in words; and how much was compared. */
function compare(one: AequitasCase, answer: Answer): { readonly differing: string[]; readonly compared: number } {
  const differing: string[] = [];
  let compared = 0;
  const check = (what: string, ours: unknown, theirs: unknown): void => {
    compared += 1;
    const isSame = typeof ours === 'number' ? agrees(ours, number(theirs), TOLERANCE) : ours === theirs;
    if (!isSame) differing.push(`${what}: ${String(ours)} here, ${String(theirs)} there`);
  };
  const columns = encodeRows(one, {});
  for (const kind of one.choices) {
    const attributes: Determinations[] = [];
    for (const name of Object.keys(one.attributes)) {
      const rows = crosstab(tally(columns, attributeOf(columns, name)));
      expect(rows.map(({ group }) => group)).toEqual(Object.keys(answer.crosstab[name]!).sort());
      const choice: ReferenceChoice = kind === 'predefined' ? { kind, group: one.reference[name]! } : { kind };
      const groups = disparities(rows, choice, one.fill).map((made) => {
        const { group, cells } = made.row;
        for (const metric of CROSSTAB_METRICS)
          check(`${metric} of ${group}`, valueOf(cells[metric]), answer.crosstab[name]![group]![metric]);
        for (const metric of DISPARITY_METRICS) {
          const { value, reference } = made.disparities[metric];
          check(`${kind} ${metric} of ${group}`, value, answer[kind].disparities[name]![group]![`${metric}_disparity`]);
          check(
            `${kind} ${metric} reference`,
            reference.group,
            answer[kind].references[name]![group]![`${metric}_ref_group_value`],
          );
        }
        const found = groupDeterminations(made, one.tau);
        for (const parity of PARITIES)
          check(`${kind} ${parity} of ${group}`, found[parity], answer[kind].groups[name]![group]![parity]);
        return found;
      });
      const attribute = attributeDeterminations(groups);
      for (const parity of PARITIES)
        check(`${kind} ${parity} of ${name}`, attribute[parity], answer[kind].attributes[name]![parity]);
      attributes.push(attribute);
    }
    for (const [what, ours] of Object.entries(overallDeterminations(attributes)))
      check(`${kind} ${what}`, ours, answer[kind].overall[what]);
  }
  return { differing, compared };
}

function compareAll(
  all: readonly AequitasCase[],
  answers: readonly Answer[],
): { differing: string[]; compared: number } {
  expect(answers.length).toBe(all.length);
  const results = all.map((one, i) => compare(one, answers[i]!));
  return {
    differing: results.flatMap(({ differing }, i) => differing.map((what) => `case ${i}: ${what}`)),
    compared: results.reduce((sum, { compared }) => sum + compared, 0),
  };
}

const FIXTURE = new URL('aequitas-answers.json', import.meta.url);
const SCRIPT = new URL('aequitas-answers.py', import.meta.url);

describe('Aequitas 1.1.0, recorded answers, to 1e-12', () => {
  const { cases: recorded, answers } = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
    readonly cases: readonly AequitasCase[];
    readonly answers: readonly Answer[];
  };

  test('crosstab, disparities by each choice of reference, every determination', () => {
    const { differing, compared } = compareAll(recorded, answers);
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(2_000);
  });
});

/** Run with RECORD_FAIRNESS=1, the recorded answers are asked for again. */
async function record(interpreter: string): Promise<void> {
  const all = cases('aequitas recorded', 4, CHOICES);
  writeFileSync(FIXTURE, `${JSON.stringify({ cases: all, answers: await askPython(interpreter, SCRIPT, all) })}\n`);
}

/** In halves: a busy machine needs a minute for each, and a question may take two. */
async function answersTo(interpreter: string, all: readonly AequitasCase[]): Promise<readonly Answer[]> {
  const middle = Math.ceil(all.length / 2);
  const first = await askPython(interpreter, SCRIPT, all.slice(0, middle));
  const second = await askPython(interpreter, SCRIPT, all.slice(middle));
  return [...(first as Answer[]), ...(second as Answer[])];
}

const python = findPythonLibraries();
describe.skipIf(python.kind === 'missing')(`Aequitas 1.1.0, asked now, to 1e-12${skipNote(python)}`, () => {
  test('random data sets of two attributes, with missing groups and everything that divides by 0', async () => {
    const all = cases('aequitas differential', 90);
    const interpreter = python.kind === 'ready' ? python.value : '';
    if (process.env['RECORD_FAIRNESS'] !== undefined) await record(interpreter);
    const { differing, compared } = compareAll(all, await answersTo(interpreter, all));
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(30_000);
  }, 300_000);
});
