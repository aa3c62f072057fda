/**
 * Intervals of what the Aequitas profile measures: those of the strict profile, of unweighted rows.
 *
 * @module
 */
import { intervalOf } from '../../audit/figures.ts';
import type { ResolvedOptions } from '../../audit/options.ts';
import type { Proportion } from '../../intervals/proportion.ts';
import { clopperPearson, wilson } from '../../intervals/rates.ts';
import { katz, koopman } from '../../intervals/ratios.ts';
import type { ConfidenceInterval } from '../../types.ts';
import { type Cell, type CrosstabMetric, type CrosstabRow, RATES_BY_METRIC } from './crosstab.ts';

function proportionOf({ numerator, denominator }: Cell): Proportion | undefined {
  return denominator === 0 ? undefined : { successes: numerator, n: denominator };
}

/** Of a rate of rows; `ppr`, a share of everybody's predictions, and counts have none. */
export function rateInterval(
  { cells }: CrosstabRow,
  metric: CrosstabMetric,
  options: ResolvedOptions,
): ConfidenceInterval | null {
  const proportion = Object.hasOwn(RATES_BY_METRIC, metric) ? proportionOf(cells[metric]) : undefined;
  if (proportion === undefined) return null;
  const { level, rateInterval: method } = options;
  return intervalOf((method === 'wilson' ? wilson : clopperPearson)(proportion.successes, proportion.n, level), {
    level,
    method,
  });
}

/** Of a disparity. None where the data chose the reference group by its value: it would be too narrow. */
export function disparityInterval(
  row: CrosstabRow,
  reference: CrosstabRow,
  { metric, options }: { readonly metric: CrosstabMetric; readonly options: ResolvedOptions },
): ConfidenceInterval | null {
  if (row === reference || options.referenceRule === 'minimum' || !Object.hasOwn(RATES_BY_METRIC, metric)) return null;
  const [group, held] = [proportionOf(row.cells[metric]), proportionOf(reference.cells[metric])];
  if (group === undefined || held === undefined) return null;
  const { level, ratioInterval: method } = options;
  return intervalOf((method === 'koopman' ? koopman : katz)(group, held, level), { level, method });
}
