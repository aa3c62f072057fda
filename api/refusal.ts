/**
 * Refusals about something that exists: they are recorded with what was asked for.
 *
 * @module
 */
import { LedgerError, type ErrorCode, type ErrorPlace } from '../ledger/errors.ts';

/** What the record of a refusal names. */
export interface RefusedThing extends ErrorPlace {
  /** Events that were asked for. */
  readonly refs?: readonly string[];
  /** Pseudonym of the subject that was asked for. */
  readonly pseudonym?: string | undefined;
}

/** A refusal that the edge records as an `access` event, whatever its HTTP status says. */
export class Refusal extends LedgerError {
  readonly refs: readonly string[];
  readonly pseudonym: string | undefined;

  constructor(code: ErrorCode, message: string, thing: RefusedThing = {}) {
    super(code, message, thing);
    this.name = 'Refusal';
    this.refs = thing.refs ?? [];
    this.pseudonym = thing.pseudonym;
  }
}

/** Codes that say that a known principal was refused: recorded also where no {@link Refusal} was thrown. */
const REFUSED: ReadonlySet<ErrorCode> = new Set(['forbidden', 'type_reserved', 'break_glass_required', 'legal_hold']);

/** Whether an error is recorded as a refusal (invariant 6). */
export function isRefusal(error: unknown): error is LedgerError {
  return error instanceof Refusal || (error instanceof LedgerError && REFUSED.has(error.code));
}
