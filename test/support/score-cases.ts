/** Scores with labels, for comparing with other programs and with slow definitions. Seeded. */
import { type AuditColumns, cellIndex, FAVOURABLE, UNFAVOURABLE, UNKNOWN } from '../../fairness/columns.ts';
import { allSteps, orderScores, type ScoreSteps } from '../../fairness/metrics/scores/steps.ts';
import type { Random } from '../../numerics/random.ts';

export interface ScoreCase {
  /** 0 or 1; `null` is unknown. */
  readonly labels: readonly (0 | 1 | null)[];
  readonly scores: readonly number[];
  readonly weights: readonly number[] | null;
}

const KINDS = ['continuous', 'rounded', 'few', 'ends', 'constant', 'separated', 'one class'] as const;
export type ScoreKind = (typeof KINDS)[number];

/** A case of one kind: `rounded` has ties, `few` has five scores, `ends` has scores of 0 and 1. */
export function scoreCase(
  random: Random,
  { kind = anyKind(random), weighted = random.below(2) === 0, rows = 2 + random.below(120) }: ScoreCaseShape = {},
): ScoreCase {
  const scores = Array.from({ length: rows }, () => scoreOf(random, kind));
  const strength = 0.3 + 1.5 * random.next();
  const labels = scores.map((score): 0 | 1 => {
    if (kind === 'separated') return score > 0.5 ? 1 : 0;
    if (kind === 'one class') return 1;
    return random.next() < 0.5 + strength * (score - 0.5) ? 1 : 0;
  });
  return { labels, scores, weights: weighted ? scores.map(() => 0.25 + 4 * random.next()) : null };
}

export interface ScoreCaseShape {
  readonly kind?: ScoreKind;
  readonly weighted?: boolean;
  readonly rows?: number;
}

function anyKind(random: Random): ScoreKind {
  return random.below(3) > 0 ? 'continuous' : (KINDS[random.below(KINDS.length)] ?? 'continuous');
}

function scoreOf(random: Random, kind: ScoreKind): number {
  const score = random.next();
  if (kind === 'constant') return 0.375;
  if (kind === 'rounded') return Math.round(score * 100) / 100;
  if (kind === 'few') return [0.125, 0.25, 0.5, 0.625, 0.875][Math.floor(score * 5)] ?? 0.5;
  if (kind === 'ends') return Math.round(Math.min(1, Math.max(0, score * 1.2 - 0.1)) * 1e4) / 1e4;
  return score;
}

/** The case as columns, without attributes. */
export function columnsOfScores({ labels, scores, weights }: ScoreCase): AuditColumns {
  return {
    rows: labels.length,
    cells: Uint8Array.from(labels, (label) => cellIndex(classOf(label), UNKNOWN)),
    scores: Float64Array.from(scores),
    ...(weights === null ? {} : { weights: Float64Array.from(weights) }),
    attributes: [],
  };
}

function classOf(label: 0 | 1 | null): number {
  if (label === null) return UNKNOWN;
  return label === 1 ? FAVOURABLE : UNFAVOURABLE;
}

export function stepsOf(one: ScoreCase): ScoreSteps {
  return allSteps(orderScores(columnsOfScores(one))!);
}
