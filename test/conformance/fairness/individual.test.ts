import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { consistency } from '../../../fairness/metrics/consistency.ts';
import { libraryScore, scanSubsets, subsetOfGroups } from '../../../fairness/metrics/mdss.ts';
import {
  discountedCumulativeGain,
  infeasibleIndex,
  normalizedDiscountedCumulativeGain,
} from '../../../fairness/metrics/ranking.ts';
import { richSubgroup } from '../../../fairness/metrics/rich-subgroup.ts';
import { earthMoversDistance, labelTransport } from '../../../fairness/metrics/transport.ts';
import { createRandom } from '../../../numerics/random.ts';
import { skipNote } from '../../harness/outside-tools.ts';
import { agrees, askPython, findPythonLibraries, number } from '../../harness/python-libraries.ts';
import * as generate from '../../support/individual-cases.ts';

const SCRIPT = new URL('individual-answers.py', import.meta.url);
const FIXTURE = new URL('individual-answers.json', import.meta.url);
const floats = (values: readonly number[]): Float64Array => Float64Array.from(values);

function cases(seed: string, of: number): readonly generate.IndividualCase[] {
  const random = createRandom(seed);
  const some = <T>(count: number, make: (source: typeof random) => T): T[] =>
    Array.from({ length: count }, () => make(random));
  return [
    ...some(of, generate.consistencyCase),
    ...some(of, generate.scoreGroupsCase),
    ...some(Math.ceil(of / 3), generate.scanCase),
    ...some(of, generate.richSubgroupCase),
    ...some(of, generate.rankingCase),
    ...some(of, generate.transportCase),
  ];
}

/** Our answers in the form of the library's. `null`: not compared. */
type Comparison = (theirs: unknown) => readonly string[];

function differ(what: string, ours: number, theirs: unknown, tolerance = 1e-12): readonly string[] {
  const expected = number(theirs);
  return agrees(ours, expected, tolerance) ? [] : [`${what}: ours ${ours}, theirs ${expected}`];
}

function comparisonOf(one: generate.IndividualCase): Comparison {
  switch (one.kind) {
    case 'consistency':
      return (theirs) => {
        const { features, labels, neighbors } = one;
        const ours = consistency(features.map(floats), Uint8Array.from(labels), { neighbors, ties: 'row' });
        const shared = consistency(features.map(floats), Uint8Array.from(labels), { neighbors });
        const theirValue = Array.isArray(theirs) ? (theirs as unknown[])[0] : theirs;
        return [...differ('row', ours.value!, theirValue), ...differ('shared', shared.value!, theirValue)];
      };
    case 'score_groups':
      return (theirs) => {
        const answers = theirs as Readonly<Record<'positive' | 'negative', unknown>>;
        return [
          // The library's scores are multiples of 1e-4: equal, or not.
          ...differ('negative', scoreGroups(one, one.privileged, 'negative'), answers.negative),
          ...differ('positive', scoreGroups(one, one.unprivileged, 'positive'), answers.positive),
        ];
      };
    case 'scan':
      return (theirs) => (theirs === null ? [] : compareScan(one, theirs as TheirScan));
    case 'rich_subgroup':
      return (theirs) => {
        const answers = theirs as Readonly<Record<'FP' | 'FN', unknown>>;
        return (['FP', 'FN'] as const).flatMap((error) => {
          const columns = one.protected.map(floats);
          const ours = richSubgroup(columns, Uint8Array.from(one.labels), floats(one.predictions), error);
          return differ(error, ours.value!, answers[error]);
        });
      };
    case 'ranking':
      return (theirs) => compareRanking(one, theirs as TheirRanking);
    case 'transport':
      return (theirs) => {
        if (theirs === null) return [];
        const [labels, predictions] = [floats(one.labels), floats(one.predictions)];
        return differ(
          'distance',
          labelTransport(labels, predictions, one.costs === null ? undefined : floats(one.costs.flat())),
          theirs,
          1e-9,
        );
      };
  }
}

function scoreGroups(
  one: generate.ScoreGroupsCase,
  groups: readonly Readonly<Record<string, number>>[],
  direction: 'positive' | 'negative',
): number {
  const named = groups.map((group) => Object.fromEntries(Object.entries(group).map(([k, v]) => [k, String(v)])));
  const subset = subsetOfGroups(named);
  const rows = one.labels.flatMap((_, row) => {
    const isIn = Object.entries(subset).every(([name, values]) =>
      values.includes(String(one.protected[Number(name.slice(1))]![row])),
    );
    return isIn ? [row] : [];
  });
  const { scoring, alpha, penalty } = one;
  return libraryScore(
    floats(rows.map((row) => one.labels[row]!)),
    floats(rows.map((row) => one.scores[row]!)),
    Object.values(subset).flat().length,
    { scoring, alpha, penalty, direction },
  );
}

interface TheirScan {
  readonly score: number;
  readonly subset: Readonly<Record<string, readonly number[]>>;
}

/** Both searches are random. Ours must find what theirs finds, and at the same subset the same score. */
function compareScan(one: generate.ScanCase, theirs: TheirScan): readonly string[] {
  const { score, subset } = scanSubsets(
    {
      attributes: one.protected.map((codes) => ({ size: Math.max(...codes) + 1, codes: Uint8Array.from(codes) })),
      outcomes: floats(one.outcomes),
      expectations: floats(one.expectations),
    },
    { ...one, restarts: 40, seed: 'scan', convention: 'aif360@0.6' },
  );
  const ours = Object.fromEntries([...subset].map(([attribute, codes]) => [`a${attribute}`, codes]));
  const isSame = JSON.stringify(Object.entries(ours).sort()) === JSON.stringify(Object.entries(theirs.subset).sort());
  if (isSame) return differ('score', score, theirs.score);
  return score >= theirs.score ? [] : [`${one.scoring}: ours ${score}, theirs ${theirs.score}`];
}

interface TheirRanking {
  readonly scores: readonly number[];
  readonly dcg: number;
  readonly ndcg: unknown;
  readonly infeasible: unknown;
}

function compareRanking(one: generate.RankingCase, theirs: TheirRanking): readonly string[] {
  const scores = floats(theirs.scores);
  const { positions } = one;
  const infeasible = infeasibleIndex(one.groups, one.shares, positions);
  return [
    ...differ('dcg', discountedCumulativeGain(scores, positions), theirs.dcg),
    ...differ('ndcg', normalizedDiscountedCumulativeGain(scores, { positions }).value ?? Number.NaN, theirs.ndcg),
    ...(JSON.stringify(infeasible) === JSON.stringify(theirs.infeasible) ? [] : ['infeasible index']),
  ];
}

function compareAll(all: readonly generate.IndividualCase[], answers: readonly unknown[]): readonly string[] {
  expect(answers).toHaveLength(all.length);
  return all.flatMap((one, i) => comparisonOf(one)(answers[i]).map((words) => `${one.kind} ${i}: ${words}`));
}

describe('AIF360 on individuals and subsets, as recorded', () => {
  test('consistency, rich subgroups, rankings to 1e-12; subset scores equal; transport to 1e-9', () => {
    const { cases: all, answers } = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
      readonly cases: readonly generate.IndividualCase[];
      readonly answers: readonly unknown[];
    };
    expect(new Set(all.map(({ kind }) => kind)).size).toBe(6);
    // Recorded with POT installed.
    expect(all.every(({ kind }, i) => kind !== 'transport' || answers[i] !== null)).toBe(true);
    expect(compareAll(all, answers)).toEqual([]);
  });
});

const python = findPythonLibraries();

describe.skipIf(python.kind === 'missing')(`AIF360 on individuals and subsets, asked now${skipNote(python)}`, () => {
  test('random questions of each kind; transport as well where POT is installed', async () => {
    const interpreter = python.kind === 'ready' ? python.value : '';
    if (process.env['RECORD_FAIRNESS'] !== undefined) {
      const all = cases('individual recorded', 6);
      writeFileSync(FIXTURE, `${JSON.stringify({ cases: all, answers: await askPython(interpreter, SCRIPT, all) })}\n`);
    }
    const all = cases('individual differential', 36);
    expect(compareAll(all, (await askPython(interpreter, SCRIPT, all)) as unknown[])).toEqual([]);
  }, 300_000);
});

describe('golden row 5 (AIF360 tests/test_regression_metric.py and test_ot_metric.py)', () => {
  // RegressionDataset moves the scores 55, 65, 85, … to [0, 1].
  const scores = floats([55, 65, 85, 70, 60, 50, 40, 30, 20, 10].map((score) => (score - 10) / 75));

  test('DCG 2.6126967369231484, NDCG 0.9205433036318259, to 1e-12', () => {
    expect(Math.abs(discountedCumulativeGain(scores) - 2.6126967369231484)).toBeLessThan(1e-12);
    expect(Math.abs(normalizedDiscountedCumulativeGain(scores).value! - 0.9205433036318259)).toBeLessThan(1e-12);
  });

  test('infeasible index: 1, at [3]', () => {
    const groups = [1, 0, 0, 0, 1, 1, 1, 0, 1, 0];
    expect(infeasibleIndex(groups, [0.5, 0.5], 10)).toEqual({ count: 1, positions: [3] });
  });

  test('earth mover’s distance 24.083333 (the example of quantecon), to 1e-6', () => {
    const costs = [10, 15, 20, 20, 40, 20, 40, 15, 30, 30, 30, 35, 40, 55, 25];
    const [supply, demand] = [floats([50, 100, 150]), floats([25, 115, 60, 30, 70])];
    expect(Math.abs(earthMoversDistance(supply, demand, floats(costs)) - 24.083333)).toBeLessThan(1e-6);
  });
});
