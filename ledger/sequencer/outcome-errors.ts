/** What a request is told when its commit did not happen. @module */
import { LedgerError, type RefusalReason } from '../errors.ts';
import { type CommitOutcome, StoreUnavailableError } from '../store/log-store.ts';
import type { Placed } from './batch.ts';
import { LostKeysError, RecountError, type Submission } from './submission.ts';

type Refused = Exclude<CommitOutcome, { kind: 'committed' | 'moved' | 'duplicate_id' }>;

export function refusalError(reason: RefusalReason): LedgerError {
  return new LedgerError(
    'log_refuses_to_sign',
    `the log refuses to sign (${reason}): see /readyz and docs/operations.md`,
  );
}

/** An unreachable database as the caller is told of it; any other error as it is. */
export function unavailableError(error: unknown): unknown {
  if (!(error instanceof StoreUnavailableError)) return error;
  const message =
    'the database cannot be reached; the events may or may not be in the log: post them again with the same ids';
  return new LedgerError('store_unavailable', message, { retryAfterSeconds: 2, cause: error });
}

function errorOf(outcome: Refused): Error {
  switch (outcome.kind) {
    case 'missing_refs':
      return new LedgerError(
        'unknown_ref',
        'an event that is referred to is not in the log: post it first, or earlier in the same batch',
      );
    case 'lost_keys':
      return new LostKeysError();
    case 'recount':
      return new RecountError();
    case 'legal_hold':
      return new LedgerError(
        'legal_hold',
        'the subject is under a legal hold: lift the hold first, if it may be lifted',
      );
    case 'unknown_subject':
      return new LedgerError('unknown_subject', 'no such subject, or its content was erased already');
  }
}

/** Which requests of the group are refused, and why: those with a missing ref, or all whose events have to be made again. */
export function refusedSubmissions(
  outcome: Refused,
  placed: readonly Placed[],
): readonly { readonly submission: Submission; readonly error: Error }[] {
  const concerned =
    outcome.kind === 'missing_refs'
      ? placed.filter(({ submission }) => submission.unresolvedRefs.some((ref) => outcome.missing.includes(ref)))
      : placed;
  return concerned.map(({ submission }) => ({ submission, error: errorOf(outcome) }));
}
