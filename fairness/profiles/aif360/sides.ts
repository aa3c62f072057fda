/**
 * The two sides of a comparison, or one group, with everything that a figure about them is made of.
 *
 * @module
 */
import { type CellTable, mergeGroups } from '../../cells.ts';
import { type Confusion, confusionOf, type GeneralizedCounts, generalizedOf } from '../../rates.ts';
import { librarySums, type LibrarySums } from './sums.ts';

/** The sums of a set of groups. */
export interface Side {
  /** As AIF360 counts. */
  readonly library: LibrarySums;
  /** As the strict profile counts. */
  readonly strict: Confusion;
  /** `undefined` without scores. */
  readonly generalized: GeneralizedCounts | undefined;
  /** Sums of squared weights. */
  readonly squares: Confusion;
  /** Persons. */
  readonly n: number;
}

/** @param members positions in `table.groups` */
export function sideOf(table: CellTable, members: readonly number[]): Side {
  const merged = mergeGroups(table, '', members);
  return {
    library: librarySums(merged, null),
    strict: confusionOf(merged.weight, 0),
    generalized: generalizedOf(merged, 0),
    squares: confusionOf(merged.weightSquared, 0),
    n: confusionOf(merged.rows, 0).n,
  };
}
