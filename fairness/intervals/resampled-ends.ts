/**
 * Where an interval of resampled values ends.
 *
 * @module
 */
import { normalCdf, normalQuantile } from '../../numerics/normal.ts';
import { type Bounds, criticalValue } from './proportion.ts';

/** A number from the sums in the cells; `undefined` where it has no value on them. Keeps no reference to its argument. */
export type CellStatistic = (cells: Float64Array) => number | undefined;

export interface Resampled {
  readonly statistic: CellStatistic;
  /** Its value on the rows themselves. */
  readonly estimate: number;
  readonly cells: Float64Array;
  readonly weight?: Float64Array;
  readonly level: number;
  readonly ends?: 'percentile' | 'bca';
}

/** @param values - ascending, at least one */
export function endsOf(values: Float64Array, resampled: Resampled): Bounds {
  const tail = (1 - resampled.level) / 2;
  const [lower, upper] = resampled.ends === 'bca' ? correctedTails(values, resampled) : [tail, 1 - tail];
  return { low: quantile(values, lower), high: quantile(values, upper) };
}

/** Linear between order statistics (Hyndman and Fan's definition 7, that of R and NumPy). */
function quantile(values: Float64Array, p: number): number {
  const at = p * (values.length - 1);
  const below = Math.floor(at);
  const low = values[below] ?? 0;
  const high = values[Math.min(values.length - 1, below + 1)] ?? 0;
  return low + (at - below) * (high - low);
}

/** Tails of the bias-corrected and accelerated interval (B. Efron, "Better bootstrap confidence intervals", JASA 82, 1987). */
function correctedTails(values: Float64Array, resampled: Resampled): readonly [number, number] {
  const z = criticalValue(resampled.level);
  const bias = normalQuantile(shareBelow(values, resampled.estimate));
  const a = acceleration(resampled);
  const tail = (size: number): number => {
    const shifted = bias + size;
    return normalCdf(bias + shifted / (1 - a * shifted));
  };
  return [tail(-z), tail(z)];
}

/** Share of values below, those at the estimate by half; at least half a value from 0 and 1. */
function shareBelow(values: Float64Array, estimate: number): number {
  let below = 0;
  for (const value of values) below += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  return Math.min(values.length - 0.5, Math.max(0.5, below)) / values.length;
}

/** From the values without one row each; rows of a cell give the same value. */
function acceleration({ statistic, estimate, cells, weight }: Resampled): number {
  const sums = weight ?? cells;
  const without = Float64Array.from(sums);
  const changes = cells.map((rows, cell) => {
    if (!(rows >= 1)) return 0;
    const sum = sums[cell] ?? 0;
    without[cell] = sum - sum / rows;
    const value = statistic(without);
    without[cell] = sum;
    return value === undefined || !Number.isFinite(value) ? 0 : estimate - value;
  });
  const moment = (power: 1 | 2 | 3, around: number): number =>
    changes.reduce((all, change, cell) => {
      const off = change - around;
      return all + (cells[cell] ?? 0) * (power === 1 ? off : power === 2 ? off * off : off * off * off);
    }, 0);
  const rows = cells.reduce((all, count) => all + count, 0);
  const mean = moment(1, 0) / rows;
  const second = moment(2, mean);
  return second > 0 ? moment(3, mean) / (6 * second * Math.sqrt(second)) : 0;
}
