/**
 * Random questions about individuals and subsets, in the form that `test/conformance/fairness/individual-answers.py` takes.
 */
import type { Random } from '../../numerics/random.ts';
import { normal } from '../../numerics/sampling.ts';
import type { Direction, ScoringName } from '../../fairness/metrics/mdss/scoring.ts';

export interface ConsistencyCase {
  readonly kind: 'consistency';
  readonly features: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly neighbors: number;
}

export interface ScoreGroupsCase {
  readonly kind: 'score_groups';
  readonly protected: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly predictions: readonly number[];
  readonly scores: readonly number[];
  readonly scoring: ScoringName;
  readonly alpha: number;
  readonly penalty: number;
  readonly privileged: readonly Readonly<Record<string, number>>[];
  readonly unprivileged: readonly Readonly<Record<string, number>>[];
}

export interface ScanCase {
  readonly kind: 'scan';
  readonly protected: readonly (readonly number[])[];
  readonly outcomes: readonly number[];
  readonly expectations: readonly number[];
  readonly scoring: ScoringName;
  readonly direction: Direction;
  readonly alpha: number;
  readonly penalty: number;
  readonly restarts: number;
}

export interface RichSubgroupCase {
  readonly kind: 'rich_subgroup';
  readonly protected: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly predictions: readonly number[];
  readonly scores: readonly number[];
}

export interface RankingCase {
  readonly kind: 'ranking';
  readonly groups: readonly number[];
  readonly scores: readonly number[];
  readonly shares: readonly [number, number];
  readonly positions: number;
}

export interface TransportCase {
  readonly kind: 'transport';
  readonly labels: readonly number[];
  readonly predictions: readonly number[];
  readonly costs: readonly (readonly number[])[] | null;
}

export type IndividualCase =
  ConsistencyCase | ScoreGroupsCase | ScanCase | RichSubgroupCase | RankingCase | TransportCase;

const list = <T>(length: number, make: (i: number) => T): T[] => Array.from({ length }, (_, i) => make(i));
const pick = <T>(random: Random, values: readonly T[]): T => values[random.below(values.length)]!;
const bits = (random: Random, length: number): number[] => list(length, () => random.below(2));

/** Without ties: with them the library's value depends on its tree. */
export function consistencyCase(random: Random): ConsistencyCase {
  const rows = 5 + random.below(pick(random, [20, 300]));
  const width = 1 + random.below(24);
  const features = list(width, (i) => list(rows, () => normal(random) * (1 + 3 * (i % 3)) + i));
  return { kind: 'consistency', features, labels: bits(random, rows), neighbors: 1 + random.below(Math.min(8, rows)) };
}

export function scoreGroupsCase(random: Random): ScoreGroupsCase {
  const rows = 10 + random.below(200);
  const attributes = list(3, (i) => list(rows, () => random.below(i + 2)));
  const values = list(3, (i) => i + 2);
  const group = (value: number): Readonly<Record<string, number>> => {
    const other = 1 + random.below(2);
    return random.below(2) === 0 ? { a0: value } : { a0: value, [`a${other}`]: random.below(values[other]!) };
  };
  return {
    kind: 'score_groups',
    protected: attributes,
    labels: bits(random, rows),
    predictions: bits(random, rows),
    scores: list(rows, () => random.next()),
    scoring: pick(random, ['Bernoulli', 'Bernoulli', 'BerkJones']),
    alpha: 0.1 + 0.8 * random.next(),
    penalty: pick(random, [1e-17, 0.5]),
    privileged: list(1 + random.below(2), () => group(1)),
    unprivileged: list(1 + random.below(2), () => group(0)),
  };
}

/** With a planted subset whose odds are moved. */
export function scanCase(random: Random): ScanCase {
  const rows = 150 + random.below(300);
  const scoring = pick<ScoringName>(random, ['Bernoulli', 'Bernoulli', 'BerkJones', 'Poisson', 'Gaussian']);
  const direction = pick<Direction>(random, ['positive', 'negative']);
  const attributes = list(3, (i) => list(rows, () => random.below(i + 3)));
  const isPlanted = (row: number): boolean => attributes[0]![row] === 1 && attributes[1]![row]! < 2;
  const factor = direction === 'positive' ? 5 : 1 / 5;
  const probability = list(rows, () => 0.1 + 0.8 * random.next());
  const moved = probability.map((p, row) => (isPlanted(row) ? (factor * p) / (1 - p + factor * p) : p));
  const outcomes = moved.map((p) => (scoring === 'Gaussian' ? p + 0.05 * normal(random) : Number(random.next() < p)));
  return {
    kind: 'scan',
    protected: attributes,
    outcomes,
    expectations: scoring === 'BerkJones' ? probability.map(() => 0.5) : probability,
    scoring,
    direction,
    alpha: 0.5,
    penalty: pick(random, [0.5, 1]),
    restarts: 12,
  };
}

export function richSubgroupCase(random: Random): RichSubgroupCase {
  const rows = 20 + random.below(200);
  // A continuous attribute keeps fitted values away from 0, where the library's last bit decides.
  const attributes = [bits(random, rows), list(rows, () => normal(random)), list(rows, () => 50 + 10 * normal(random))];
  const labels = bits(random, rows).map((label, row) => (row < 2 ? row : label));
  return {
    kind: 'rich_subgroup',
    protected: attributes,
    labels,
    predictions: list(rows, (row) => Number(random.next() < 0.3 + 0.4 * attributes[0]![row]!)),
    scores: list(rows, () => random.next()),
  };
}

export function rankingCase(random: Random): RankingCase {
  const rows = 3 + random.below(40);
  const share = random.next();
  return {
    kind: 'ranking',
    groups: bits(random, rows).map((group, row) => (row < 2 ? row : group)),
    scores: list(rows, () => 100 * random.next()),
    shares: [share, 1 - share],
    positions: 2 + random.below(rows - 1),
  };
}

export function transportCase(random: Random): TransportCase {
  const rows = 1 + random.below(30);
  const others = 1 + random.below(30);
  const costs = random.below(2) === 0 ? null : list(rows, () => list(others, () => random.below(50)));
  const values = (length: number): number[] =>
    list(length, () => (random.below(4) === 0 ? random.below(3) - 1 : 1 + random.next()));
  return { kind: 'transport', labels: values(rows), predictions: values(others), costs };
}
