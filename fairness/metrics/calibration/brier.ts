/** @module Brier score, its skill and its decomposition. */
import { errorOfMean, type Estimate, estimated, normalInterval, undefinedBecause } from '../scores/estimate.ts';
import { effectiveRows, type ScoreSteps } from '../scores/steps.ts';
import { type BinOptions, binScores, calibrationSums, type CalibrationSums, totalSums } from './bins.ts';

/** Brier score (1950): mean of (score − label)². Interval `wald`: of a mean of squared errors. */
export function brierScore(steps: ScoreSteps, level: number): Estimate {
  const { weight, squaredError } = calibrationSums(steps);
  if (!(weight > 0)) return undefinedBecause('no_labels');
  const value = squaredError / weight;
  const standardError = errorOfMean(fourthPowers(steps) / weight - value * value, effectiveRows(steps).all);
  const ci = normalInterval(value, standardError, { level, method: 'wald', low: 0, high: 1 });
  return estimated(value, { numerator: squaredError, denominator: weight, standardError, ci });
}

/** Σ w·(s − y)⁴ */
function fourthPowers({ scores, positives, negatives }: ScoreSteps): number {
  let sum = 0;
  for (let i = 0; i < scores.length; i += 1) {
    const s = scores[i] ?? 0;
    const fromOne = (1 - s) * (1 - s);
    sum += (positives[i] ?? 0) * fromOne * fromOne + (negatives[i] ?? 0) * s * s * s * s;
  }
  return sum;
}

/**
 * 1 − Brier score / uncertainty: the share of the error of "everybody has the base rate" that the scores take away. No value
 * where all labels are equal.
 */
export function brierSkillScore(steps: ScoreSteps): Estimate {
  const { weight, observed, squaredError } = calibrationSums(steps);
  const missing = missingClass(observed, weight - observed);
  if (missing !== undefined) return missing;
  const denominator = (observed * (weight - observed)) / weight;
  const numerator = denominator - squaredError;
  return estimated(numerator / denominator, { numerator, denominator });
}

function missingClass(positives: number, negatives: number): Estimate | undefined {
  if (!(positives > 0) && !(negatives > 0)) return undefinedBecause('no_labels');
  if (!(positives > 0)) return undefinedBecause('no_positives');
  return negatives > 0 ? undefined : undefinedBecause('no_negatives');
}

/** Parts of the Brier score. Each is a fraction over Σ w, `uncertainty` over (Σ w)². */
export interface BrierParts {
  /** Mean squared distance of a bin's mean score from its share of favourable labels: 0 is calibrated. */
  readonly reliability: Estimate;
  /** Mean squared distance of a bin's share of favourable labels from the base rate: higher is better. */
  readonly resolution: Estimate;
  /** Base rate · (1 − base rate). */
  readonly uncertainty: Estimate;
  /** Mean squared distance of scores from the mean of their bin. */
  readonly withinBinVariance: Estimate;
  /** Twice the mean product of the distances of scores and labels from the means of their bin. */
  readonly withinBinCovariance: Estimate;
}

/**
 * Murphy's decomposition (1973) over bins with the two terms within bins of Stephenson, Coelho and Jolliffe ("Two extra
 * components in the Brier score decomposition", Weather and Forecasting 23, 2008), so that it is exact for every bin width:
 * Brier = reliability − resolution + uncertainty + within-bin variance − within-bin covariance.
 *
 * @throws LedgerError `invalid_value` for a number of bins out of range
 */
export function brierDecomposition(steps: ScoreSteps, options: BinOptions = {}): BrierParts {
  const bins = binScores(steps, options).filter(({ weight }) => weight > 0);
  const { weight, observed } = totalSums(bins);
  if (!(weight > 0)) {
    const none = undefinedBecause('no_labels');
    return {
      reliability: none,
      resolution: none,
      uncertainty: none,
      withinBinVariance: none,
      withinBinCovariance: none,
    };
  }
  const over = (numerator: number, denominator = weight): Estimate =>
    estimated(numerator / denominator, { numerator, denominator });
  const summed = (part: (bin: CalibrationSums) => number): Estimate =>
    over(bins.reduce((sum, bin) => sum + part(bin), 0));
  const baseRate = observed / weight;
  return {
    reliability: summed((bin) => (bin.expected - bin.observed) ** 2 / bin.weight),
    resolution: summed((bin) => (bin.observed / bin.weight - baseRate) ** 2 * bin.weight),
    uncertainty: over(observed * (weight - observed), weight * weight),
    // Rounding alone can make a sum of squares negative.
    withinBinVariance: summed((bin) => Math.max(0, bin.expectedSquared - bin.expected ** 2 / bin.weight)),
    withinBinCovariance: summed((bin) => 2 * (bin.product - (bin.observed * bin.expected) / bin.weight)),
  };
}
