/** Random rows for audits: as they come from a hospital, with what is missing and what is rare. */
import type { AuditRows, Cell } from '../../fairness/audit-types.ts';
import type { Random } from '../../numerics/random.ts';

export interface RowShape {
  readonly rows: number;
  readonly groups?: number;
  readonly hasScores?: boolean;
  readonly hasWeights?: boolean;
  /** One in so many labels, predictions and attribute values is missing; 0: none. */
  readonly missing?: number;
  /** The predictions are the labels. */
  readonly isPerfect?: boolean;
}

export interface PlainRows extends AuditRows {
  readonly labels: readonly Cell[];
  readonly predictions: readonly Cell[];
}

export function randomRows(random: Random, shape: RowShape): PlainRows {
  const { rows, groups = 3, hasScores = false, hasWeights = false, missing = 0, isPerfect = false } = shape;
  const orMissing = <T extends Cell>(value: T): T | null => (missing > 0 && random.below(missing) === 0 ? null : value);
  const race: Cell[] = [];
  const sex: Cell[] = [];
  const labels: Cell[] = [];
  const predictions: Cell[] = [];
  const scores: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < rows; i += 1) {
    const group = Math.min(random.below(groups), random.below(groups));
    race.push(orMissing(`r${group}`));
    sex.push(orMissing(random.below(2) === 0 ? 'F' : 'M'));
    const score = Math.round(random.next() * 40) / 40;
    const label = orMissing(random.next() < 0.2 + 0.6 * score ? 1 : 0);
    labels.push(label);
    scores.push(score);
    predictions.push(isPerfect ? label : orMissing(score > 0.45 + 0.05 * group ? 1 : 0));
    // Quarters: their sums have no rounding.
    weights.push((1 + random.below(12)) / 4);
  }
  return {
    labels,
    predictions,
    ...(hasScores ? { scores } : {}),
    ...(hasWeights ? { weights } : {}),
    attributes: { race, sex },
  };
}

/** The rows at these positions, in this order. */
export function pickRows(rows: AuditRows, positions: readonly number[]): AuditRows {
  const pick = <T>(column: readonly T[]): T[] => positions.map((position) => column[position]!);
  const { labels, predictions, scores, weights, attributes } = rows;
  return {
    ...(labels === undefined ? {} : { labels: pick(labels) }),
    ...(predictions === undefined ? {} : { predictions: pick(predictions) }),
    ...(scores === undefined ? {} : { scores: pick(scores) }),
    ...(weights === undefined ? {} : { weights: pick(weights) }),
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, column]) => [name, pick(column)])),
  };
}
