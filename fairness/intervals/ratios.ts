/**
 * Intervals of a ratio of two rates.
 *
 * @module
 */
import { brent } from '../../numerics/root.ts';
import { type Bounds, criticalValue, type Proportion, rateOf } from './proportion.ts';

const UNBOUNDED: Bounds = { low: 0, high: Infinity };

/**
 * Rate of `group` / rate of `reference`, by the normal approximation to its logarithm. Has no bounds where either rate is
 * 0, and no width where both are 1: {@link koopman} has both.
 *
 * @param level - e.g. 0.95
 * @see D. Katz and others, "Obtaining confidence intervals for the risk ratio in cohort studies", Biometrics 34 (1978)
 */
export function katz(group: Proportion, reference: Proportion, level: number): Bounds {
  const z = criticalValue(level);
  const [a, b] = [rateOf(group), rateOf(reference)];
  if (!(a > 0 && b > 0)) return UNBOUNDED;
  const reach = z * Math.sqrt((1 - a) / (a * group.n) + (1 - b) / (b * reference.n));
  const logRatio = Math.log(a) - Math.log(b);
  return { low: Math.exp(logRatio - reach), high: Math.exp(logRatio + reach) };
}

/**
 * Rate of `group` / rate of `reference`: the ratios that a score test would not reject. 0 below where the group has no
 * successes, ∞ above where the reference has none.
 *
 * @param level - e.g. 0.95
 * @see P. A. R. Koopman, "Confidence intervals for the ratio of two binomial proportions", Biometrics 40 (1984)
 */
export function koopman(group: Proportion, reference: Proportion, level: number): Bounds {
  const z = criticalValue(level);
  if (!(group.n > 0 && reference.n > 0)) return UNBOUNDED;
  const a: Proportion = { successes: rateOf(group) * group.n, n: group.n };
  const b: Proportion = { successes: rateOf(reference) * reference.n, n: reference.n };
  if (a.successes === 0 && b.successes === 0) return UNBOUNDED;
  const logRatio = Math.log(rateOf(a) / rateOf(b));
  const start = Number.isFinite(logRatio) ? logRatio : 0;
  return {
    low: a.successes === 0 ? 0 : Math.exp(crossing(a, b, z, start)),
    high: b.successes === 0 ? Infinity : Math.exp(crossing(a, b, -z, start)),
  };
}

/** ln of the ratio at which the score, which falls with it, has this value. */
function crossing(a: Proportion, b: Proportion, value: number, start: number): number {
  const above = (logRatio: number): number => score(a, b, Math.exp(logRatio)) - value;
  let [low, high] = [start, start];
  for (let step = 0.5; above(low) <= 0 && low > -700; step *= 2) low -= step;
  for (let step = 0.5; above(high) >= 0 && high < 700; step *= 2) high += step;
  return above(low) > 0 && above(high) < 0 ? brent(above, low, high) : start;
}

/**
 * (rate a − ratio · rate b) in standard errors under that ratio. Its square is Koopman's chi-squared (J. J. Gart and J. Nam,
 * "Approximate interval estimation of the ratio of binomial parameters", Biometrics 44, 1988).
 */
function score(a: Proportion, b: Proportion, ratio: number): number {
  const difference = a.successes / a.n - (ratio * b.successes) / b.n;
  if (difference === 0) return 0;
  const rateB = constrainedRate(a, b, ratio);
  const rateA = Math.min(1, ratio * rateB);
  const variance = (rateA * (1 - rateA)) / a.n + (ratio * ratio * rateB * (1 - rateB)) / b.n;
  return difference / Math.sqrt(variance);
}

/** Likeliest rate of b where that of a is `ratio` times as large. */
function constrainedRate(a: Proportion, b: Proportion, ratio: number): number {
  const fromA = ratio * (a.n + b.successes);
  const fromB = b.n + a.successes;
  // The discriminant as a sum of what is never negative, instead of a difference of large numbers.
  const apart = fromA - fromB;
  const discriminant = apart * apart + 4 * ratio * (a.n - a.successes) * (b.n - b.successes);
  return Math.min(1, (2 * (a.successes + b.successes)) / (fromA + fromB + Math.sqrt(discriminant)));
}
