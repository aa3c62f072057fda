/**
 * Aequitas' disparities: a metric of a group over that of its reference group.
 *
 * @module
 */
import { LedgerError } from '../../../ledger/errors.ts';
import { type CrosstabRow, DISPARITY_METRICS, type DisparityMetric, valueOf } from './crosstab.ts';

/** What an infinite disparity becomes. A finite one may be larger: of two groups, the one with the infinite disparity can seem better. */
export const FILL_DIVIDE_BY_ZERO = 10;

/**
 * How reference groups are chosen. `predefined`: the one named. `majority`: the largest. `minimum`: by metric, the one with its
 * smallest value. Of several that qualify, the first in the order of the groups.
 */
export type ReferenceChoice =
  | { readonly kind: 'predefined'; readonly group: string }
  | { readonly kind: 'majority' }
  | { readonly kind: 'minimum' };

export interface Disparity {
  /** NaN where there is none. */
  readonly value: number;
  /** Before infinity was replaced. */
  readonly raw: number;
  readonly reference: CrosstabRow;
}

/** A row of the crosstab with its disparities. */
export interface DisparityRow {
  readonly row: CrosstabRow;
  readonly disparities: Readonly<Record<DisparityMetric, Disparity>>;
}

/** @throws LedgerError `unknown_group` where the predefined group does not occur */
export function disparities(
  rows: readonly CrosstabRow[],
  choice: ReferenceChoice,
  fill: number = FILL_DIVIDE_BY_ZERO,
): readonly DisparityRow[] {
  const references = new Map(DISPARITY_METRICS.map((metric) => [metric, referenceOf(rows, choice, metric)]));
  return rows.map((row) => ({
    row,
    disparities: Object.fromEntries(
      DISPARITY_METRICS.map((metric) => [metric, disparityOf(row, references.get(metric) ?? row, { metric, fill })]),
    ) as Record<DisparityMetric, Disparity>,
  }));
}

function disparityOf(
  row: CrosstabRow,
  reference: CrosstabRow,
  { metric, fill }: { readonly metric: DisparityMetric; readonly fill: number },
): Disparity {
  const raw = valueOf(row.cells[metric]) / valueOf(reference.cells[metric]);
  return { value: raw === Number.POSITIVE_INFINITY ? fill : raw, raw, reference };
}

function referenceOf(
  rows: readonly CrosstabRow[],
  choice: ReferenceChoice,
  metric: DisparityMetric,
): CrosstabRow | undefined {
  if (choice.kind === 'majority') return best(rows, (row) => -valueOf(row.cells.group_size));
  if (choice.kind === 'minimum') return best(rows, (row) => valueOf(row.cells[metric]));
  const found = rows.find(({ group }) => group === choice.group);
  if (found !== undefined) return found;
  throw new LedgerError('unknown_group', 'The reference group does not occur among the rows.', {
    pointer: '/reference',
  });
}

/** The first row with the smallest key; NaN only where there is nothing else, and then the first row. */
function best(rows: readonly CrosstabRow[], key: (row: CrosstabRow) => number): CrosstabRow | undefined {
  let found = rows[0];
  for (const row of rows) {
    if (found === undefined || Number.isNaN(key(found)) || key(row) < key(found)) found = row;
  }
  return found !== undefined && Number.isNaN(key(found)) ? rows[0] : found;
}
