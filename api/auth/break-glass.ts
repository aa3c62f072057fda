/**
 * Break-glass (45 CFR 164.312(a)(2)(ii)): a typed reason, at most 60 minutes, one subject, listed and reviewed.
 * Recorded first, granted then: a crash between the two leaves a record without a grant, never a grant without a record.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import type { BreakGlassGrant, BreakGlassStore, Principal, Subjects } from '../../ledger/ports.ts';
import type { RecordAccess } from '../access-record.ts';

/** What a clinician asks for. */
export interface BreakGlassRequest {
  readonly subject: string;
  readonly reason: string;
  /** 1..60. */
  readonly minutes: number;
}

/** What granting needs. */
export interface BreakGlassDeps {
  readonly subjects: Pick<Subjects, 'resolve'>;
  readonly store: Pick<BreakGlassStore, 'grant'>;
  readonly record: RecordAccess;
  readonly now: () => number;
  /** Id of the grant. */
  readonly newId: () => string;
}

/** @throws LedgerError `unknown_subject`, and whatever recording throws */
export async function grantBreakGlass(
  deps: BreakGlassDeps,
  request: BreakGlassRequest,
  by: Principal,
): Promise<BreakGlassGrant> {
  const pseudonym = await deps.subjects.resolve(request.subject);
  if (pseudonym === undefined) throw new LedgerError('unknown_subject', 'No event is about this subject.');
  const id = deps.newId();
  const expiresAt = new Date(deps.now() + request.minutes * 60_000).toISOString();
  const { reason, minutes } = request;
  const recorded = await deps.record(by, {
    action: 'break_glass',
    operation: 'requestBreakGlass',
    outcome: 'success',
    pseudonym,
    purposeOfUse: 'BTG',
    breakGlass: { grant: id, reason, minutes, expiresAt },
  });
  return deps.store.grant({ id, principal: by.id, pseudonym, event: recorded.id, expiresAt });
}
