import type { AuditEvent, AuditEventAgent, AuditEventEntity, CodeableConcept } from 'fhir/r4.js';
import type { StoredEvent } from '../ports.ts';
import type { JsonObject } from '../types.ts';
import { auditSource, eventEntity, patientEntity, type FhirOptions, type OpenedEvent } from './fhir-audit-event.ts';
import {
  concept,
  given,
  logReference,
  periodOf,
  principalReference,
  purposeConcept,
  uuidReference,
} from './fhir-elements.ts';
import { objectMember, textMember } from './payload-members.ts';
import {
  AGENT_TYPES,
  AUDIT_SUBTYPES,
  AUDIT_TYPES,
  DISCLOSURE_PURPOSES,
  ENTITY_ROLES,
  ENTITY_TYPES,
} from './vocabularies.ts';

/** Grounds on which the patient allowed the disclosure. */
const BY_THE_PATIENT: ReadonlySet<string> = new Set(['authorization', 'to_individual']);

/**
 * A `disclosure` event as FHIR R4 AuditEvent after IHE BALP "Privacy Disclosure at Source": source, recipient, custodian,
 * authorizer; patient by pseudonym. `period` is when it was disclosed, `recorded` when the log took the event in.
 */
export function disclosureToAuditEvent({ event, envelope }: OpenedEvent, options: FhirOptions): AuditEvent {
  const { payload } = envelope;
  const disclosedAt = textMember(payload, 'disclosedAt') ?? envelope.occurredAt;
  const lastAt = textMember(objectMember(payload, 'repeated'), 'lastAt') ?? disclosedAt;
  return {
    resourceType: 'AuditEvent',
    id: event.id,
    type: AUDIT_TYPES.export,
    subtype: [AUDIT_SUBTYPES.disclose],
    action: 'R',
    period: periodOf(disclosedAt, lastAt),
    recorded: event.recordedAt,
    outcome: '0',
    purposeOfEvent: [purposeOf(payload)],
    agent: agentsOf(event, payload, options),
    source: auditSource(options),
    entity: entitiesOf(event, payload),
  };
}

function purposeOf(payload: JsonObject): CodeableConcept {
  const code = DISCLOSURE_PURPOSES[textMember(payload, 'reason') ?? ''];
  const text = textMember(payload, 'purpose') ?? textMember(payload, 'reason') ?? 'not stated';
  return { ...(code === undefined ? {} : purposeConcept(code)), text };
}

function agentsOf(event: StoredEvent, payload: JsonObject, options: FhirOptions): AuditEventAgent[] {
  const responsible = textMember(payload, 'responsible');
  const isByPatient = BY_THE_PATIENT.has(textMember(payload, 'reason') ?? '');
  return [
    // BALP val-audit-source: the source agent is the audit source.
    { type: concept(AGENT_TYPES.source), who: logReference(options.origin), requestor: false },
    recipientOf(payload),
    {
      type: concept(AGENT_TYPES.custodian),
      who: principalReference(responsible ?? event.postedBy),
      requestor: !isByPatient,
    },
    ...(isByPatient && event.pseudonym !== undefined
      ? [{ type: concept(AGENT_TYPES.authorizer), who: uuidReference(event.pseudonym, 'Patient'), requestor: true }]
      : []),
  ];
}

function recipientOf(payload: JsonObject): AuditEventAgent {
  const recipient = objectMember(payload, 'recipient');
  const name = textMember(recipient, 'name') ?? textMember(payload, 'recipient');
  return {
    type: concept(AGENT_TYPES.destination),
    who: { display: name ?? 'not shown' },
    ...given('name', name),
    requestor: false,
  };
}

function entitiesOf(event: StoredEvent, payload: JsonObject): AuditEventEntity[] {
  const description = textMember(payload, 'description');
  return [
    ...(event.pseudonym === undefined ? [] : [patientEntity(event.pseudonym)]),
    ...event.refs.map((id) => eventEntity(id, ENTITY_ROLES.report)),
    {
      type: ENTITY_TYPES.systemObject,
      role: ENTITY_ROLES.report,
      ...(description === undefined ? { what: uuidReference(event.id) } : { description }),
    },
  ];
}
