import type { AuditEvent, AuditEventAgent, AuditEventEntity, CodeableConcept, Coding } from 'fhir/r4.js';
import { encodeBase64 } from '../canonical/base64.ts';
import { utf8Encode } from '../canonical/bytes.ts';
import type { StoredEvent } from '../ports.ts';
import type { JsonObject, RecordedEnvelope } from '../types.ts';
import {
  concept,
  given,
  logReference,
  periodOf,
  principalReference,
  purposeConcept,
  unlessEmpty,
  uuidReference,
} from './fhir-elements.ts';
import { objectMember, textMember, textsMember } from './payload-members.ts';
import {
  AGENT_TYPES,
  APPLICATION_SERVER,
  AUDIT_SUBTYPES,
  AUDIT_TYPES,
  BREAK_THE_GLASS,
  ENTITY_ROLES,
  ENTITY_TYPES,
} from './vocabularies.ts';

/** An event with what its commitment opened to. */
export interface OpenedEvent {
  readonly event: StoredEvent;
  readonly envelope: RecordedEnvelope;
}

export interface FhirOptions {
  /** The log's origin: the audit source, and the server among the agents. */
  readonly origin: string;
}

interface Pattern {
  readonly type: Coding;
  readonly subtype?: Coding;
  readonly action: NonNullable<AuditEvent['action']>;
  /** DICOM says from where to where the *request's content* flows, so client and server swap sides between patterns. */
  readonly client: Coding;
  readonly server: Coding;
  readonly user: Coding;
}

const READ_AGENTS = {
  client: AGENT_TYPES.destination,
  server: AGENT_TYPES.source,
  user: AGENT_TYPES.recipient,
};
const QUERY_AGENTS = {
  client: AGENT_TYPES.source,
  server: AGENT_TYPES.destination,
  user: AGENT_TYPES.recipient,
};
const WRITE_AGENTS = { client: AGENT_TYPES.source, server: AGENT_TYPES.destination, user: AGENT_TYPES.author };
const DELETE_AGENTS = { client: AGENT_TYPES.application, server: AGENT_TYPES.keeper, user: AGENT_TYPES.author };
const DECISION_AGENTS = {
  client: AGENT_TYPES.application,
  server: AGENT_TYPES.authorizationServer,
  user: AGENT_TYPES.recipient,
};

/** IHE BALP 1.1: Read, Query, Create, Update, Delete, PrivacyDisclosure and AuthZconsent, by the `action` of an `access` event. */
const PATTERNS: Readonly<Record<string, Pattern>> = {
  read: { type: AUDIT_TYPES.rest, subtype: AUDIT_SUBTYPES.read, action: 'R', ...READ_AGENTS },
  print: { type: AUDIT_TYPES.rest, subtype: AUDIT_SUBTYPES.read, action: 'R', ...READ_AGENTS },
  search: { type: AUDIT_TYPES.rest, subtype: AUDIT_SUBTYPES.search, action: 'E', ...QUERY_AGENTS },
  export: { type: AUDIT_TYPES.export, action: 'R', ...READ_AGENTS },
  create: { type: AUDIT_TYPES.rest, subtype: AUDIT_SUBTYPES.create, action: 'C', ...WRITE_AGENTS },
  update: { type: AUDIT_TYPES.rest, subtype: AUDIT_SUBTYPES.update, action: 'U', ...WRITE_AGENTS },
  delete: { type: AUDIT_TYPES.rest, subtype: AUDIT_SUBTYPES.delete, action: 'D', ...DELETE_AGENTS },
  execute: { type: AUDIT_TYPES.rest, subtype: AUDIT_SUBTYPES.operation, action: 'E', ...QUERY_AGENTS },
  login: { type: AUDIT_TYPES.userAuthentication, subtype: AUDIT_SUBTYPES.login, action: 'E', ...DECISION_AGENTS },
  logout: { type: AUDIT_TYPES.userAuthentication, subtype: AUDIT_SUBTYPES.logout, action: 'E', ...DECISION_AGENTS },
  refused: {
    type: AUDIT_TYPES.securityAlert,
    subtype: AUDIT_SUBTYPES.authorizationByRole,
    action: 'E',
    ...DECISION_AGENTS,
  },
  break_glass: {
    type: AUDIT_TYPES.securityAlert,
    subtype: AUDIT_SUBTYPES.emergencyOverride,
    action: 'E',
    ...DECISION_AGENTS,
  },
};
const OTHER: Pattern = { type: AUDIT_TYPES.rest, subtype: AUDIT_SUBTYPES.operation, action: 'E', ...QUERY_AGENTS };

/**
 * An `access` event as FHIR R4 AuditEvent after the IHE BALP patterns. `recorded` is the server's `recordedAt`; the
 * patient is named by pseudonym. No profile is claimed: BALP wants the network address of both ends, which an access
 * event need not hold.
 */
export function accessToAuditEvent({ event, envelope }: OpenedEvent, options: FhirOptions): AuditEvent {
  const { payload } = envelope;
  const pattern = PATTERNS[textMember(payload, 'action') ?? ''] ?? OTHER;
  const purpose = purposesOf(payload);
  const outcomeDesc = textMember(payload, 'reason') ?? textMember(payload, 'outcome');
  return {
    resourceType: 'AuditEvent',
    id: event.id,
    type: pattern.type,
    ...(pattern.subtype === undefined ? {} : { subtype: [pattern.subtype] }),
    action: pattern.action,
    period: periodOf(envelope.occurredAt, envelope.occurredAt),
    recorded: event.recordedAt,
    outcome: outcomeOf(payload),
    ...given('outcomeDesc', outcomeDesc),
    ...given('purposeOfEvent', purpose),
    agent: agentsOf(event, payload, pattern, options),
    source: auditSource(options),
    entity: entitiesOf(event, envelope),
  };
}

/** The audit source: the log. */
export function auditSource(options: FhirOptions): AuditEvent['source'] {
  return { site: options.origin, observer: logReference(options.origin), type: [APPLICATION_SERVER] };
}

/** The patient, by pseudonym, never by the id known outside. */
export function patientEntity(pseudonym: string): AuditEventEntity {
  return { what: uuidReference(pseudonym, 'Patient'), type: ENTITY_TYPES.person, role: ENTITY_ROLES.patient };
}

/** Events of this log that were read or sent. */
export function eventEntity(id: string, role: Coding): AuditEventEntity {
  return { what: uuidReference(id), type: ENTITY_TYPES.systemObject, role };
}

/** DICOM PS3.15 A.5: 0 success; 4 refused, may be tried again with credentials; 8 the action did not take place. */
function outcomeOf(payload: JsonObject): NonNullable<AuditEvent['outcome']> {
  const outcome = textMember(payload, 'outcome');
  const isRefusal = textMember(payload, 'action') === 'refused';
  if (outcome === 'success' || (outcome === undefined && !isRefusal)) return '0';
  return textMember(payload, 'reason') === 'unauthenticated' ? '4' : '8';
}

/** The purpose stated, and for emergency access "break the glass" with the reason given. */
function purposesOf(payload: JsonObject): CodeableConcept[] | undefined {
  const stated = textMember(payload, 'purposeOfUse');
  const breakGlass = objectMember(payload, 'breakGlass');
  const isBreakGlass = breakGlass !== undefined || textMember(payload, 'action') === 'break_glass';
  const reason = textMember(breakGlass, 'reason');
  return unlessEmpty([
    ...(stated === undefined || (isBreakGlass && stated === BREAK_THE_GLASS) ? [] : [purposeConcept(stated)]),
    ...(isBreakGlass ? [{ ...purposeConcept(BREAK_THE_GLASS), ...given('text', reason) }] : []),
  ]);
}

function agentsOf(event: StoredEvent, payload: JsonObject, pattern: Pattern, options: FhirOptions): AuditEventAgent[] {
  const by = objectMember(payload, 'by');
  const principal = textMember(by, 'principal') ?? textMember(by, 'actor') ?? event.postedBy;
  const sourceAddress = textMember(payload, 'sourceAddress');
  const client: AuditEventAgent = {
    type: concept(pattern.client),
    who: principalReference(textMember(payload, 'client') ?? principal, 'Device'),
    requestor: false,
    ...(sourceAddress === undefined ? {} : { network: { address: sourceAddress, type: networkType(sourceAddress) } }),
  };
  const server: AuditEventAgent = {
    type: concept(pattern.server),
    who: logReference(options.origin),
    requestor: false,
  };
  return [client, server, userOf(payload, by, principal, pattern)];
}

function userOf(payload: JsonObject, by: JsonObject | undefined, principal: string, pattern: Pattern): AuditEventAgent {
  const role = textMember(by, 'role');
  const actor = textMember(by, 'actor');
  const name = textMember(by, 'name');
  const tokenId = textMember(payload, 'tokenId');
  const purpose = purposesOf(payload);
  return {
    type: concept(pattern.user),
    ...(role === undefined ? {} : { role: [{ text: role }] }),
    who: principalReference(principal),
    ...(actor === undefined || actor === principal ? {} : { altId: actor }),
    ...given('name', name),
    requestor: true,
    // BALP, OAuth minimal pattern; the jti is any text, the policy a URI.
    ...(tokenId === undefined ? {} : { policy: [`urn:ietf:params:oauth:jti:${encodeURIComponent(tokenId)}`] }),
    ...given('purposeOfUse', purpose),
  };
}

/** FHIR network-type: 1 machine name, 2 IP address. */
function networkType(address: string): '1' | '2' {
  return address.includes(':') || /^[0-9.]+$/.test(address) ? '2' : '1';
}

function entitiesOf(event: StoredEvent, envelope: RecordedEnvelope): AuditEventEntity[] {
  const { payload } = envelope;
  const pseudonym = event.pseudonym ?? textMember(payload, 'pseudonym');
  const requestId = textMember(payload, 'requestId');
  const resource = textMember(payload, 'resource');
  const read = new Set([...event.refs, ...textsMember(payload, 'events')]);
  return [
    ...(pseudonym === undefined ? [] : [patientEntity(pseudonym)]),
    ...(requestId === undefined ? [] : [{ what: { identifier: { value: requestId } }, type: ENTITY_TYPES.requestId }]),
    ...(textMember(payload, 'action') === 'search' ? [queryEntity(payload)] : []),
    ...Array.from(read, (id) => eventEntity(id, ENTITY_ROLES.domainResource)),
    ...(resource === undefined
      ? []
      : [
          {
            what: { identifier: { value: resource } },
            type: ENTITY_TYPES.systemObject,
            role: ENTITY_ROLES.domainResource,
          },
        ]),
    ...operationEntity(payload),
  ];
}

/** The query as recorded: operation and detail, without the ids that were searched for (they are PHI and not kept). */
function queryEntity(payload: JsonObject): AuditEventEntity {
  const query = JSON.stringify({ operation: payload['operation'] ?? null, detail: payload['detail'] ?? null });
  return {
    type: ENTITY_TYPES.systemObject,
    role: ENTITY_ROLES.query,
    query: encodeBase64(utf8Encode(query)),
  };
}

/** The operation of what is no search, by name: a REST path would be no more than that. */
function operationEntity(payload: JsonObject): AuditEventEntity[] {
  const operation = textMember(payload, 'operation');
  if (operation === undefined || textMember(payload, 'action') === 'search') return [];
  return [{ type: ENTITY_TYPES.systemObject, role: ENTITY_ROLES.domainResource, name: operation }];
}
