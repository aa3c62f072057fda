/**
 * What a profile works on: one attribute, or one intersection, of an audit.
 *
 * @module
 */
import type { ResolvedOptions } from '../audit/options.ts';
import type { CellTable } from '../cells.ts';
import type { AttributeColumn, AuditColumns } from '../columns.ts';
import type { Outcome } from '../types.ts';

export interface AttributeContext {
  readonly columns: AuditColumns;
  readonly column: AttributeColumn;
  /** The sums of `column`. */
  readonly table: CellTable;
  /** Position of the reference group in `table.groups`. */
  readonly reference: number;
  readonly options: ResolvedOptions;
  /** Of thresholds: the one that made the predictions, where several were asked for. */
  readonly threshold?: number;
  /** The strict value of a metric of the catalogue, of the group at this position. */
  readonly strict: (name: string, group: number) => Outcome;
}
