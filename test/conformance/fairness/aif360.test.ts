import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../numerics/random.ts';
import { skipNote } from '../../harness/outside-tools.ts';
import { askPython, findPythonLibraries, number } from '../../harness/python-libraries.ts';
import {
  type Answers,
  answersAgree,
  classAnswers,
  isUnanswered,
  type LibraryCase,
  randomLibraryCase,
  sklearnAnswers,
} from '../../support/aif360-cases.ts';

/** What the library says, by name; its texts for NaN and infinity still in place. */
type TheirAnswers = Readonly<Record<string, unknown>>;
interface Theirs {
  readonly class: TheirAnswers;
  readonly sklearn: TheirAnswers;
}

function same(name: string, ours: unknown, theirs: unknown): boolean {
  if (Array.isArray(theirs)) {
    return (
      Array.isArray(ours) && ours.length === theirs.length && theirs.every((value, i) => same(name, ours[i], value))
    );
  }
  if (theirs === null || ours === null) return ours === theirs;
  return answersAgree(name, ours as number, number(theirs));
}

/** Names and values on which we differ. */
function differences(ours: Answers, theirs: TheirAnswers): readonly string[] {
  return Object.entries(theirs)
    .filter(([name, value]) => !same(name, ours[name], value))
    .map(([name, value]) => `${name}: ours ${String(ours[name])}, theirs ${JSON.stringify(value)}`);
}

/** Entropy of the scikit-learn interface between all groups: the same numbers as the class's. */
function withEntropyErrors(ours: Answers, of: Answers): Answers {
  const prefix = 'between_all_groups_generalized_entropy_index|';
  const found = Object.entries(of).filter(([name]) => name.startsWith(prefix));
  return {
    ...ours,
    ...Object.fromEntries(
      found.map(([name, value]) => [`between_group_generalized_entropy_error|${name.slice(prefix.length)}`, value]),
    ),
  };
}

function compare(of: LibraryCase, theirs: Theirs): { readonly compared: number; readonly differ: readonly string[] } {
  const ours = classAnswers(of);
  const unanswered = isUnanswered(of);
  const sklearn = Object.fromEntries(Object.entries(theirs.sklearn).filter(([name]) => !unanswered(name)));
  return {
    compared: Object.keys(theirs.class).length + Object.keys(sklearn).length,
    differ: [...differences(ours, theirs.class), ...differences(withEntropyErrors(sklearnAnswers(of), ours), sklearn)],
  };
}

describe('aif360@0.6: the library on the committed cases, to 1e-12', () => {
  const fixture = JSON.parse(readFileSync(new URL('aif360-answers.json', import.meta.url), 'utf8')) as {
    readonly cases: readonly LibraryCase[];
    readonly answers: readonly Theirs[];
  };

  it.each(fixture.cases.map((of, i) => ({ i, rows: of.labels.length, of })))('case $i, $rows rows', ({ i, of }) => {
    const { compared, differ } = compare(of, fixture.answers[i]!);
    expect(compared).toBeGreaterThan(100);
    expect(differ).toEqual([]);
  });
});

const python = findPythonLibraries();

describe.skipIf(python.kind === 'missing')(`aif360@0.6: the live library, to 1e-12${skipNote(python)}`, () => {
  it('300 random datasets: weights, empty groups, no positives, all false negatives, pure groups, several groups', async () => {
    if (python.kind === 'missing') return;
    const random = createRandom('aif360-live');
    const cases = Array.from({ length: 300 }, (_, i) => ({ ...randomLibraryCase(random), skipSklearn: i % 10 !== 0 }));
    const answers = (await askPython(
      python.value,
      new URL('aif360-answers.py', import.meta.url),
      cases,
    )) as readonly Theirs[];
    expect(answers).toHaveLength(cases.length);
    const results = cases.map((of, i) => ({ i, ...compare(of, answers[i]!) }));
    expect(results.reduce((all, { compared }) => all + compared, 0)).toBeGreaterThan(48_000);
    expect(results.filter(({ differ }) => differ.length > 0)).toEqual([]);
  }, 120_000);
});
