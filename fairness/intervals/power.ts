/**
 * What groups of a size can show: an audit that finds nothing in small groups has shown little.
 *
 * @module
 */
import { normalQuantile } from '../../numerics/normal.ts';
import { brent } from '../../numerics/root.ts';
import { criticalValue } from './proportion.ts';

export interface PowerOptions {
  /** 1 − the test's error of the first kind [0.95]. */
  readonly level?: number;
  /** Probability that a difference of this size is found [0.8]. */
  readonly power?: number;
}

/**
 * Smallest difference from the reference's rate, in either direction, that a two-sided test at `level` finds with
 * probability `power`. Where the rate leaves room in one direction only, it is of that direction.
 *
 * @param n - rows of the group, above 0
 * @param referenceN - rows of the reference, above 0
 * @param rate - of the reference, in [0, 1]
 * @returns `undefined` where no possible difference is large enough
 * @see J. L. Fleiss, *Statistical Methods for Rates and Proportions*, 4.2, without continuity correction
 */
export function minimumDetectableDifference(
  n: number,
  referenceN: number,
  rate: number,
  options: PowerOptions = {},
): number | undefined {
  const found = [-1, 1].flatMap((direction) => {
    const size = detectable({ n, referenceN, rate, direction }, options);
    return size === undefined ? [] : [size];
  });
  return found.length === 0 ? undefined : Math.max(...found);
}

/**
 * Largest ratio below 1, of the group's rate to the reference's, that a two-sided test at `level` finds with probability
 * `power`; parameters as of {@link minimumDetectableDifference}.
 *
 * @returns `undefined` where not even a rate of 0 would be found
 */
export function minimumDetectableRatio(
  n: number,
  referenceN: number,
  rate: number,
  options: PowerOptions = {},
): number | undefined {
  const size = detectable({ n, referenceN, rate, direction: -1 }, options);
  return size === undefined ? undefined : Math.max(0, 1 - size / rate);
}

interface Comparison {
  readonly n: number;
  readonly referenceN: number;
  readonly rate: number;
  /** 1: the group's rate is the higher one; −1: the lower one. */
  readonly direction: number;
}

function detectable(
  { n, referenceN, rate, direction }: Comparison,
  { level = 0.95, power = 0.8 }: PowerOptions,
): number | undefined {
  const room = direction > 0 ? 1 - rate : rate;
  if (!(n > 0 && referenceN > 0 && room > 0)) return undefined;
  const reject = criticalValue(level);
  const find = normalQuantile(power);
  // How far a difference of this size is beyond what is needed.
  const surplus = (size: number): number => {
    const other = Math.min(1, Math.max(0, rate + direction * size));
    const pooled = (n * other + referenceN * rate) / (n + referenceN);
    const underNull = pooled * (1 - pooled) * (1 / n + 1 / referenceN);
    const underSize = (other * (1 - other)) / n + (rate * (1 - rate)) / referenceN;
    return size - reject * Math.sqrt(underNull) - find * Math.sqrt(underSize);
  };
  if (!(surplus(room) >= 0)) return undefined;
  // From just above 0: at a rate of 0 or 1 a difference of nothing needs nothing.
  const least = room * 1e-12;
  return surplus(least) < 0 ? brent(surplus, least, room) : least;
}
