/**
 * Tests of whether two rates differ.
 *
 * @module
 */
import { logGamma } from '../../numerics/gamma.ts';
import { normalCdf } from '../../numerics/normal.ts';
import { type Proportion, rateOf } from './proportion.ts';

export interface TwoProportionTest {
  /** Two-sided, of "the rates are the same". */
  readonly pValue: number;
  /** `score`: the pooled score test, which is Pearson's chi-squared without correction. `fisher`: Fisher's exact test. */
  readonly method: 'score' | 'fisher';
}

/** Cochran's rule: from this many expected in every cell on, the normal approximation serves. */
const LEAST_EXPECTED = 5;

/**
 * Fisher's exact test where a cell of the fourfold table is expected to hold fewer than 5, else the pooled score test.
 * Effective numbers of rows are rounded for Fisher's, which is about whole ones.
 */
export function twoProportionTest(group: Proportion, reference: Proportion): TwoProportionTest {
  const n = group.n + reference.n;
  if (!(group.n > 0 && reference.n > 0)) return { pValue: 1, method: 'fisher' };
  const [a, b] = [rateOf(group), rateOf(reference)];
  const pooled = (a * group.n + b * reference.n) / n;
  const leastExpected = Math.min(group.n, reference.n) * Math.min(pooled, 1 - pooled);
  if (leastExpected < LEAST_EXPECTED) return { pValue: fisherOf(group, reference), method: 'fisher' };
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / group.n + 1 / reference.n));
  return { pValue: Math.min(1, 2 * normalCdf(-Math.abs(a - b) / error)), method: 'score' };
}

/** The p-value of {@link twoProportionTest}. */
export function twoProportionPValue(group: Proportion, reference: Proportion): number {
  return twoProportionTest(group, reference).pValue;
}

function fisherOf(group: Proportion, reference: Proportion): number {
  const whole = (proportion: Proportion): Proportion => {
    const n = Math.max(1, Math.round(proportion.n));
    return { successes: Math.min(n, Math.round(rateOf(proportion) * proportion.n)), n };
  };
  return fisherExact(whole(group), whole(reference));
}

/** Two probabilities this near to each other, relatively, are the same: they differ by rounding alone. */
const SAME = 1e-7;

/**
 * Two-sided p-value of Fisher's exact test: of all tables with these margins, the probability of those that are no likelier
 * than this one. Θ of the number of such tables.
 *
 * @param group - whole numbers
 * @param reference - whole numbers
 */
export function fisherExact(group: Proportion, reference: Proportion): number {
  const successes = group.successes + reference.successes;
  const from = Math.max(0, successes - reference.n);
  const to = Math.min(successes, group.n);
  const logOf = (k: number): number =>
    -logGamma(k + 1) -
    logGamma(group.n - k + 1) -
    logGamma(successes - k + 1) -
    logGamma(reference.n - successes + k + 1);
  // Relative to the likeliest table, so that nothing overflows.
  const mode = Math.floor(((group.n + 1) * (successes + 1)) / (group.n + reference.n + 2));
  const top = logOf(Math.min(to, Math.max(from, mode)));
  const observed = Math.exp(logOf(group.successes) - top);
  let asUnlikely = 0;
  let all = 0;
  for (let k = from; k <= to; k += 1) {
    const probability = Math.exp(logOf(k) - top);
    all += probability;
    if (probability <= observed * (1 + SAME)) asUnlikely += probability;
  }
  return Math.min(1, asUnlikely / all);
}
