/**
 * Intervals of what the Fairlearn profile measures. The library has a bootstrap alone; these are those of the strict profile.
 *
 * The largest minus the smallest of more than two groups has none here: an interval for two groups that were chosen by the
 * data for being furthest apart would be too narrow, and one of them changes from sample to sample.
 *
 * @module
 */
import { clopperPearson, wilson } from '../../intervals/rates.ts';
import { katz, koopman } from '../../intervals/ratios.ts';
import { newcombe } from '../../intervals/newcombe.ts';
import type { Proportion } from '../../intervals/proportion.ts';
import { intervalOf } from '../../audit/figures.ts';
import type { ResolvedOptions } from '../../audit/options.ts';
import { RATES } from '../../rates.ts';
import type { ConfidenceInterval } from '../../types.ts';
import type { BaseMetric, Sums } from './base-metrics.ts';
import type { MetricFrame, Stratum } from './metric-frame.ts';

/** A rate over the effective number of rows (Kish: (Σw)² / Σw²); `undefined` for what is no rate, or has no denominator. */
function proportionOf({ strict }: BaseMetric, { weighted, squared }: Sums): Proportion | undefined {
  if (strict === undefined) return undefined;
  const { numerator, denominator } = RATES[strict];
  const weight = denominator(weighted);
  if (weight === 0) return undefined;
  const n = weight ** 2 / denominator(squared);
  return { successes: (numerator(weighted) / weight) * n, n };
}

/** Of a rate of a group or of everybody. */
export function rateInterval(metric: BaseMetric, sums: Sums, options: ResolvedOptions): ConfidenceInterval | null {
  const proportion = proportionOf(metric, sums);
  if (proportion === undefined) return null;
  const { level, rateInterval: method } = options;
  const bounds = (method === 'wilson' ? wilson : clopperPearson)(proportion.successes, proportion.n, level);
  return intervalOf(bounds, { level, method });
}

interface Compared {
  readonly kind: 'difference' | 'ratio';
  /** Positions, the larger value first. */
  readonly groups: readonly number[];
  readonly options: ResolvedOptions;
}

/** Of a comparison where there are two groups, so that nothing was chosen. */
export function comparisonInterval(
  { metric }: MetricFrame,
  stratum: Stratum,
  { kind, groups, options }: Compared,
): ConfidenceInterval | null {
  const occurring = [...stratum.groups.keys()].filter((position) => stratum.groups[position]?.rows.n !== 0);
  if (occurring.length !== 2) return null;
  const pair = groups.length === 2 ? groups : occurring;
  const [high, low] = pair.map((position) => {
    const sums = stratum.groups[position];
    return sums === undefined ? undefined : proportionOf(metric, sums);
  });
  if (high === undefined || low === undefined) return null;
  const { level, ratioInterval: method } = options;
  if (kind === 'difference') return intervalOf(newcombe(high, low, level), { level, method: 'newcombe' });
  return intervalOf((method === 'koopman' ? koopman : katz)(low, high, level), { level, method });
}
