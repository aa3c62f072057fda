/**
 * Rankings: discounted cumulative gain, and whether groups appear early enough (AIF360's `RegressionDatasetMetric`).
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import { sum } from '../../numerics/sum.ts';
import { type MeasuredRows, rowsFraction, rowsUndefined } from './measured-rows.ts';

/** Σ sᵢ / log₂(i + 1) over the first `positions` places of a ranking; i counts from 1. @param scores - in the order of the ranking */
export function discountedCumulativeGain(scores: Float64Array, positions = scores.length): number {
  return sum(scores.subarray(0, positions).map((score, i) => score / Math.log2(i + 2)));
}

/**
 * Discounted cumulative gain as a share of the best that these candidates allow.
 *
 * @param scores - in the order of the ranking; none negative
 * @param candidates - all that could have been ranked; the ranking itself by default
 * @returns `no_variation` where nobody has a score above 0
 * @throws LedgerError `invalid_value`: a score that is no number from 0 up; `positions` that is no integer from 0 up
 */
export function normalizedDiscountedCumulativeGain(
  scores: Float64Array,
  { positions = scores.length, candidates = scores }: { positions?: number; candidates?: Float64Array } = {},
): MeasuredRows {
  checkScores(scores, '/scores');
  checkScores(candidates, '/candidates');
  checkPositions(positions);
  if (scores.length === 0 || positions === 0) return rowsUndefined('no_rows', 0);
  const best = Float64Array.from(candidates).sort().reverse();
  const ranked = Math.min(positions, scores.length);
  return rowsFraction(
    discountedCumulativeGain(scores, positions),
    discountedCumulativeGain(best, positions),
    ranked,
    'no_variation',
  );
}

export interface InfeasibleIndex {
  /** Pairs of a place and a group, where the group has fewer of the places so far than its share, rounded down. */
  readonly count: number;
  /** Places so far, less one, at which some group has too few; ascending, as AIF360 has them. */
  readonly positions: readonly number[];
}

/**
 * Geyik, Ambler and Kenthapadi, "Fairness-Aware Ranking in Search & Recommendation Systems", KDD 2019. Looks at the first 1 to
 * `positions − 1` places, as AIF360 does.
 *
 * @param codes - group of each place of the ranking
 * @param shares - of each group; in [0, 1]
 * @throws LedgerError `invalid_value`
 */
export function infeasibleIndex(
  codes: ArrayLike<number>,
  shares: readonly number[],
  positions = codes.length,
): InfeasibleIndex {
  checkPositions(positions);
  if (shares.some((share) => !(share >= 0 && share <= 1)))
    throw new LedgerError('invalid_value', 'shares: from 0 to 1', { pointer: '/shares' });
  const counts = shares.map(() => 0);
  const violated: number[] = [];
  let count = 0;
  for (let place = 1; place < positions; place += 1) {
    const code = codes[place - 1];
    if (code !== undefined) counts[code] = (counts[code] ?? 0) + 1;
    const missing = shares.filter((share, group) => (counts[group] ?? 0) < Math.floor(share * place)).length;
    count += missing;
    if (missing > 0) violated.push(place - 1);
  }
  return { count, positions: violated };
}

function checkScores(scores: Float64Array, pointer: string): void {
  const at = scores.findIndex((score) => !(score >= 0 && Number.isFinite(score)));
  if (at >= 0) throw new LedgerError('invalid_value', 'scores: numbers from 0 up', { pointer: `${pointer}/${at}` });
}

function checkPositions(positions: number): void {
  if (Number.isInteger(positions) && positions >= 0) return;
  throw new LedgerError('invalid_value', 'positions: an integer from 0 up', { pointer: '/positions' });
}
