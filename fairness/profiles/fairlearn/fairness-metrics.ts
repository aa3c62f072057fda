/**
 * Fairlearn's named fairness metrics: demographic parity, equal opportunity, equalized odds.
 *
 * @module
 */
import { LedgerError } from '../../../ledger/errors.ts';
import { type BaseMetric, baseMetrics } from './base-metrics.ts';
import { difference, type Method, type MetricFrame, metricFrame, ratio, type Stratum } from './metric-frame.ts';

/** How equalized odds makes one number of two: the worse one, or their mean. */
export type Aggregation = 'worst_case' | 'mean';

/**
 * The frame of one of {@link baseMetrics}.
 *
 * @throws LedgerError `unknown_metric`
 */
export function frameOf(stratum: Stratum, name: string): MetricFrame {
  const metric = baseMetrics().find((base: BaseMetric) => base.name === name);
  if (metric === undefined)
    throw new LedgerError('unknown_metric', 'The Fairlearn profile has no such metric function.');
  return metricFrame(stratum, metric);
}

/** Largest minus smallest selection rate, or the largest distance to everybody's. */
export function demographicParityDifference(stratum: Stratum, method?: Method): number {
  return difference(frameOf(stratum, 'selection_rate'), method);
}

/** Smallest by largest selection rate. NaN where nobody is selected. */
export function demographicParityRatio(stratum: Stratum, method?: Method): number {
  return ratio(frameOf(stratum, 'selection_rate'), method);
}

/** Of true positive rates; a group without positives counts with 0. */
export function equalOpportunityDifference(stratum: Stratum, method?: Method): number {
  return difference(frameOf(stratum, 'true_positive_rate'), method);
}

/** Of true positive rates; a group without positives makes it 0. */
export function equalOpportunityRatio(stratum: Stratum, method?: Method): number {
  return ratio(frameOf(stratum, 'true_positive_rate'), method);
}

/** The two frames of equalized odds, in the library's order, which decides what happens to NaN. */
export function oddsFrames(stratum: Stratum): readonly [MetricFrame, MetricFrame] {
  return [frameOf(stratum, 'true_positive_rate'), frameOf(stratum, 'false_positive_rate')];
}

/** pandas' mean of two: of the one that is a number, where the other is not. */
function meanOf(first: number, second: number): number {
  if (Number.isNaN(first)) return second;
  return Number.isNaN(second) ? first : (first + second) / 2;
}

/** The larger of the differences of true and false positive rates, or their mean. */
export function equalizedOddsDifference(
  stratum: Stratum,
  method?: Method,
  aggregation: Aggregation = 'worst_case',
): number {
  const [first, second] = oddsFrames(stratum).map((frame) => difference(frame, method)) as [number, number];
  if (aggregation === 'mean') return meanOf(first, second);
  // Python's max keeps its first value unless a later one compares as larger, and nothing does with NaN.
  return second > first ? second : first;
}

/**
 * The smaller of the ratios of true and false positive rates, or their mean. A ratio of false positive rates that is NaN
 * (nobody falsely selected) is passed over without a word, and one of true positive rates is not.
 */
export function equalizedOddsRatio(stratum: Stratum, method?: Method, aggregation: Aggregation = 'worst_case'): number {
  const [first, second] = oddsFrames(stratum).map((frame) => ratio(frame, method)) as [number, number];
  if (aggregation === 'mean') return meanOf(first, second);
  return second < first ? second : first;
}
