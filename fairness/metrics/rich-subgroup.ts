/**
 * Rich subgroups: which half-space of the protected attributes has the error rate furthest from everybody's? (Kearns, Neel,
 * Roth and Wu, "Preventing Fairness Gerrymandering", ICML 2018.) The half-space is found by least squares, a heuristic: a
 * worse one may exist.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import { solveLeastSquares } from '../../numerics/linear.ts';
import { type AuditColumns, FAVOURABLE, UNFAVOURABLE, UNKNOWN } from '../columns.ts';
import { type MeasuredRows, rowsFraction, rowsUndefined } from './measured-rows.ts';

/** `FP`: false positives among rows with an unfavourable label. `FN`: false negatives among the others. */
export type RichSubgroupError = 'FP' | 'FN';

export type RichSubgroup = MeasuredRows & {
  readonly error: RichSubgroupError;
  /** `above`: the subgroup has more of these errors than everybody. */
  readonly direction: 'above' | 'below' | null;
  /** Rows of the subgroup among those that can have this error; their errors; the same of everybody. */
  readonly members: number;
  readonly memberErrors: number;
  readonly audited: number;
  readonly auditedErrors: number;
};

/**
 * Weighted disparity `|rate in the subgroup − rate| · members / rows`: what AIF360's `rich_subgroup` returns. Its larger of
 * two directions; at a tie the one above.
 *
 * Agrees with AIF360 to 1e-12 but where the fitted value of a row is 0 to rounding: there the last bit of the library's
 * solver decides on which side it falls, and here the row is in no subgroup.
 *
 * @param attributes - columns of numbers, as the library reads them: codes of many-valued attributes order their groups
 * @param labels - 0 or 1 by row
 * @param predictions - 0 to 1 by row
 * @returns `no_negatives` (FP) or `no_positives` (FN) where no row can have the error
 * @throws LedgerError `lengths_differ`
 */
export function richSubgroup(
  attributes: readonly Float64Array[],
  labels: Uint8Array,
  predictions: Float64Array,
  error: RichSubgroupError,
): RichSubgroup {
  for (const [i, column] of attributes.entries())
    if (column.length !== labels.length)
      throw new LedgerError('lengths_differ', 'attributes: as many as labels', { pointer: `/attributes/${i}` });
  const audited = Uint32Array.from(labels.keys()).filter((row) => labels[row] === (error === 'FP' ? 0 : 1));
  const errors = Float64Array.from(audited, (row) => errorOf(predictions[row] ?? 0, error));
  const everybody = { error, audited: audited.length, auditedErrors: total(errors) };
  if (audited.length === 0) {
    const reason = error === 'FP' ? 'no_negatives' : 'no_positives';
    return { ...rowsUndefined(reason, labels.length), ...everybody, direction: null, members: 0, memberErrors: 0 };
  }
  const rate = everybody.auditedErrors / audited.length;
  const fitted = fit(
    attributes.map((column) => Float64Array.from(audited, (row) => column[row] ?? 0)),
    errors.map((value) => value - rate),
  );
  const above = sideOf(errors.filter((_, i) => (fitted[i] ?? 0) > 0));
  const below = sideOf(errors.filter((_, i) => (fitted[i] ?? 0) < 0));
  // |e/m − E/M| · m/n over one denominator: exact for predictions of 0 and 1.
  const disparity = ({ members, memberErrors }: Side): number =>
    Math.abs(memberErrors * audited.length - everybody.auditedErrors * members);
  const isBelow = disparity(below) > disparity(above);
  const side = isBelow ? below : above;
  return {
    ...rowsFraction(disparity(side), audited.length * labels.length, labels.length, 'no_rows'),
    ...everybody,
    ...side,
    direction: isBelow ? 'below' : 'above',
  };
}

type Side = Pick<RichSubgroup, 'members' | 'memberErrors'>;

function sideOf(errors: Float64Array): Side {
  return { members: errors.length, memberErrors: total(errors) };
}

function errorOf(prediction: number, error: RichSubgroupError): number {
  return error === 'FP' ? prediction : 1 - prediction;
}

/** Below this share of the largest fitted value a fitted value is 0. */
const ZERO = 1e-12;

/** Least-squares values of a response with mean 0; columns that others determine change nothing and are left out. */
function fit(columns: readonly Float64Array[], response: Float64Array): Float64Array {
  const rows = response.length;
  let design: readonly Float64Array[] = [];
  let coefficients: Float64Array | undefined;
  for (const column of columns) {
    const mean = total(column) / rows;
    const more = [...design, column.map((value) => value - mean)];
    const solved = solveLeastSquares(rowByRow(more, rows), response);
    if (solved !== undefined) [design, coefficients] = [more, solved];
  }
  const fitted = new Float64Array(rows);
  for (const [i, column] of design.entries()) {
    const coefficient = coefficients?.[i] ?? 0;
    for (const [row, value] of column.entries()) fitted[row] = (fitted[row] ?? 0) + coefficient * value;
  }
  const largest = response.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return fitted.map((value) => (Math.abs(value) <= ZERO * largest ? 0 : value));
}

function rowByRow(columns: readonly Float64Array[], rows: number): Float64Array {
  const matrix = new Float64Array(rows * columns.length);
  for (const [i, column] of columns.entries())
    for (const [row, value] of column.entries()) matrix[row * columns.length + i] = value;
  return matrix;
}

function total(values: Float64Array): number {
  return values.reduce((all, value) => all + value, 0);
}

/**
 * The rich subgroup of an audit: over all attributes, each group but the first of an attribute as a column of 0 and 1, so that
 * the order of the groups plays no part. Rows without label or prediction are left out.
 */
export function richSubgroupOf(columns: AuditColumns, error: RichSubgroupError): RichSubgroup {
  const known = Uint32Array.from(columns.cells.keys()).filter((row) => {
    const cell = columns.cells[row] ?? 0;
    return Math.floor(cell / 3) !== UNKNOWN && cell % 3 !== UNKNOWN;
  });
  const indicators = columns.attributes.flatMap(({ groups, codes }) =>
    groups.slice(1).map((_, i) => Float64Array.from(known, (row) => (codes[row] === i + 1 ? 1 : 0))),
  );
  const labels = Uint8Array.from(known, (row) => (Math.floor((columns.cells[row] ?? 0) / 3) === UNFAVOURABLE ? 0 : 1));
  const predictions = Float64Array.from(known, (row) => ((columns.cells[row] ?? 0) % 3 === FAVOURABLE ? 1 : 0));
  return richSubgroup(indicators, labels, predictions, error);
}
