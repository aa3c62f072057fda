/**
 * Everything about the scores of one group, by the name of the metric.
 *
 * @module
 */
import { DEFAULT_BINS } from '../calibration/bins.ts';
import { brierDecomposition, brierScore, brierSkillScore } from '../calibration/brier.ts';
import { expectedCalibrationError } from '../calibration/expected-calibration-error.ts';
import { observedExpectedDifference, observedExpectedRatio } from '../calibration/observed-expected.ts';
import { recalibrate } from '../calibration/recalibration.ts';
import { auroc } from '../roc/auroc.ts';
import { averagePrecision } from '../roc/average-precision.ts';
import type { Estimate } from './estimate.ts';
import type { ScoreSteps } from './steps.ts';

/** One metric of one group. */
export interface ScoreMeasure {
  readonly name: string;
  readonly estimate: Estimate;
  readonly parameters?: Readonly<Record<string, number | string>>;
}

/** Metrics that come from one computation. What it gives has the same names in the same order for every group. */
export interface MeasureFamily {
  readonly names: readonly string[];
  readonly measure: (steps: ScoreSteps, level: number) => readonly ScoreMeasure[];
}

function single(name: string, measure: (steps: ScoreSteps, level: number) => Estimate): MeasureFamily {
  return { names: [name], measure: (steps, level) => [{ name, estimate: measure(steps, level) }] };
}

const FIXED_BINS = { bins: DEFAULT_BINS, binning: 'fixed' } as const;
const EQUAL_BINS = { bins: DEFAULT_BINS, binning: 'equal_mass' } as const;

const RECALIBRATION: MeasureFamily = {
  names: ['calibration_in_the_large', 'calibration_slope'],
  measure: (steps, level) => {
    const { intercept, slope } = recalibrate(steps, level);
    return [
      { name: 'calibration_in_the_large', estimate: intercept },
      { name: 'calibration_slope', estimate: slope },
    ];
  },
};

const CALIBRATION_ERROR: MeasureFamily = {
  names: ['expected_calibration_error'],
  measure: (steps, level) =>
    [FIXED_BINS, EQUAL_BINS].map((parameters) => ({
      name: 'expected_calibration_error',
      estimate: expectedCalibrationError(steps, level, parameters).estimate,
      parameters,
    })),
};

const BRIER_PARTS: MeasureFamily = {
  names: [
    'brier_reliability',
    'brier_resolution',
    'brier_uncertainty',
    'brier_within_bin_variance',
    'brier_within_bin_covariance',
  ],
  measure: (steps) => {
    const parts = brierDecomposition(steps, FIXED_BINS);
    return [
      { name: 'brier_reliability', estimate: parts.reliability, parameters: FIXED_BINS },
      { name: 'brier_resolution', estimate: parts.resolution, parameters: FIXED_BINS },
      { name: 'brier_uncertainty', estimate: parts.uncertainty },
      { name: 'brier_within_bin_variance', estimate: parts.withinBinVariance, parameters: FIXED_BINS },
      { name: 'brier_within_bin_covariance', estimate: parts.withinBinCovariance, parameters: FIXED_BINS },
    ];
  },
};

/** Metrics that need no threshold, in the order of their figures. */
export const MEASURE_FAMILIES: readonly MeasureFamily[] = [
  single('auroc', auroc),
  single('auprc', averagePrecision),
  single('brier_score', brierScore),
  single('brier_skill_score', brierSkillScore),
  BRIER_PARTS,
  RECALIBRATION,
  single('observed_expected_ratio', observedExpectedRatio),
  single('observed_expected_difference', observedExpectedDifference),
  CALIBRATION_ERROR,
];
