/** @module Expected calibration error. */
import type { ConfidenceInterval } from '../../types.ts';
import { errorOfMean, type Estimate, estimated, normalInterval, undefinedBecause } from '../scores/estimate.ts';
import { effectiveRows, type ScoreSteps } from '../scores/steps.ts';
import { type BinOptions, binScores, type CalibrationSums, totalSums } from './bins.ts';

export interface CalibrationError {
  readonly estimate: Estimate;
  readonly bins: readonly CalibrationSums[];
  /**
   * What a perfectly calibrated model with these scores would show by chance: the error is a sum of absolute values, above 0
   * for every finite number of rows. `null` where there is no value.
   */
  readonly expectedByChance: number | null;
}

/**
 * Expected calibration error (Naeini et al. 2015): Σ over bins of |Σ w·y − Σ w·s|, over Σ w. Numerator and denominator are
 * these two. Interval `delta`: with the sign of each bin's error held fixed the value is a mean over rows, of the variance
 * Brier score − ECE²; edges of bins count as given. Below, it reaches further by what chance alone would add to the value,
 * `expectedByChance`: a calibrated model has an error of 0, and never shows it.
 *
 * @throws LedgerError `invalid_value` for a number of bins out of range
 */
export function expectedCalibrationError(steps: ScoreSteps, level: number, options: BinOptions = {}): CalibrationError {
  const bins = binScores(steps, options);
  const total = totalSums(bins);
  if (!(total.weight > 0)) return { estimate: undefinedBecause('no_labels'), bins, expectedByChance: null };
  const numerator = bins.reduce((sum, { observed, expected }) => sum + Math.abs(observed - expected), 0);
  const value = numerator / total.weight;
  const rows = effectiveRows(steps).all;
  const standardError = errorOfMean(total.squaredError / total.weight - value * value, rows);
  const expectedByChance = chanceOf(bins, total.weight, rows);
  const estimate = estimated(value, {
    numerator,
    denominator: total.weight,
    standardError,
    ci: lowered(normalInterval(value, standardError, { level, method: 'delta', low: 0, high: 1 }), expectedByChance),
    note: `A perfectly calibrated model with these scores would show about ${expectedByChance.toPrecision(2)} by chance.`,
  });
  return { estimate, bins, expectedByChance };
}

function lowered(ci: ConfidenceInterval | null, by: number): ConfidenceInterval | null {
  return ci === null ? null : { ...ci, low: Math.max(0, (ci.low ?? 0) - by) };
}

/** Mean of |normal| with the variance of each bin's error where every label is drawn with its score as probability. */
function chanceOf(bins: readonly CalibrationSums[], weight: number, effective: number): number {
  const scale = Math.sqrt((2 / Math.PI) * (weight / effective));
  return (
    bins.reduce((sum, bin) => sum + scale * Math.sqrt(Math.max(0, bin.expected - bin.expectedSquared)), 0) / weight
  );
}
