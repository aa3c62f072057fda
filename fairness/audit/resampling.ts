/**
 * Intervals of what has no closed form: one seeded bootstrap an attribute, for all its statistics.
 *
 * @module
 */
import { type Bounds, BOOTSTRAP_METHOD, bootstrapCells } from '../intervals/index.ts';
import type { CellTable } from '../cells.ts';
import type { ConfidenceInterval } from '../types.ts';
import { intervalOf } from './figures.ts';
import type { Scene } from './strict-rates.ts';

/** Computes numbers from sums by group and cell; `undefined` where one of them is not defined on them. */
export type Components = (cells: Float64Array) => readonly number[] | undefined;

/**
 * - `value`: the quantiles of the number itself. For numbers that go through 0.
 * - `reach`: how far the components stray from the observed ones, in a norm in which the value cannot move further than they do.
 *   The interval is the value and that reach to either side. For what is never negative (maxima, ranges, absolute values): chance
 *   alone pushes those up, so that the quantiles of resampled values lie above the truth, and where groups do not differ at all never
 *   hold it.
 */
export interface Statistic {
  readonly kind: 'value' | 'reach';
  readonly of: (cells: Float64Array) => number | undefined;
}

/** A statistic of kind `value`. */
export function valueStatistic(of: Statistic['of']): Statistic {
  return { kind: 'value', of };
}

/** A statistic of kind `reach`: `norm` of what the components differ from those of the table. */
export function reachStatistic(
  { weight }: CellTable,
  components: Components,
  norm: (errors: readonly number[]) => number,
): Statistic {
  const observed = components(weight);
  return {
    kind: 'reach',
    of: (cells) => {
      const drawn = components(cells);
      if (drawn === undefined || observed === undefined) return undefined;
      return norm(drawn.map((value, i) => value - (observed[i] ?? 0)));
    },
  };
}

/** Largest absolute error. */
export function maximumNorm(errors: readonly number[]): number {
  return errors.reduce((most, error) => Math.max(most, Math.abs(error)), 0);
}

/** Mean absolute error. */
export function meanNorm(errors: readonly number[]): number {
  return errors.reduce((all, error) => all + Math.abs(error), 0) / errors.length;
}

/** Largest − smallest error: how much a range, or any difference of two components, can move. */
export function rangeNorm(errors: readonly number[]): number {
  return Math.max(...errors) - Math.min(...errors);
}

/** Intervals by the statistic's key. */
export interface Resampled {
  /** @param range of the values, beyond which the interval does not reach */
  readonly intervalOf: (key: string, value: number, range?: Bounds) => ConfidenceInterval | null;
}

export const NOT_RESAMPLED: Resampled = { intervalOf: () => null };

/** Name of the method of `reach`. */
export const REACH_METHOD = 'bootstrap-simultaneous';

/** What is drawn for one attribute is drawn for no other: figures do not depend on which others were asked for. */
function seedOf({ options, attribute, parameters }: Scene): string {
  return JSON.stringify([options.seed, attribute, parameters ?? null]);
}

function boundsOf(
  { table, options, ...scene }: Scene,
  statistics: readonly Statistic[],
  level: number,
): readonly (Bounds | undefined)[] {
  if (statistics.length === 0) return [];
  const intervals = bootstrapCells({
    cells: table.rows,
    ...(table.weight === table.rows ? {} : { weight: table.weight, weightSquared: table.weightSquared }),
    resamples: options.resamples,
    seed: seedOf({ table, options, ...scene }),
    level,
    statistics: statistics.map(({ of }) => of),
  });
  // Of rates of 0 and 1 every draw gives the same: no width is no knowledge there, not certainty.
  return intervals.map((interval) => (interval.status === 'ok' && interval.low < interval.high ? interval : undefined));
}

/** Draws `resamples` times for all statistics together. Nothing to compute, or 0 resamples: no intervals. */
export function resample(scene: Scene, statistics: ReadonlyMap<string, Statistic>): Resampled {
  const { level, resamples } = scene.options;
  if (resamples === 0 || statistics.size === 0) return NOT_RESAMPLED;
  const byKey = new Map<string, { readonly kind: Statistic['kind']; readonly bounds: Bounds | undefined }>();
  for (const kind of ['value', 'reach'] as const) {
    const members = [...statistics].filter(([, statistic]) => statistic.kind === kind);
    // The upper quantile of a reach leaves the whole error on one side.
    const two = kind === 'value' ? level : 2 * level - 1;
    const found = boundsOf(
      scene,
      members.map(([, statistic]) => statistic),
      two,
    );
    for (const [i, [key]] of members.entries()) byKey.set(key, { kind, bounds: found[i] });
  }
  return {
    intervalOf: (key, value, range = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }) => {
      const one = byKey.get(key);
      if (one?.bounds === undefined) return null;
      if (one.kind === 'value') return percentile(one.bounds, level);
      const [low, high] = [value - one.bounds.high, value + one.bounds.high];
      return intervalOf(
        { low: Math.max(range.low, low), high: Math.min(range.high, high) },
        { level, method: REACH_METHOD },
      );
    },
  };
}

function percentile(bounds: Bounds, level: number): ConfidenceInterval | null {
  return intervalOf(bounds, { level, method: BOOTSTRAP_METHOD });
}
