/**
 * Rates of small groups, pulled toward the rate of all: a rate over few rows is extreme by chance more often than by truth.
 *
 * @module
 */
import { betaQuantile } from '../../numerics/beta.ts';
import { logGamma } from '../../numerics/gamma.ts';
import { type Bounds, type Proportion, rateOf } from './proportion.ts';

export interface Shrunk extends Bounds {
  /** Posterior mean: between the group's own rate and that of all groups. */
  readonly value: number;
}

/** Name of the method in figures. */
export const SHRINKAGE_METHOD = 'beta-binomial';

/**
 * Empirical Bayes estimates of the rates of several groups, in the beta-binomial model: rates of groups come from a beta
 * distribution, whose mean is estimated from all groups. Its spread (the intraclass correlation) is not fixed at an
 * estimate, which among few groups is often 0 and would leave no width, but averaged over with the marginal likelihood and
 * equal prior weight between 0 and 1.
 *
 * @param groups - at least two with rows; one without rows gets what the others say
 * @param level - e.g. 0.95; intervals cover this share of the groups on average
 * @returns in the order of the groups; `undefined` where fewer than two have rows
 * @throws RangeError unless `level` is between 0 and 1
 * @see J. C. Kleinman, "Proportions with extraneous variance", JASA 68 (1973): the weighted mean
 * @see J. J. Deely and D. V. Lindley, "Bayes empirical Bayes", JASA 76 (1981): averaging instead of plugging in
 * @see C. N. Morris, "Parametric empirical Bayes inference", JASA 78 (1983): the variance of the mean belongs to the interval
 */
export function shrink(groups: readonly Proportion[], level: number): readonly Shrunk[] | undefined {
  if (!(level > 0 && level < 1)) throw new RangeError('level: between 0 and 1');
  const known = groups.filter(({ n }) => n > 0);
  if (known.length < 2) return undefined;
  const priors = weighted(known);
  return groups.map((group) => summary(group, priors, level));
}

/** A beta distribution of the groups' rates, and how likely it makes what was seen. */
interface Prior {
  readonly mean: number;
  readonly varianceOfMean: number;
  /** a + b of the beta distribution: it counts as so many rows. */
  readonly rows: number;
  readonly weight: number;
}

/** Intraclass correlations: middles of equal parts of √ρ in (0, 1), so that small ones, which rates have, lie dense. */
const NODES = 48;

function weighted(groups: readonly Proportion[]): readonly Prior[] {
  const priors = Array.from({ length: NODES }, (_, i) => {
    const root = (i + 0.5) / NODES;
    const prior = priorOf(groups, root * root);
    // The width of the part of ρ that the node stands for grows with √ρ.
    return { ...prior, logWeight: Math.log(root) + logLikelihood(groups, prior) };
  });
  const top = priors.reduce((most, { logWeight }) => Math.max(most, logWeight), -Infinity);
  const weights = priors.map(({ logWeight }) => Math.exp(logWeight - top));
  const total = weights.reduce((all, weight) => all + weight, 0);
  return priors.map((prior, i) => ({ ...prior, weight: (weights[i] ?? 0) / total }));
}

/** Keeps the mean from 0 and 1: of a rate that nobody or everybody has, half a row of what it rests on is imagined. */
function kept(mean: number, rows: number): number {
  const least = 0.5 / (rows + 1);
  return Math.min(1 - least, Math.max(least, mean));
}

function priorOf(groups: readonly Proportion[], correlation: number): Omit<Prior, 'weight'> {
  let precision = 0;
  let total = 0;
  for (const group of groups) {
    // As many independent rows as the group is worth: where the correlation is 1, every group is worth one.
    const weight = group.n / (1 + Math.max(0, group.n - 1) * correlation);
    precision += weight;
    total += weight * rateOf(group);
  }
  const mean = kept(total / precision, precision);
  return { mean, varianceOfMean: (mean * (1 - mean)) / precision, rows: 1 / correlation - 1 };
}

function logLikelihood(groups: readonly Proportion[], { mean, rows }: Omit<Prior, 'weight'>): number {
  const a = mean * rows;
  const b = rows - a;
  const priorPart = logGamma(a + b) - logGamma(a) - logGamma(b);
  return groups.reduce((all, group) => {
    const successes = rateOf(group) * group.n;
    const posterior = logGamma(a + successes) + logGamma(b + group.n - successes) - logGamma(a + b + group.n);
    return all + priorPart + posterior;
  }, 0);
}

function summary(group: Proportion, priors: readonly Prior[], level: number): Shrunk {
  const successes = group.n > 0 ? rateOf(group) * group.n : 0;
  const posteriors = priors.map(({ mean, varianceOfMean, rows, weight }) => {
    const share = rows / (rows + group.n);
    const value = (successes + rows * mean) / (rows + group.n);
    const variance = (value * (1 - value)) / (rows + group.n + 1) + share * share * varianceOfMean;
    return { value, variance, weight };
  });
  const value = posteriors.reduce((all, one) => all + one.weight * one.value, 0);
  const variance = posteriors.reduce((all, one) => {
    const off = one.value - value;
    return all + one.weight * (one.variance + off * off);
  }, 0);
  return { value, ...betaBounds(value, variance, level) };
}

/** Equal tails of the beta distribution with this mean and variance; reaching to the mean where it lies far to one side. */
function betaBounds(mean: number, variance: number, level: number): Bounds {
  if (!(mean > 0 && mean < 1)) return { low: mean, high: mean };
  const size = Math.max((mean * (1 - mean)) / variance - 1, 1e-3);
  const tail = (1 - level) / 2;
  return {
    low: Math.min(mean, betaQuantile(tail, mean * size, (1 - mean) * size)),
    high: Math.max(mean, betaQuantile(1 - tail, mean * size, (1 - mean) * size)),
  };
}
