/**
 * The port to whatever computes audits beside the event loop: parsing and counting a million rows must not keep appends
 * waiting. `runtime/audit-threads.ts` does it on a thread.
 *
 * @module
 */
import type { AuditOptions, Cell } from '../../fairness/audit-types.ts';
import type { AuditColumns } from '../../fairness/columns.ts';
import type { WindowRange } from '../../fairness/window-source.ts';
import type { JoinedCounts, WindowQuestion } from '../../fairness/window.ts';
import type { JsonObject, ModelRef } from '../../ledger/types.ts';

/** Members that the service itself needs. */
interface Asked {
  /** Of the event, in lower case; absent: the service makes one. */
  readonly id?: string;
}

/** An audit of rows, computed. */
export interface ComputedRows extends Asked {
  readonly kind: 'rows';
  readonly model?: ModelRef;
  /** Payload of the event without the audit's id. */
  readonly record: JsonObject;
}

/** A window of the log that has to be read. */
export interface AskedWindow extends Asked {
  readonly kind: 'window';
  readonly range: Omit<WindowRange, 'size'>;
  readonly question: WindowQuestion;
  readonly options: AuditOptions;
}

/** A window that was read. */
export interface WindowRows {
  readonly columns: AuditColumns;
  readonly joined: JoinedCounts;
  readonly inputs: Readonly<Record<string, readonly Cell[]>>;
  readonly options: AuditOptions;
  /** For the record. */
  readonly source: JsonObject;
}

/** Computes audits. Both throw `overloaded`, `audit_too_large` and `stopping`, beside what is wrong with the input. */
export interface AuditComputer {
  /**
   * Reads the body of a request; of rows, computes the audit at once.
   *
   * @param bytes attacker-controlled; given away: they may not be used afterwards
   * @throws LedgerError and BodyRuleError with pointers into the body
   */
  readonly read: (bytes: Uint8Array) => Promise<ComputedRows | AskedWindow>;
  /** The payload of the event without the audit's id. `rows` are given away. */
  readonly window: (rows: WindowRows) => Promise<JsonObject>;
}
