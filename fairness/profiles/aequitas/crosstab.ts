/**
 * Aequitas' crosstab: the absolute metrics of each group, from counts. Plain numbers; NaN where the library divides by 0.
 *
 * The library counts rows: weights do not exist for it. Rows whose label or prediction is unknown it refuses; here they count
 * in what needs only the other one, and in `group_size`.
 *
 * @module
 */
import type { CellTable } from '../../cells.ts';
import { MISSING } from '../../columns.ts';
import { type Confusion, confusionOf, RATES, type RateName } from '../../rates.ts';

/** Metrics that disparities are taken of, in the library's order. */
export const DISPARITY_METRICS = [
  'ppr',
  'pprev',
  'precision',
  'fdr',
  'for',
  'fpr',
  'fnr',
  'tpr',
  'tnr',
  'npv',
] as const;
export type DisparityMetric = (typeof DISPARITY_METRICS)[number];

/** Every column of numbers, in the library's order. */
export const CROSSTAB_METRICS = [
  'k',
  'accuracy',
  'tpr',
  'tnr',
  'for',
  'fdr',
  'fpr',
  'fnr',
  'npv',
  'precision',
  'pp',
  'pn',
  'ppr',
  'pprev',
  'fp',
  'fn',
  'tn',
  'tp',
  'group_label_pos',
  'group_label_neg',
  'group_size',
  'total_entities',
  'prev',
] as const;
export type CrosstabMetric = (typeof CROSSTAB_METRICS)[number];

/** Rates by the name that the strict profile has for them. */
export const RATES_BY_METRIC = {
  accuracy: 'accuracy',
  tpr: 'true_positive_rate',
  tnr: 'true_negative_rate',
  for: 'false_omission_rate',
  fdr: 'false_discovery_rate',
  fpr: 'false_positive_rate',
  fnr: 'false_negative_rate',
  npv: 'negative_predictive_value',
  precision: 'positive_predictive_value',
  pprev: 'selection_rate',
  prev: 'base_rate',
} as const satisfies Partial<Record<CrosstabMetric, RateName>>;

/** A numerator and a denominator that may be 0; counts are over 1. */
export interface Cell {
  readonly numerator: number;
  readonly denominator: number;
}

/** One group's row of the crosstab. */
export interface CrosstabRow {
  readonly group: string;
  /** Position in the table's groups. */
  readonly position: number;
  readonly cells: Readonly<Record<CrosstabMetric, Cell>>;
  /** What the cells are made of. */
  readonly counts: Confusion;
}

/** What the library makes of a fraction: NaN for everything over 0. */
export function valueOf({ numerator, denominator }: Cell): number {
  return denominator === 0 ? Number.NaN : numerator / denominator;
}

interface Totals {
  /** Predicted positives of all rows, those without a group included. */
  readonly k: number;
  readonly entities: number;
}

/**
 * The crosstab of an attribute. Rows without a value are in no group, and yet in `k` and `total_entities`, so that the `ppr`
 * of the groups add up to less than 1.
 */
export function crosstab(table: CellTable): readonly CrosstabRow[] {
  const all = table.groups.map((_, position) => confusionOf(table.rows, position));
  const totals = {
    k: all.reduce((sum, { predictedPositives }) => sum + predictedPositives, 0),
    entities: all.reduce((sum, { n }) => sum + n, 0),
  };
  return table.groups.flatMap((group, position) => {
    const counts = all[position];
    if (group === MISSING || counts === undefined || counts.n === 0) return [];
    return [{ group, position, cells: cellsOf(counts, totals), counts }];
  });
}

function cellsOf(counts: Confusion, { k, entities }: Totals): Readonly<Record<CrosstabMetric, Cell>> {
  const { tp, fp, tn, fn, positives, negatives, predictedPositives, predictedNegatives, n } = counts;
  const count = (numerator: number): Cell => ({ numerator, denominator: 1 });
  const rate = (name: RateName): Cell => ({
    numerator: RATES[name].numerator(counts),
    denominator: RATES[name].denominator(counts),
  });
  const rates = Object.fromEntries(
    Object.entries(RATES_BY_METRIC).map(([metric, name]) => [metric, rate(name)]),
  ) as Readonly<Record<keyof typeof RATES_BY_METRIC, Cell>>;
  return {
    k: count(k),
    ...rates,
    pp: count(predictedPositives),
    pn: count(predictedNegatives),
    ppr: { numerator: predictedPositives, denominator: k },
    fp: count(fp),
    fn: count(fn),
    tn: count(tn),
    tp: count(tp),
    group_label_pos: count(positives),
    group_label_neg: count(negatives),
    group_size: count(n),
    total_entities: count(entities),
  };
}
