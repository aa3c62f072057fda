/** @module What figures of scores are made from. */
import type { ResolvedOptions } from '../../audit/options.ts';
import type { CellTable } from '../../cells.ts';
import type { AttributeColumn, AuditColumns } from '../../columns.ts';

/** One attribute, one intersection, or everybody. An `AttributeContext` of a profile is one. */
export interface ScoreContext {
  readonly columns: AuditColumns;
  /** `undefined`: everybody, one group without a name. */
  readonly column: AttributeColumn | undefined;
  /** The sums of the column. */
  readonly table: CellTable;
  /** Position of the reference group; of no meaning for everybody. */
  readonly reference: number;
  readonly options: Pick<ResolvedOptions, 'metrics' | 'minimumCell' | 'level' | 'thresholds' | 'adjustment'>;
}
