/**
 * The metric functions that a Fairlearn MetricFrame is given, from the sums of a group: Fairlearn 0.15's own and those of
 * scikit-learn 1.9 that its generated metrics are made of. Values are plain numbers, NaN included, as the libraries give them.
 *
 * @module
 */
import { type Confusion, RATES, type RateName } from '../../rates.ts';
import type { Reason } from '../../types.ts';

/** What the rows of one group come to. */
export interface Sums {
  /** Sums of weights. */
  readonly weighted: Confusion;
  /** Numbers of rows. */
  readonly rows: Confusion;
  /** Sums of squared weights. */
  readonly squared: Confusion;
}

/** A numerator and a denominator that may be 0. */
export interface RawFraction {
  readonly numerator: number;
  readonly denominator: number;
}

export interface BaseMetric {
  /** Of the Python function. */
  readonly name: string;
  /** What the function reads: rows where one of them is unknown do not count. `count` reads neither. */
  readonly reads: 'labels and predictions' | 'predictions' | 'rows';
  readonly fraction: (sums: Sums) => RawFraction;
  /** The function's value where the denominator is 0. */
  readonly onZero: number | ((sums: Sums) => number);
  /** Rows that the function needs, below which it gives NaN [1]. */
  readonly minimumRows?: number;
  /** The same rate in the strict profile. */
  readonly strict?: RateName;
  /** Why the definition has no value on a group, whatever the function answers; `null` where it has one. */
  readonly lack: (sums: Sums) => Reason | null;
}

const labelled = ({ tp, fp, tn, fn }: Confusion): number => tp + fp + tn + fn;

/** A rate that reads labels and predictions. */
function rate(name: string, strict: RateName, onZero = 0): BaseMetric {
  const { numerator, denominator } = RATES[strict];
  const fraction = ({ weighted }: Sums): RawFraction => ({
    numerator: numerator(weighted),
    denominator: denominator(weighted),
  });
  const lack = (sums: Sums): Reason | null => (fraction(sums).denominator === 0 ? RATES[strict].reason : null);
  return { name, reads: 'labels and predictions', fraction, onZero, strict, lack };
}

/** `selection_rate` and `mean_prediction` ignore the labels; with predictions of 0 and 1 they are the same number. */
function ofPredictions(name: string): BaseMetric {
  const fraction = ({ weighted: { predictedPositives, predictedNegatives } }: Sums): RawFraction => ({
    numerator: predictedPositives,
    denominator: predictedPositives + predictedNegatives,
  });
  const lack = (sums: Sums): Reason | null => (fraction(sums).denominator === 0 ? 'no_predictions' : null);
  return { name, reads: 'predictions', fraction, onZero: Number.NaN, strict: 'selection_rate', lack };
}

/** Ignores weights. */
const COUNT: BaseMetric = {
  name: 'count',
  reads: 'rows',
  fraction: ({ rows }) => ({ numerator: rows.n, denominator: 1 }),
  onZero: 0,
  lack: () => null,
};

function f1(onZero: number): BaseMetric {
  const fraction = ({ weighted: { tp, fp, fn } }: Sums): RawFraction => ({
    numerator: 2 * tp,
    denominator: 2 * tp + fp + fn,
  });
  const lack = (sums: Sums): Reason | null => (fraction(sums).denominator === 0 ? 'no_positives' : null);
  return { name: 'f1_score', reads: 'labels and predictions', fraction, onZero, lack };
}

function missingClass({ weighted: { tp, fp, tn, fn } }: Sums): Reason | null {
  if (tp + fn === 0) return 'no_positives';
  return tn + fp === 0 ? 'no_negatives' : null;
}

/** (TPR + TNR) / 2. */
function meanOfRecalls({ weighted: { tp, fp, tn, fn } }: Sums): RawFraction {
  const [positives, negatives] = [tp + fn, tn + fp];
  return { numerator: tp * negatives + tn * positives, denominator: 2 * positives * negatives };
}

/** The mean of the recalls of the classes that occur among the labels. */
const BALANCED_ACCURACY: BaseMetric = {
  name: 'balanced_accuracy_score',
  reads: 'labels and predictions',
  fraction: (sums) => {
    const { tp, fp, tn, fn } = sums.weighted;
    if (tp + fn === 0) return { numerator: tn, denominator: tn + fp };
    return tn + fp === 0 ? { numerator: tp, denominator: tp + fn } : meanOfRecalls(sums);
  },
  onZero: Number.NaN,
  lack: missingClass,
};

/** Of predictions, not of scores: the area under a curve with one point. NaN with a single class of labels. */
const ROC_AUC: BaseMetric = {
  name: 'roc_auc_score',
  reads: 'labels and predictions',
  fraction: meanOfRecalls,
  onZero: Number.NaN,
  lack: missingClass,
};

/** 1 − (FP + FN) / (PN / (P + N)); labels that do not vary give 1 to a perfect prediction, 0 to any other. */
const R2: BaseMetric = {
  name: 'r2_score',
  reads: 'labels and predictions',
  fraction: ({ weighted: { tp, fp, tn, fn } }) => {
    const [positives, negatives] = [tp + fn, tn + fp];
    const spread = (positives * negatives) / (positives + negatives);
    return { numerator: spread - fp - fn, denominator: spread };
  },
  onZero: ({ weighted: { fp, fn } }) => (fp + fn === 0 ? 1 : 0),
  minimumRows: 2,
  lack: (sums) => (missingClass(sums) === null ? null : 'no_variation'),
};

/**
 * Every supported metric function.
 *
 * @param zeroDivision what precision, recall and F1 answer where there is nothing to divide by: 0 (scikit-learn's default), 1 or NaN
 */
export function baseMetrics(zeroDivision = 0): readonly BaseMetric[] {
  return [
    rate('true_positive_rate', 'true_positive_rate'),
    rate('true_negative_rate', 'true_negative_rate'),
    rate('false_positive_rate', 'false_positive_rate'),
    rate('false_negative_rate', 'false_negative_rate'),
    ofPredictions('selection_rate'),
    ofPredictions('mean_prediction'),
    COUNT,
    rate('accuracy_score', 'accuracy'),
    rate('zero_one_loss', 'error_rate'),
    BALANCED_ACCURACY,
    rate('precision_score', 'positive_predictive_value', zeroDivision),
    rate('recall_score', 'true_positive_rate', zeroDivision),
    f1(zeroDivision),
    ROC_AUC,
    R2,
    rate('mean_absolute_error', 'error_rate'),
    rate('mean_squared_error', 'error_rate'),
  ];
}

/** Rows that a metric is over. */
export function rowsBehind({ reads }: BaseMetric, { rows }: Sums): number {
  if (reads === 'rows') return rows.n;
  return reads === 'predictions' ? rows.predictedPositives + rows.predictedNegatives : labelled(rows);
}

/** Where a value comes from: a fraction, or a convention in the place of one. */
export type Valued = { readonly value: number; readonly fraction: RawFraction | null };

const NOTHING: Valued = { value: Number.NaN, fraction: null };

/**
 * The function's value on a group, with the fraction it is.
 *
 * No rows: NaN, as the frame has it for combinations that do not occur. Rows whose weights are all 0: NaN, where
 * scikit-learn's functions raise.
 */
export function evaluate(metric: BaseMetric, sums: Sums): Valued {
  if (rowsBehind(metric, sums) < (metric.minimumRows ?? 1)) return NOTHING;
  if (metric.reads === 'labels and predictions' && labelled(sums.weighted) === 0) return NOTHING;
  const fraction = metric.fraction(sums);
  if (fraction.denominator !== 0) return { value: fraction.numerator / fraction.denominator, fraction };
  return { value: typeof metric.onZero === 'number' ? metric.onZero : metric.onZero(sums), fraction: null };
}
