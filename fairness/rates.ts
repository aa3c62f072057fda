/**
 * The rates of a confusion matrix as fractions, before any convention about a denominator of 0.
 *
 * @module
 */
import type { CellTable } from './cells.ts';
import { CELLS, cellIndex, FAVOURABLE, UNFAVOURABLE, UNKNOWN } from './columns.ts';
import type { Reason } from './types.ts';

/** Weighted sums of one group. Rows whose label or prediction is unknown count in `n` and in what needs only the other one. */
export interface Confusion {
  readonly tp: number;
  readonly fp: number;
  readonly tn: number;
  readonly fn: number;
  /** Label favourable / unfavourable, whatever the prediction. */
  readonly positives: number;
  readonly negatives: number;
  /** Prediction favourable / unfavourable, whatever the label. */
  readonly predictedPositives: number;
  readonly predictedNegatives: number;
  /** All rows of the group. */
  readonly n: number;
}

/** The sums of `group` in one array of a {@link CellTable}: `rows`, `weight`, `weightSquared`. */
export function confusionOf(sums: Float64Array, group: number): Confusion {
  const at = (label: number, prediction: number): number => sums[group * CELLS + cellIndex(label, prediction)] ?? 0;
  const tp = at(FAVOURABLE, FAVOURABLE);
  const fp = at(UNFAVOURABLE, FAVOURABLE);
  const tn = at(UNFAVOURABLE, UNFAVOURABLE);
  const fn = at(FAVOURABLE, UNFAVOURABLE);
  const positives = tp + fn + at(FAVOURABLE, UNKNOWN);
  const negatives = fp + tn + at(UNFAVOURABLE, UNKNOWN);
  const predictedPositives = tp + fp + at(UNKNOWN, FAVOURABLE);
  const predictedNegatives = tn + fn + at(UNKNOWN, UNFAVOURABLE);
  const n = positives + negatives + at(UNKNOWN, FAVOURABLE) + at(UNKNOWN, UNFAVOURABLE) + at(UNKNOWN, UNKNOWN);
  return { tp, fp, tn, fn, positives, negatives, predictedPositives, predictedNegatives, n };
}

/** Sums of scores over positives and negatives of a group (AIF360's generalized counts), weighted. */
export interface GeneralizedCounts {
  /** Σ w·s and Σ w·(1−s) over rows with a favourable label. */
  readonly gtp: number;
  readonly gfn: number;
  /** Σ w·s and Σ w·(1−s) over rows with an unfavourable label. */
  readonly gfp: number;
  readonly gtn: number;
}

/** @returns `undefined` where there are no scores */
export function generalizedOf(table: CellTable, group: number): GeneralizedCounts | undefined {
  const { score, weight } = table;
  if (score === undefined) return undefined;
  const sum = (sums: Float64Array, label: number): number =>
    [UNFAVOURABLE, FAVOURABLE, UNKNOWN].reduce(
      (all, prediction) => all + (sums[group * CELLS + cellIndex(label, prediction)] ?? 0),
      0,
    );
  const gtp = sum(score, FAVOURABLE);
  const gfp = sum(score, UNFAVOURABLE);
  return { gtp, gfn: sum(weight, FAVOURABLE) - gtp, gfp, gtn: sum(weight, UNFAVOURABLE) - gfp };
}

export interface RateDefinition {
  readonly numerator: (counts: Confusion) => number;
  readonly denominator: (counts: Confusion) => number;
  /** Why there is no value where the denominator is 0. */
  readonly reason: Reason;
}

const labelled = ({ tp, fp, tn, fn }: Confusion): number => tp + fp + tn + fn;

/** Fractions with the names of AIF360. `base_rate` and `selection_rate` are over rows with a known label or prediction. */
export const RATES = {
  base_rate: {
    numerator: ({ positives }) => positives,
    denominator: ({ positives, negatives }) => positives + negatives,
    reason: 'no_rows',
  },
  selection_rate: {
    numerator: ({ predictedPositives }) => predictedPositives,
    denominator: ({ predictedPositives, predictedNegatives }) => predictedPositives + predictedNegatives,
    reason: 'no_rows',
  },
  true_positive_rate: { numerator: ({ tp }) => tp, denominator: ({ tp, fn }) => tp + fn, reason: 'no_positives' },
  false_negative_rate: { numerator: ({ fn }) => fn, denominator: ({ tp, fn }) => tp + fn, reason: 'no_positives' },
  true_negative_rate: { numerator: ({ tn }) => tn, denominator: ({ tn, fp }) => tn + fp, reason: 'no_negatives' },
  false_positive_rate: { numerator: ({ fp }) => fp, denominator: ({ tn, fp }) => tn + fp, reason: 'no_negatives' },
  positive_predictive_value: {
    numerator: ({ tp }) => tp,
    denominator: ({ tp, fp }) => tp + fp,
    reason: 'no_predicted_positives',
  },
  false_discovery_rate: {
    numerator: ({ fp }) => fp,
    denominator: ({ tp, fp }) => tp + fp,
    reason: 'no_predicted_positives',
  },
  negative_predictive_value: {
    numerator: ({ tn }) => tn,
    denominator: ({ tn, fn }) => tn + fn,
    reason: 'no_predicted_negatives',
  },
  false_omission_rate: {
    numerator: ({ fn }) => fn,
    denominator: ({ tn, fn }) => tn + fn,
    reason: 'no_predicted_negatives',
  },
  accuracy: { numerator: ({ tp, tn }) => tp + tn, denominator: labelled, reason: 'no_rows' },
  error_rate: { numerator: ({ fp, fn }) => fp + fn, denominator: labelled, reason: 'no_rows' },
} as const satisfies Readonly<Record<string, RateDefinition>>;
export type RateName = keyof typeof RATES;
