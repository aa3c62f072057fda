/**
 * Consistency: do people like each other get the same decision? (Zemel et al., "Learning Fair Representations", ICML 2013.)
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import { type AuditColumns, FAVOURABLE, UNKNOWN } from '../columns.ts';
import { type MeasuredRows, rowsFraction, rowsUndefined } from './measured-rows.ts';
import type { NeighborLists } from './neighbors/lists.ts';
import { nearestRows } from './neighbors/nearest.ts';
import { type Points, pointsOf } from './neighbors/points.ts';

/**
 * Who counts where several rows are equally far at the last place.
 *
 * - `shared`: all of them, each with its share of the places left. The value does not depend on the order of the rows.
 * - `row`: the ones that come first. Agrees with AIF360 to 1e-12 where there are no ties; with ties AIF360's value depends
 *   on how its tree happens to be built, and no rule reproduces it.
 */
export type TieRule = 'shared' | 'row';

export interface ConsistencyOptions {
  /** Rows compared with each row, which is one of them [5]. */
  readonly neighbors?: number;
  /** [`shared`] */
  readonly ties?: TieRule;
}

/**
 * `1 − mean |y − mean of y over the k nearest rows|`, in [0, 1], with Euclidean distances on the features **as given**: a
 * feature in large units outweighs the others. A row is its own neighbour, as in AIF360. Weights play no part.
 *
 * @param features - columns; of all rows, every number finite
 * @param favourable - 0 or 1 by row
 * @returns `too_few_rows` where there are fewer rows than neighbours
 * @throws LedgerError `lengths_differ`, `invalid_value`
 */
export function consistency(
  features: readonly Float64Array[],
  favourable: Uint8Array,
  { neighbors = 5, ties = 'shared' }: ConsistencyOptions = {},
): MeasuredRows {
  const rows = favourable.length;
  checkNeighbors(neighbors);
  checkFeatures(features, rows);
  if (rows === 0) return rowsUndefined('no_rows', 0);
  if (rows < neighbors) return rowsUndefined('too_few_rows', rows);
  const { lists, points } = nearestRows(pointsOf(features, rows), neighbors, favourable);
  // Both over k: numerator and denominator are integers where the rule is `row`.
  return rowsFraction(agreement(lists, points, favourable, ties), rows * neighbors, rows, 'no_rows');
}

/** Σ over rows of `k − |k·y − favourable among the neighbours|`. */
function agreement(lists: NeighborLists, points: Points, favourable: Uint8Array, ties: TieRule): number {
  const { k } = lists;
  let total = 0;
  for (let point = 0; point < points.size; point += 1) {
    const near = ties === 'row' ? lists.favourable(point) : lists.sharedFavourable(point);
    const [start, end] = [points.starts[point] ?? 0, points.starts[point + 1] ?? 0];
    let ones = 0;
    for (let at = start; at < end; at += 1) ones += favourable[points.rows[at] ?? 0] ?? 0;
    total += ones * near + (end - start - ones) * (k - near);
  }
  return total;
}

/**
 * Consistency of the predictions, or of the labels, of an audit. Rows without one are left out, and so are not counted in `n`.
 *
 * @param features - columns as long as the audit: what makes two people alike
 * @throws LedgerError `lengths_differ`, `invalid_value`
 */
export function consistencyOf(
  columns: AuditColumns,
  features: readonly Float64Array[],
  { of = 'predictions', ...options }: ConsistencyOptions & { readonly of?: 'labels' | 'predictions' } = {},
): MeasuredRows {
  checkFeatures(features, columns.rows);
  const classOf = (cell: number): number => (of === 'labels' ? Math.floor(cell / 3) : cell % 3);
  const known: number[] = [];
  for (const [row, cell] of columns.cells.entries()) if (classOf(cell) !== UNKNOWN) known.push(row);
  const favourable = Uint8Array.from(known, (row) => (classOf(columns.cells[row] ?? 0) === FAVOURABLE ? 1 : 0));
  if (known.length === 0) return rowsUndefined(of === 'labels' ? 'no_labels' : 'no_predictions', 0);
  const kept =
    known.length === columns.rows
      ? features
      : features.map((values) => Float64Array.from(known, (row) => values[row] ?? 0));
  return consistency(kept, favourable, options);
}

function checkNeighbors(neighbors: number): void {
  if (Number.isInteger(neighbors) && neighbors >= 1 && neighbors <= 1000) return;
  throw new LedgerError('invalid_value', 'neighbors: an integer from 1 to 1000', { pointer: '/neighbors' });
}

function checkFeatures(features: readonly Float64Array[], rows: number): void {
  for (const [column, values] of features.entries()) {
    const pointer = `/features/${column}`;
    if (values.length !== rows) throw new LedgerError('lengths_differ', 'features: as many as rows', { pointer });
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new LedgerError('invalid_value', 'features: finite numbers', { pointer: `${pointer}/${at}` });
  }
}
