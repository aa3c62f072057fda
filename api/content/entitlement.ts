/**
 * What a principal sees of an event (DESIGN.md §6). The role table lets it call an operation; this decides about the
 * single event.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import type { BreakGlassStore, LogReader, Principal, StoredEvent } from '../../ledger/ports.ts';
import type { EventType } from '../../ledger/types.ts';
import { Refusal } from '../refusal.ts';

/** `open`: envelope and salt; `deidentified`: the de-identified view; `withheld`: metadata alone. */
export type Entitlement = 'open' | 'deidentified' | 'withheld';

/** What the decision reads. */
export interface EntitlementDeps {
  readonly read: Pick<LogReader, 'hasCareRelation'>;
  readonly breakGlass: Pick<BreakGlassStore, 'active'>;
}

/** Activity of the service itself: what security officers read in full. */
export const ACTIVITY_TYPES: ReadonlySet<EventType> = new Set(['access', 'integrity_check', 'config_change']);
/** About reads and the log rather than about a patient's care: never opened to a clinician. */
const NOT_CARE: ReadonlySet<EventType> = new Set([
  'access',
  'report_issued',
  'key_shredded',
  'legal_hold',
  'config_change',
  'integrity_check',
]);

/** Whether the principal sees identified content of any event. */
export function seesIdentified(by: Principal): boolean {
  if (by.role === 'privacy-officer') return true;
  return (by.role === 'auditor' || by.role === 'ai-governance') && by.grants.includes('phi');
}

/** Whether the subject is a clinician's: by care relation, or under break-glass. */
export async function isOwnPatient(deps: EntitlementDeps, by: Principal, pseudonym: string): Promise<boolean> {
  if (await deps.read.hasCareRelation(pseudonym, by.actor)) return true;
  return (await deps.breakGlass.active(by.id, pseudonym)) !== undefined;
}

/** @throws Refusal `break_glass_required` */
export async function requireOwnPatient(deps: EntitlementDeps, by: Principal, event: RefusedSubject): Promise<void> {
  if (await isOwnPatient(deps, by, event.pseudonym)) return;
  const message = 'No event names you in the care of this subject. In an emergency: POST /v1/break-glass.';
  const refs = event.id === undefined ? {} : { refs: [event.id] };
  throw new Refusal('break_glass_required', message, { ...refs, pseudonym: event.pseudonym });
}

interface RefusedSubject {
  readonly pseudonym: string;
  readonly id?: string;
}

/** One answer for "there is none" and "none of yours", so that ids cannot be probed. */
export function notFound(): LedgerError {
  return new LedgerError('not_found', 'There is no such event, or none that you may read.');
}

async function forClinician(deps: EntitlementDeps, by: Principal, event: StoredEvent): Promise<Entitlement> {
  const { pseudonym, id } = event;
  if (pseudonym === undefined || NOT_CARE.has(event.type)) return 'deidentified';
  await requireOwnPatient(deps, by, { pseudonym, id });
  return 'open';
}

/**
 * Decides what `by` sees of `event`.
 *
 * @throws Refusal `not_found` for an integrator that did not post it, `break_glass_required` for a clinician without
 *   care relation, `forbidden` for admin
 */
export async function entitlementTo(deps: EntitlementDeps, by: Principal, event: StoredEvent): Promise<Entitlement> {
  if (seesIdentified(by)) return 'open';
  switch (by.role) {
    case 'integrator':
      if (event.postedBy === by.id) return 'withheld';
      throw new Refusal('not_found', notFound().message, { refs: [event.id] });
    case 'clinician':
      return await forClinician(deps, by, event);
    case 'security-officer':
      return ACTIVITY_TYPES.has(event.type) ? 'open' : 'deidentified';
    case 'auditor':
    case 'ai-governance':
      return 'deidentified';
    default:
      throw new Refusal('forbidden', 'This role reads no content.', { refs: [event.id] });
  }
}
