/** @module Names of the metrics of scores, and what each says. */

export interface ScoreMetric {
  readonly name: string;
  /** What a figure is about: one group, one group against the reference, or all groups of an attribute together. */
  readonly scope: 'group' | 'comparison' | 'attribute';
  readonly kind: 'rate' | 'difference' | 'ratio' | 'index';
  /** Computed where no metric is named. */
  readonly isDefault: boolean;
  /** In words and signs: y the label, s the score, t the threshold; `g` the group, `r` the reference. */
  readonly formula: string;
}

const DEFAULTS: ReadonlySet<string> = new Set([
  'auroc',
  'auroc_difference',
  'brier_score',
  'calibration_in_the_large',
  'calibration_slope',
  'expected_calibration_error',
]);

type Row = readonly [name: string, kind: ScoreMetric['kind'], formula: string];

const OF_GROUPS: readonly Row[] = [
  ['auroc', 'rate', 'P(s of a positive > s of a negative) + P(equal) / 2'],
  ['auprc', 'rate', 'average precision: sum over thresholds of precision x recall gained, no interpolation'],
  ['brier_score', 'index', 'mean (s - y)^2'],
  ['brier_skill_score', 'index', '1 - brier_score / brier_uncertainty'],
  ['brier_reliability', 'index', 'mean over bins of (mean s - mean y)^2'],
  ['brier_resolution', 'index', 'mean over bins of (mean y - base rate)^2'],
  ['brier_uncertainty', 'index', 'base rate x (1 - base rate)'],
  ['brier_within_bin_variance', 'index', 'mean squared distance of s from the mean s of its bin'],
  [
    'brier_within_bin_covariance',
    'index',
    'twice the mean product of the distances of s and y from the means of their bin',
  ],
  ['calibration_in_the_large', 'index', 'a of logit P(y) = a + logit(s)'],
  ['calibration_slope', 'index', 'b of logit P(y) = a + b logit(s)'],
  ['observed_expected_ratio', 'ratio', 'sum y / sum s'],
  ['observed_expected_difference', 'difference', 'mean y - mean s'],
  ['expected_calibration_error', 'index', 'sum over bins of share of rows x |mean y - mean s|'],
  ['net_benefit', 'index', 'TP/n - FP/n x t/(1 - t), predicted favourable: s >= t'],
  ['net_benefit_treat_all', 'index', 'base rate - (1 - base rate) x t/(1 - t)'],
  ['standardized_net_benefit', 'index', 'net_benefit / base rate'],
];

/** How a metric is held against the reference. */
export interface Comparison {
  /** Of the interval. */
  readonly method: string;
  /** Whether a test of no difference holds: without, there is neither p-value nor interval. */
  readonly isTested: boolean;
  /** `index` where no bound on a difference is usual: 0.1 is one of rates, not of log-odds, slopes or errors of chance. */
  readonly kind: 'difference' | 'index';
  /** No difference is larger. */
  readonly largest: number;
}

const WALD: Comparison = { method: 'wald', isTested: true, kind: 'difference', largest: 1 };

/** Metrics with a difference from the reference. */
export const COMPARED: Readonly<Record<string, Comparison>> = {
  auroc: { ...WALD, method: 'delong' },
  brier_score: WALD,
  calibration_in_the_large: { ...WALD, kind: 'index', largest: Infinity },
  calibration_slope: { ...WALD, kind: 'index', largest: Infinity },
  observed_expected_difference: { ...WALD, largest: 2 },
  // Chance adds to the error of a small group more than to that of a large one: a test of no difference would find it, and so
  // would a bound.
  expected_calibration_error: { ...WALD, method: 'delta', isTested: false, kind: 'index' },
};

/** Rates whose largest gap along thresholds is a figure, `<rate>_largest_gap`: the largest of many, so it has no usual bound. */
export const GAP_RATES = [
  'selection_rate',
  'true_positive_rate',
  'false_positive_rate',
  'positive_predictive_value',
  'negative_predictive_value',
  'accuracy',
] as const;

/** Every metric that {@link scoreFigures} gives. */
export const SCORE_METRICS: readonly ScoreMetric[] = [
  ...OF_GROUPS.map(([name, kind, formula]): ScoreMetric => metric(name, 'group', kind, formula)),
  ...Object.entries(COMPARED).map(([name, { kind }]) =>
    metric(`${name}_difference`, 'comparison', kind, `${name} of g - ${name} of r`),
  ),
  ...GAP_RATES.map((rate) =>
    metric(`${rate}_largest_gap`, 'attribute', 'index', `largest difference of ${rate} of two groups over thresholds`),
  ),
];

function metric(name: string, scope: ScoreMetric['scope'], kind: ScoreMetric['kind'], formula: string): ScoreMetric {
  return { name, scope, kind, isDefault: DEFAULTS.has(name), formula };
}
