/**
 * AIF360's generalized entropy family, from counts of rows: it ignores weights.
 *
 * @module
 */
import type { Benefits } from '../../metrics/entropy.ts';
import { meanBenefit } from '../../metrics/entropy.ts';
import type { LibrarySums } from './sums.ts';

/** Benefits of all rows of the sums. */
export function benefitsOfRows({ benefits }: LibrarySums): Benefits {
  return { values: [0, 1, 2], counts: benefits };
}

/**
 * Rows with the mean benefit of their group; rows of `everybody` in none of the groups have 0. Groups must not overlap; one
 * without rows is left out, as the library does.
 */
export function benefitsOfGroups(groups: readonly LibrarySums[], everybody: LibrarySums): Benefits {
  const members = groups.map((group) => meanBenefit(benefitsOfRows(group))).filter(({ n }) => n > 0);
  const inside = members.reduce((sum, { n }) => sum + n, 0);
  const all = meanBenefit(benefitsOfRows(everybody)).n;
  return {
    values: [...members.map(({ mean }) => mean), 0],
    counts: [...members.map(({ n }) => n), all - inside],
  };
}

/**
 * `generalized_entropy_index`, as the library computes it: for α = 0 the sum is divided by the mean once more than the
 * definition says; no benefit at all gives NaN, and a row without benefit infinity for α ≤ 0.
 */
export function libraryEntropy(benefits: Benefits, alpha: number): number {
  const { n, mean } = meanBenefit(benefits);
  const sum = benefits.counts.reduce(
    (all, count, i) => (count > 0 ? all + count * term(benefits.values[i] ?? 0, mean, alpha) : all),
    0,
  );
  const average = sum / n;
  if (alpha === 1) return average;
  return alpha === 0 ? -average : average / (alpha * (alpha - 1));
}

function term(b: number, mean: number, alpha: number): number {
  const relative = b / mean;
  if (alpha === 1) return Math.log(relative ** b) / mean;
  if (alpha === 0) return Math.log(relative) / mean;
  return relative ** alpha - 1;
}

/**
 * `coefficient_of_variation`. Where all means are equal the library's between-group form is the root of rounding noise: 1e-8,
 * 0, or NaN, by the order of the rows; here it is 0.
 */
export function libraryVariation(benefits: Benefits): number {
  const squared = 2 * libraryEntropy(benefits, 2);
  return Math.abs(squared) < NOISE ? 0 : Math.sqrt(squared);
}

const NOISE = 64 * Number.EPSILON;
