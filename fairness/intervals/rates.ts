/**
 * Intervals of one rate.
 *
 * @module
 */
import { betaQuantile } from '../../numerics/beta.ts';
import { type Bounds, criticalValue, rateOf } from './proportion.ts';

/**
 * The score interval: the rates that a test of the binomial with the variance under each would not reject. Its coverage is
 * near the level on average over rates, and goes above and below it from rate to rate.
 *
 * @param level - e.g. 0.95
 * @see E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927)
 */
export function wilson(successes: number, n: number, level: number): Bounds {
  const z = criticalValue(level);
  if (!(n > 0)) return { low: 0, high: 1 };
  const rate = rateOf({ successes, n });
  const share = (z * z) / n;
  const middle = (rate + share / 2) / (1 + share);
  const reach = (z / (1 + share)) * Math.sqrt((rate * (1 - rate)) / n + share / (4 * n));
  // At the ends the formula gives 0 and 1 but for rounding.
  return {
    low: rate === 0 ? 0 : Math.max(0, Math.min(rate, middle - reach)),
    high: rate === 1 ? 1 : Math.min(1, Math.max(rate, middle + reach)),
  };
}

/**
 * The exact interval: the rates that neither one-sided binomial test rejects at half of 1 − `level`. Covers at least at the
 * level whatever the rate, and therefore more on average.
 *
 * @param level - e.g. 0.95
 * @see C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits", Biometrika 26 (1934)
 */
export function clopperPearson(successes: number, n: number, level: number): Bounds {
  if (!(level > 0 && level < 1)) throw new RangeError('level: between 0 and 1');
  if (!(n > 0)) return { low: 0, high: 1 };
  const tail = (1 - level) / 2;
  const rate = rateOf({ successes, n });
  const hits = rate * n;
  const misses = (1 - rate) * n;
  return {
    low: hits === 0 ? 0 : betaQuantile(tail, hits, misses + 1),
    high: misses === 0 ? 1 : betaQuantile(1 - tail, hits + 1, misses),
  };
}
