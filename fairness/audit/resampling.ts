/**
 * One bootstrap an attribute, for all statistics that need it.
 *
 * @module
 */
import { BOOTSTRAP_METHOD, bootstrapCells } from '../intervals/index.ts';
import type { ConfidenceInterval } from '../types.ts';
import { intervalOf } from './figures.ts';
import type { Statistic } from './strict-composites.ts';
import type { Scene } from './strict-rates.ts';

/** Intervals by the statistic's key. */
export interface Resampled {
  readonly intervalOf: (key: string) => ConfidenceInterval | null;
}

export const NOT_RESAMPLED: Resampled = { intervalOf: () => null };

/** What is drawn for one attribute is drawn for no other: figures do not depend on which others were asked for. */
function seedOf({ options, attribute, parameters }: Scene): string {
  return JSON.stringify([options.seed, attribute, parameters ?? null]);
}

/** Draws `resamples` times for all statistics together. Nothing to compute, or 0 resamples: no intervals. */
export function resample(scene: Scene, statistics: ReadonlyMap<string, Statistic>): Resampled {
  const { options, table } = scene;
  if (options.resamples === 0 || statistics.size === 0) return NOT_RESAMPLED;
  const { level, resamples } = options;
  const intervals = bootstrapCells({
    cells: table.rows,
    ...(table.weight === table.rows ? {} : { weight: table.weight, weightSquared: table.weightSquared }),
    resamples,
    seed: seedOf(scene),
    level,
    statistics: [...statistics.values()],
  });
  const byKey = new Map<string, ConfidenceInterval | null>();
  for (const [i, key] of [...statistics.keys()].entries()) {
    const interval = intervals[i];
    // Of rates of 0 and 1 every draw gives the same: no width is no knowledge here, not certainty.
    const isUsable = interval?.status === 'ok' && interval.low < interval.high;
    byKey.set(key, isUsable ? intervalOf(interval, { level, method: BOOTSTRAP_METHOD.percentile }) : null);
  }
  return { intervalOf: (key) => byKey.get(key) ?? null };
}
