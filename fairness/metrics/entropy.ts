/**
 * Generalized entropy of benefits (Speicher et al., KDD 2018): how unequally a model's errors fall on people.
 *
 * The benefit of a row is b = 1 + ŷ − y: 0 for a false negative, 1 for a correct prediction, 2 for a false positive. It takes
 * three values, so that counts are all that is needed, and a group's mean benefit follows from them.
 *
 * @module
 */
import type { Confusion } from '../rates.ts';
import { type Measured, undefinedBecause } from './measured.ts';

/** A distribution of benefits: `counts[i]` rows (or their weight) have the benefit `values[i]`, which is not negative. */
export interface Benefits {
  readonly values: readonly number[];
  readonly counts: readonly number[];
}

/** Benefits of the rows of one group, or of everybody. Rows without a label or a prediction have none. */
export function benefitsOf({ tp, fp, tn, fn }: Confusion): Benefits {
  return { values: [0, 1, 2], counts: [fn, tp + tn, fp] };
}

/** Every row with the mean benefit of its group: what is left of the inequality when that inside the groups is taken out. */
export function benefitsBetween(groups: readonly Confusion[]): Benefits {
  const known = groups
    .map(({ tp, fp, tn, fn }) => ({ count: tp + fp + tn + fn, sum: tp + tn + 2 * fp }))
    .filter(({ count }) => count > 0);
  return { values: known.map(({ count, sum }) => sum / count), counts: known.map(({ count }) => count) };
}

/** Numbers of rows, and their mean benefit. */
export function meanBenefit({ values, counts }: Benefits): { readonly n: number; readonly mean: number } {
  let n = 0;
  let sum = 0;
  for (const [i, count] of counts.entries()) {
    n += count;
    sum += count * (values[i] ?? 0);
  }
  return { n, mean: sum / n };
}

/** Σ count · term(b / mean) over the values that occur. */
function sumOf({ values, counts }: Benefits, mean: number, term: (relative: number) => number): number {
  return counts.reduce((sum, count, i) => (count > 0 ? sum + count * term((values[i] ?? 0) / mean) : sum), 0);
}

/** x ln x, continuous at 0. */
function xLogX(x: number): number {
  return x === 0 ? 0 : x * Math.log(x);
}

/**
 * Generalized entropy index
 * - α ≠ 0, 1: Σ[(b/μ)^α − 1] / (n α (α − 1));
 * - α = 1 (Theil): Σ (b/μ) ln(b/μ) / n;
 * - α = 0 (mean log deviation): −Σ ln(b/μ) / n.
 *
 * Undefined where nobody has any benefit (`zero_benefit`: every row a false negative), and for α ≤ 0 where anybody has none.
 * Where all benefits are equal it is 0, exactly.
 *
 * @param alpha finite
 */
export function generalizedEntropy(benefits: Benefits, alpha: number): Measured {
  const { n, mean } = meanBenefit(benefits);
  if (n === 0) return undefinedBecause('no_rows', 0, 0);
  if (mean === 0) return undefinedBecause('zero_benefit');
  const isAnybodyWithout = benefits.counts.some((count, i) => count > 0 && benefits.values[i] === 0);
  if (alpha <= 0 && isAnybodyWithout) return undefinedBecause('zero_benefit');
  const denominator = alpha === 0 || alpha === 1 ? n : n * alpha * (alpha - 1);
  const numerator = areAllEqual(benefits) ? 0 : entropyNumerator(benefits, mean, alpha);
  return { status: 'ok', value: numerator / denominator, reason: null, numerator, denominator };
}

function entropyNumerator(benefits: Benefits, mean: number, alpha: number): number {
  if (alpha === 1) return sumOf(benefits, mean, xLogX);
  if (alpha === 0) return -sumOf(benefits, mean, Math.log);
  return sumOf(benefits, mean, (relative) => relative ** alpha - 1);
}

/** Up to what dividing by the group's size rounds away. */
const EQUAL = 4 * Number.EPSILON;

function areAllEqual({ values, counts }: Benefits): boolean {
  const occurring = values.filter((_, i) => (counts[i] ?? 0) > 0);
  const low = Math.min(...occurring);
  const high = Math.max(...occurring);
  return high - low <= EQUAL * high;
}

/** Coefficient of variation: √(2 · GE(2)) = √(Σ[(b/μ)² − 1] / n). */
export function coefficientOfVariation(benefits: Benefits): Measured {
  const index = generalizedEntropy(benefits, 2);
  if (index.status !== 'ok') return index;
  const { numerator, denominator } = index;
  // Rounding can leave −1e-17 where the values are all but equal.
  const sum = Math.max(0, 2 * numerator);
  return { ...index, value: Math.sqrt(sum / denominator), numerator: sum, form: 'root' };
}
