/**
 * AIF360's smoothed empirical differential fairness, in its arithmetic, with Python's `max` over all pairs in linear time.
 *
 * @module
 */
import type { OutcomeCounts } from '../../metrics/differential-fairness.ts';
import { pythonMax } from './comparisons.ts';

/** `_smoothed_base_rates`: (favourable + c/2) / (n + c) of each group. */
export function smoothedRates(groups: readonly OutcomeCounts[], concentration: number): readonly number[] {
  return groups.map(({ favourable, n }) => (favourable + concentration / 2) / (n + concentration));
}

/**
 * `smoothed_empirical_differential_fairness`: max over pairs of max(|ln pᵢ − ln pⱼ|, |ln(1 − pᵢ) − ln(1 − pⱼ)|).
 *
 * @param groups those that have rows
 * @returns `undefined` where the library raises ValueError: fewer than two groups
 */
export function libraryEdf(groups: readonly OutcomeCounts[], concentration: number): number | undefined {
  return furthestApart(smoothedRates(groups, concentration));
}

/** `differential_fairness_bias_amplification`: ε of the predictions less ε of the labels. */
export function libraryAmplification(
  predictions: readonly OutcomeCounts[],
  labels: readonly OutcomeCounts[],
  concentration: number,
): number | undefined {
  const ofPredictions = libraryEdf(predictions, concentration);
  const ofLabels = libraryEdf(labels, concentration);
  return ofPredictions === undefined || ofLabels === undefined ? undefined : ofPredictions - ofLabels;
}

function spread(values: readonly number[]): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high - low;
}

function furthestApart(rates: readonly number[]): number | undefined {
  const [first, second] = rates;
  if (first === undefined || second === undefined) return undefined;
  // Python's max keeps what it sees first: a NaN there is the result, and later ones are passed over.
  const start = pythonMax(distance(first, second), distance(1 - first, 1 - second));
  if (Number.isNaN(start)) return Number.NaN;
  const numbers = rates.filter((rate) => !Number.isNaN(rate));
  const isSometimesNever = numbers.some((rate) => rate === 0) && numbers.some((rate) => rate !== 0);
  const isSometimesAlways = numbers.some((rate) => rate === 1) && numbers.some((rate) => rate !== 1);
  if (isSometimesNever || isSometimesAlways) return Number.POSITIVE_INFINITY;
  if (numbers[0] === 1) return 0;
  return pythonMax(spread(numbers.map(Math.log)), spread(numbers.map((rate) => Math.log(1 - rate))));
}

/** Of two probabilities. NaN where both are 0. */
function distance(p: number, q: number): number {
  return Math.abs(Math.log(p) - Math.log(q));
}
