/**
 * `GET /v1/events/{id}`.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import type { Ledger, Opened, Principal, StoredEvent } from '../../ledger/ports.ts';
import { accessToAuditEvent } from '../../ledger/provenance/fhir-audit-event.ts';
import { disclosureToAuditEvent } from '../../ledger/provenance/fhir-disclosure.ts';
import type { RecordedEnvelope } from '../../ledger/types.ts';
import { deidentified } from '../content/deidentified.ts';
import { entitlementTo, notFound, type Entitlement } from '../content/entitlement.ts';
import { toEventView } from '../content/event-view.ts';
import type { Call, Handlers } from '../handler.ts';
import { jsonReply, typedJsonReply, type Reply } from '../http/reply.ts';
import { originOf, type HandlerDeps } from './handler-deps.ts';

/** The event of a path. @throws LedgerError `not_found` */
export async function requireEvent(ledger: Ledger, id: string): Promise<StoredEvent> {
  const event = await ledger.read.findEvent(id.toLowerCase());
  if (event === undefined) throw notFound();
  return event;
}

/** The envelope as far as the reader is entitled to it; `undefined`: not at all, or erased. */
export function visibleEnvelope(
  event: StoredEvent,
  entitlement: Entitlement,
  opened: Opened | undefined,
): RecordedEnvelope | undefined {
  if (opened?.kind !== 'open' || entitlement === 'withheld') return undefined;
  const { envelope } = opened.opening;
  if (entitlement === 'open') return envelope;
  const shown = deidentified(event, envelope);
  const { id, type, recordedAt, occurredAt, model, refs, payload } = shown;
  return {
    id,
    type,
    recordedAt,
    occurredAt,
    payload,
    ...(model === undefined ? {} : { model }),
    ...(refs === undefined ? {} : { refs }),
  };
}

/** Records the read of one event and opens it; neither leaves without the other. */
async function openRecorded(deps: HandlerDeps, call: Call<'getEvent'>, event: StoredEvent): Promise<Opened> {
  const { pseudonym } = event;
  const [opened] = await Promise.all([
    deps.ledger.read.open(event),
    deps.record(call.principal, {
      action: 'read',
      operation: 'getEvent',
      outcome: 'success',
      refs: [event.id],
      ...originOf(call),
      ...(pseudonym === undefined ? {} : { pseudonym }),
    }),
  ]);
  return opened;
}

/** @throws LedgerError `invalid_query` for other types, `content_erased` where there is nothing to show */
function auditEventReply(event: StoredEvent, envelope: RecordedEnvelope | undefined, origin: string): Reply {
  if (envelope === undefined) {
    throw new LedgerError('content_erased', 'The content of this event was erased; its proof still holds.');
  }
  const opened = { event, envelope };
  const resource =
    event.type === 'access' ? accessToAuditEvent(opened, { origin }) : disclosureToAuditEvent(opened, { origin });
  return typedJsonReply('application/fhir+json', resource);
}

function requireAuditable(event: StoredEvent, entitlement: Entitlement): void {
  const isAuditable = event.type === 'access' || event.type === 'disclosure';
  if (!isAuditable) {
    throw new LedgerError('invalid_query', 'format=fhir-auditevent is for access and disclosure events.');
  }
  if (entitlement === 'withheld') throw new LedgerError('forbidden', 'This role reads no content.');
}

async function answerEvent(deps: HandlerDeps, call: Call<'getEvent'>): Promise<Reply> {
  const { ledger } = deps;
  const by: Principal = call.principal;
  const event = await requireEvent(ledger, call.path.id);
  const entitlement = await entitlementTo(ledger, by, event);
  const isFhir = call.query.format === 'fhir-auditevent';
  if (isFhir) requireAuditable(event, entitlement);
  const opened = entitlement === 'withheld' ? undefined : await openRecorded(deps, call, event);
  if (isFhir) {
    return auditEventReply(event, visibleEnvelope(event, entitlement, opened), ledger.status().origin);
  }
  const receipt = await ledger.read.receipt(event);
  return jsonReply(200, { ...toEventView(event, by, entitlement, opened), receipt });
}

/** Reading one event. */
export function eventHandlers(deps: HandlerDeps): Pick<Handlers, 'getEvent'> {
  return { getEvent: (call) => answerEvent(deps, call) };
}
