/** @module Observed against expected favourable labels. */
import { criticalValue } from '../../intervals/index.ts';
import { errorOfMean, type Estimate, estimated, normalInterval, undefinedBecause } from '../scores/estimate.ts';
import { effectiveRows, type ScoreSteps } from '../scores/steps.ts';
import { calibrationSums } from './bins.ts';

/**
 * O − E as a share of rows: base rate − mean score. Above 0: scores are too low. Interval `wald`: of the mean of label − score
 * over rows.
 */
export function observedExpectedDifference(steps: ScoreSteps, level: number): Estimate {
  const { weight, observed, expected, squaredError } = calibrationSums(steps);
  if (!(weight > 0)) return undefinedBecause('no_labels');
  const numerator = observed - expected;
  const value = numerator / weight;
  const standardError = errorOfMean(squaredError / weight - value * value, effectiveRows(steps).all);
  const ci = normalInterval(value, standardError, { level, method: 'wald', low: -1, high: 1 });
  return estimated(value, { numerator, denominator: weight, standardError, ci });
}

/**
 * O:E, Σ w·y / Σ w·s. Above 1: scores are too low. Interval `delta-log`: of ln O:E by the delta method, rows drawn with their
 * score and label together; none where no label is favourable, since ln 0 has no value. Where every score is 0: `zero_reference`.
 */
export function observedExpectedRatio(steps: ScoreSteps, level: number): Estimate {
  const { weight, observed, expected, expectedSquared, product } = calibrationSums(steps);
  if (!(weight > 0)) return undefinedBecause('no_labels');
  if (!(expected > 0)) return undefinedBecause('zero_reference', { numerator: observed, denominator: expected });
  const value = observed / expected;
  const fraction = { numerator: observed, denominator: expected };
  if (!(observed > 0)) return estimated(value, fraction);
  // Mean over rows of (y/ȳ − s/s̄)².
  const spread =
    weight / observed + (weight * expectedSquared) / expected ** 2 - (2 * weight * product) / (observed * expected);
  const logError = errorOfMean(spread, effectiveRows(steps).all);
  if (logError === null) return estimated(value, fraction);
  const factor = Math.exp(criticalValue(level) * logError);
  const ci = logError > 0 ? { low: value / factor, high: value * factor, level, method: 'delta-log' } : null;
  return estimated(value, { ...fraction, standardError: value * logError, ci });
}
