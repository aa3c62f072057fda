/**
 * The sums that every metric of AIF360 is made of, from the counts of a set of groups.
 *
 * @module
 */
import { type CellTable, mergeGroups } from '../../cells.ts';
import { confusionOf, generalizedOf } from '../../rates.ts';

/** Weighted sums over a set of groups, with AIF360's meaning. */
export interface LibrarySums {
  /** All rows, those without a label or a prediction as well. */
  readonly instances: number;
  /** Favourable and unfavourable labels, whatever the prediction. */
  readonly positives: number;
  readonly negatives: number;
  readonly predictedPositives: number;
  readonly predictedNegatives: number;
  readonly tp: number;
  readonly fp: number;
  readonly tn: number;
  readonly fn: number;
  /** Generalized counts: of scores; where there are none, AIF360 takes the predictions as scores. */
  readonly gtp: number;
  readonly gfp: number;
  readonly gtn: number;
  readonly gfn: number;
  /** Rows by benefit b = 1 + ŷ − y, not weighted: entropies ignore weights. What is not favourable counts as 0. */
  readonly benefits: readonly [number, number, number];
}

/**
 * @param members positions in `table.groups`; `null`: everybody
 */
export function librarySums(table: CellTable, members: readonly number[] | null): LibrarySums {
  const merged = mergeGroups(table, '', members ?? table.groups.map((_, i) => i));
  const counts = confusionOf(merged.weight, 0);
  const { tp, fp, tn, fn, positives, negatives, predictedPositives, predictedNegatives, n } = counts;
  const generalized = generalizedOf(merged, 0) ?? { gtp: tp, gfn: positives - tp, gfp: fp, gtn: negatives - fp };
  const rows = confusionOf(merged.rows, 0);
  const without = rows.positives - rows.tp;
  const double = rows.predictedPositives - rows.tp;
  return {
    instances: n,
    positives,
    negatives,
    predictedPositives,
    predictedNegatives,
    ...{ tp, fp, tn, fn },
    ...generalized,
    benefits: [without, rows.n - without - double, double],
  };
}
