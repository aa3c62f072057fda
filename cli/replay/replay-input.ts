import { resolved, type ResolvedOptions } from '../../fairness/audit/options.ts';
import type { AuditOptions } from '../../fairness/audit-types.ts';
import type { AuditColumns } from '../../fairness/columns.ts';
import type { JsonObject } from '../../ledger/types.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';

/** Rows to compute on again. */
export interface ReplayInput {
  readonly columns: AuditColumns;
  /** What a reader has to know about them. */
  readonly words: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
}

/** The options of the record, which comes from outside. @throws CommandFailure, LedgerError */
export function recordedOptions(payload: JsonObject): ResolvedOptions {
  try {
    return resolved(payload['options'] as AuditOptions);
  } catch (thrown) {
    // Members of other types than options have.
    if (!(thrown instanceof TypeError)) throw thrown;
    throw new CommandFailure(EXIT.unusable, 'the record does not say with which options it was computed', {
      code: 'not_replayable',
      cause: thrown,
    });
  }
}
