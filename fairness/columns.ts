/**
 * Rows as columns of numbers: what every metric works on.
 *
 * @module
 */

/** Codes of the groups of an attribute, one a row. The narrowest array that holds them. */
export type Codes = Uint8Array | Uint16Array | Uint32Array;

/** A protected attribute, or several as an intersection. */
export interface AttributeColumn {
  readonly name: string;
  /** Names by code, sorted by code unit, so that the order of the rows changes nothing. Missing values are a group: {@link MISSING}. */
  readonly groups: readonly string[];
  readonly codes: Codes;
}

/** Name of the group of rows without a value. */
export const MISSING = '(missing)';

/** Joins names of an intersection: attributes and groups. */
export const JOINT = '*';

/** Classes of label and prediction. */
export const UNFAVOURABLE = 0;
export const FAVOURABLE = 1;
export const UNKNOWN = 2;
/** Cells of a group: label × prediction, each {@link UNFAVOURABLE}, {@link FAVOURABLE} or {@link UNKNOWN}. */
export const CELLS = 9;

/** Index of a cell within its group. */
export function cellIndex(label: number, prediction: number): number {
  return label * 3 + prediction;
}

export interface AuditColumns {
  readonly rows: number;
  /** {@link cellIndex} of each row. */
  readonly cells: Uint8Array;
  /** Scores in [0, 1]: probability of the favourable label. All finite. */
  readonly scores?: Float64Array;
  /** All finite, none negative, not all zero. */
  readonly weights?: Float64Array;
  readonly attributes: readonly AttributeColumn[];
  /** What makes two people alike, for consistency. All finite. */
  readonly features?: readonly FeatureColumn[];
}

/** Numbers of one feature, one a row. */
export interface FeatureColumn {
  readonly name: string;
  readonly values: Float64Array;
}
