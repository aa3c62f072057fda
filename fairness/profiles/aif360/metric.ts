/**
 * AIF360's two classes by name: everything of `BinaryLabelDatasetMetric` and `ClassificationMetric` that counts are enough
 * for. `consistency` and `rich_subgroup` look at rows.
 *
 * @module
 */
import { type CellTable } from '../../cells.ts';
import type { OutcomeCounts } from '../../metrics/differential-fairness.ts';
import type { Benefits } from '../../metrics/entropy.ts';
import { confusionOf } from '../../rates.ts';
import {
  DATASET_COMPARISONS,
  type DatasetComparisonName,
  LIBRARY_COMPARISONS,
  type LibraryComparisonName,
} from './comparisons.ts';
import { type Condition, selectBoth, type Strata } from './conditions.ts';
import { libraryAmplification, libraryEdf } from './differential-fairness.ts';
import { benefitsOfGroups, benefitsOfRows, libraryEntropy, libraryVariation } from './entropy.ts';
import { conditioned, type ConditionedName } from './rates.ts';
import { librarySums, type LibrarySums } from './sums.ts';

/** Labels, or predictions in their place: what `BinaryLabelDatasetMetric` is made with. */
export type Outcomes = 'labels' | 'predictions';

/** Whose benefits an entropy is of: each row's, or its group's mean, with the two groups or with all strata as groups. */
export type EntropyOf = 'rows' | 'between_group' | 'between_all_groups';

/** A `ClassificationMetric`: results are numbers as the library gives them, `undefined` where it raises. */
export interface LibraryMetric {
  /** `privileged`: true, false, or null for everybody. */
  readonly measure: (name: ConditionedName, privileged: boolean | null) => number;
  readonly compare: (name: LibraryComparisonName) => number;
  /** `BinaryLabelDatasetMetric`'s parity: of labels. */
  readonly compareLabels: (name: DatasetComparisonName) => number;
  readonly entropy: (of: EntropyOf, alpha: number) => number;
  readonly variation: (of: EntropyOf) => number;
  readonly edf: (of: Outcomes, concentration: number) => number | undefined;
  readonly amplification: (concentration: number) => number | undefined;
}

/** Positions of strata. */
export interface Groups {
  readonly unprivileged: readonly number[];
  readonly privileged: readonly number[];
}

/**
 * @throws LedgerError `unknown_group` for a condition over another attribute, `invalid_value` where a row is in both groups
 */
export function createLibraryMetric(strata: Strata, unprivileged: Condition, privileged: Condition): LibraryMetric {
  return metricOfGroups(strata.table, selectBoth(strata, unprivileged, privileged));
}

/** The same from positions of groups in a table, disjoint. */
export function metricOfGroups(table: CellTable, groups: Groups): LibraryMetric {
  const low = librarySums(table, groups.unprivileged);
  const high = librarySums(table, groups.privileged);
  const all = librarySums(table, null);
  const benefits = (of: EntropyOf): Benefits => benefitsBy(table, of, { low, high, all });
  return {
    measure: (name, privileged) => conditioned(name, privileged === null ? all : privileged ? high : low),
    compare: (name) => LIBRARY_COMPARISONS[name](low, high),
    compareLabels: (name) => DATASET_COMPARISONS[name](low, high),
    entropy: (of, alpha) => libraryEntropy(benefits(of), alpha),
    variation: (of) => libraryVariation(benefits(of)),
    edf: (of, concentration) => libraryEdf(outcomesOf(table, of), concentration),
    amplification: (concentration) =>
      libraryAmplification(outcomesOf(table, 'predictions'), outcomesOf(table, 'labels'), concentration),
  };
}

interface ThreeSums {
  readonly low: LibrarySums;
  readonly high: LibrarySums;
  readonly all: LibrarySums;
}

function benefitsBy(table: CellTable, of: EntropyOf, { low, high, all }: ThreeSums): Benefits {
  if (of === 'rows') return benefitsOfRows(all);
  if (of === 'between_group') return benefitsOfGroups([low, high], all);
  return benefitsOfGroups(
    table.groups.map((_, group) => librarySums(table, [group])),
    all,
  );
}

/** Favourable outcomes of every group that has rows: weighted, and n is of all its rows. */
export function outcomesOf(table: CellTable, of: Outcomes): readonly OutcomeCounts[] {
  return table.groups.flatMap((_, group) => {
    if (confusionOf(table.rows, group).n === 0) return [];
    const { positives, predictedPositives, n } = confusionOf(table.weight, group);
    return [{ favourable: of === 'labels' ? positives : predictedPositives, n }];
  });
}
