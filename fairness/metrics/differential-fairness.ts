/**
 * Differential fairness (Foulds et al., ICDE 2020): the largest ratio of the probabilities of an outcome between any two groups,
 * as its logarithm ε, with the probabilities smoothed by a Dirichlet prior.
 *
 * @module
 */
import { measureLog, type Measured, undefinedBecause } from './measured.ts';

/** Of one group: rows with the favourable outcome, and with either. Weighted or not. */
export interface OutcomeCounts {
  readonly favourable: number;
  readonly n: number;
}

/** ε, and between whom. */
export interface DifferentialFairness {
  readonly measured: Measured;
  /** Positions of the group with the larger probability of {@link outcome}, and of the one with the smaller. */
  readonly worstPair: readonly [number, number] | null;
  readonly outcome: 'favourable' | 'unfavourable' | null;
}

const NONE = { worstPair: null, outcome: null } as const;

/** Smoothed counts of one group: its probability of either outcome is the count over `n`. */
export interface SmoothedCounts {
  readonly favourable: number;
  readonly unfavourable: number;
  readonly n: number;
}

/**
 * ε = max over outcomes and pairs of groups of |ln pᵢ − ln pⱼ| with p = (count + c/2) / (n + c). Groups without rows are left out.
 * Undefined with fewer than two groups (`one_group`), and with c = 0 where a group has one outcome alone and another does not
 * (`pure_group`: ε is infinite). Θ(groups).
 *
 * @param concentration c, not negative: rows that the prior is worth
 */
export function differentialFairness(groups: readonly OutcomeCounts[], concentration: number): DifferentialFairness {
  return largestRatio(
    groups.map(({ favourable, n }) => ({
      favourable: favourable + concentration / 2,
      unfavourable: n - favourable + concentration / 2,
      n: n > 0 ? n + concentration : 0,
    })),
  );
}

/** {@link differentialFairness} of counts that are smoothed already, however that was done. Groups with n = 0 are left out. */
export function largestRatio(groups: readonly SmoothedCounts[]): DifferentialFairness {
  const observed = [...groups.entries()].filter(([, { n }]) => n > 0);
  if (observed.length < 2) return { measured: undefinedBecause('one_group'), ...NONE };
  const [favourable, unfavourable] = (['favourable', 'unfavourable'] as const).map((outcome) =>
    furthest(observed.map(([position, of]) => ({ position, count: of[outcome], n: of.n }))),
  ) as [Extremes, Extremes];
  const isFavourable = favourable.ratio >= unfavourable.ratio;
  const { high, low, ratio } = isFavourable ? favourable : unfavourable;
  const worst = {
    worstPair: [high.position, low.position] as const,
    outcome: isFavourable ? ('favourable' as const) : ('unfavourable' as const),
  };
  if (ratio === Number.POSITIVE_INFINITY) return { measured: undefinedBecause('pure_group'), ...worst };
  if (high.count === 0) return { measured: measureLog(1, 1), ...worst };
  return { measured: measureLog(high.count * low.n, high.n * low.count), ...worst };
}

/** A group's probability of one outcome, as the fraction it is. */
interface Probability {
  readonly position: number;
  readonly count: number;
  readonly n: number;
}

interface Extremes {
  readonly high: Probability;
  readonly low: Probability;
  /** Of the two probabilities. Nobody with the outcome anywhere: 1, for the groups do not differ. */
  readonly ratio: number;
}

function furthest(groups: readonly Probability[]): Extremes {
  const above = (a: Probability, b: Probability): boolean => a.count * b.n > b.count * a.n;
  const high = groups.reduce((best, one) => (above(one, best) ? one : best));
  const low = groups.reduce((best, one) => (above(best, one) ? one : best));
  const ratio = high.count === 0 ? 1 : (high.count * low.n) / (high.n * low.count);
  return { high, low, ratio };
}

/**
 * ε of the predictions less ε of the labels: above 0, the model is more unequal than the labels it is held against. As the
 * logarithm of one fraction.
 */
export function biasAmplification(ofPredictions: Measured, ofLabels: Measured): Measured {
  if (ofPredictions.status !== 'ok') return ofPredictions;
  if (ofLabels.status !== 'ok') return ofLabels;
  return measureLog(ofPredictions.numerator * ofLabels.denominator, ofPredictions.denominator * ofLabels.numerator);
}
