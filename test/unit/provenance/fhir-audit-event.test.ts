import type { AuditEvent } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { accessToAuditEvent } from '../../../ledger/provenance/fhir-audit-event.ts';
import { disclosureToAuditEvent } from '../../../ledger/provenance/fhir-disclosure.ts';
import type { JsonObject, RecordedEnvelope } from '../../../ledger/types.ts';
import { OUTSIDE_IDS, PSEUDONYM } from '../../harness/decision-fixture.ts';
import { envelopeOf, storedEvent, uuidOf } from '../../harness/provenance-events.ts';

const OPTIONS = { origin: 'vericlin.local/log' };
const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const access = storedEvent({ n: 8, type: 'access', refs: [2, 3], pseudonym: PSEUDONYM });
const disclosure = storedEvent({ n: 9, type: 'disclosure', refs: [2], pseudonym: PSEUDONYM });

function audit(payload: JsonObject, members: Partial<RecordedEnvelope> = {}): AuditEvent {
  return accessToAuditEvent({ event: access, envelope: envelopeOf(access, payload, members) }, OPTIONS);
}

function disclose(payload: JsonObject): AuditEvent {
  const full = { recipient: 'Registry', description: 'Risk score', purpose: 'Reporting', ...payload };
  const members = { subject: OUTSIDE_IDS[0], encounter: OUTSIDE_IDS[1] };
  return disclosureToAuditEvent({ event: disclosure, envelope: envelopeOf(disclosure, full, members) }, OPTIONS);
}

function codesOf(event: AuditEvent): (string | undefined)[] {
  return event.agent.map(({ type }) => type?.coding?.[0]?.code);
}

function entityOf(event: AuditEvent, role: string): unknown[] {
  return event.entity!.filter((entity) => entity.role?.code === role);
}

describe('the pattern of an access event', () => {
  // action, type, subtype, FHIR action, then the agents client, server, user: the DICOM roles swap between patterns.
  it.each([
    ['read', 'rest', 'read', 'R', '110152', '110153', 'IRCP'],
    ['print', 'rest', 'read', 'R', '110152', '110153', 'IRCP'],
    ['search', 'rest', 'search-type', 'E', '110153', '110152', 'IRCP'],
    ['execute', 'rest', 'operation', 'E', '110153', '110152', 'IRCP'],
    ['export', '110106', undefined, 'R', '110152', '110153', 'IRCP'],
    ['create', 'rest', 'create', 'C', '110153', '110152', 'AUT'],
    ['update', 'rest', 'update', 'U', '110153', '110152', 'AUT'],
    ['delete', 'rest', 'delete', 'D', '110150', 'custodian', 'AUT'],
    ['login', '110114', '110122', 'E', '110150', 'authserver', 'IRCP'],
    ['logout', '110114', '110123', 'E', '110150', 'authserver', 'IRCP'],
    ['refused', '110113', 'AuthZ-Role', 'E', '110150', 'authserver', 'IRCP'],
    ['break_glass', '110113', '110127', 'E', '110150', 'authserver', 'IRCP'],
    ['something new', 'rest', 'operation', 'E', '110153', '110152', 'IRCP'],
  ])('%s', (action, type, subtype, fhirAction, client, server, user) => {
    const event = audit({ action, outcome: 'success' });
    expect(event.type.code).toBe(type);
    expect(event.subtype?.[0]?.code).toBe(subtype);
    expect(event.action).toBe(fhirAction);
    expect(codesOf(event)).toEqual([client, server, user]);
  });
});

it('a read: who, what, whose, when and by which request', () => {
  const event = audit({
    action: 'read',
    operation: 'getEvent',
    outcome: 'success',
    by: { principal: 'oidc:https://idp.example#7', role: 'clinician', actor: 'dr-7', name: 'Dr Seven' },
    requestId: 'req-1',
    purposeOfUse: 'TREAT',
    sourceAddress: '10.1.2.3',
    tokenId: 'jti 1',
  });
  const user = { system: 'https://vericlin.local/ns#principal', value: 'oidc:https://idp.example#7' };
  const TREAT = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }] };
  expect(event).toMatchObject({
    resourceType: 'AuditEvent',
    id: access.id,
    recorded: access.recordedAt,
    period: { start: '2026-11-23T10:15:00Z' },
    outcome: '0',
    purposeOfEvent: [TREAT],
    source: {
      site: 'vericlin.local/log',
      observer: { identifier: { value: 'vericlin.local/log' } },
      type: [{ code: '4' }],
    },
  });
  expect(event.agent[0]).toMatchObject({
    requestor: false,
    network: { address: '10.1.2.3', type: '2' },
    who: { identifier: user },
  });
  expect(event.agent[1]!.who).toEqual(event.source.observer);
  expect(event.agent[2]).toMatchObject({
    requestor: true,
    who: { identifier: user },
    altId: 'dr-7',
    name: 'Dr Seven',
    role: [{ text: 'clinician' }],
    policy: ['urn:ietf:params:oauth:jti:jti%201'],
    purposeOfUse: [TREAT],
  });
  expect(event.agent.filter(({ requestor }) => requestor)).toHaveLength(1);
  expect(entityOf(event, '1')).toMatchObject([
    { what: { type: 'Patient', identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${PSEUDONYM}` } } },
  ]);
  expect(event.entity).toContainEqual({
    what: { identifier: { value: 'req-1' } },
    type: { system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType', code: 'XrequestId' },
  });
  expect(entityOf(event, '4')).toMatchObject([
    { what: { identifier: { value: `urn:uuid:${uuidOf(2)}` } } },
    { what: { identifier: { value: `urn:uuid:${uuidOf(3)}` } } },
    { name: 'getEvent' },
  ]);
});

describe('the outcome', () => {
  it.each([
    [{ action: 'read', outcome: 'success' }, '0'],
    [{ action: 'read' }, '0'],
    [{ action: 'read', outcome: 'denied' }, '8'],
    [{ action: 'read', outcome: 'failure' }, '8'],
    [{ action: 'refused' }, '8'],
    [{ action: 'refused', outcome: 'denied', reason: 'break_glass_required' }, '8'],
    [{ action: 'refused', outcome: 'denied', reason: 'unauthenticated' }, '4'],
  ])('%j is %s', (payload, outcome) => {
    expect(audit(payload).outcome).toBe(outcome);
  });

  it('is explained by the reason', () => {
    expect(audit({ action: 'refused', outcome: 'denied', reason: 'forbidden' }).outcomeDesc).toBe('forbidden');
  });
});

it('a search holds the query as recorded, base64, and no reference to what it asked for', () => {
  const event = audit({
    action: 'search',
    operation: 'searchEvents',
    outcome: 'success',
    detail: { types: ['prediction'] },
  });
  const [query] = entityOf(event, '24') as [{ query: string }];
  expect(JSON.parse(atob(query.query))).toEqual({ operation: 'searchEvents', detail: { types: ['prediction'] } });
  expect(query).not.toHaveProperty('what');
  expect(query).not.toHaveProperty('name');
});

describe('break-glass', () => {
  it('has the purpose BTG with the reason given, beside the purpose stated', () => {
    const event = audit({ action: 'read', purposeOfUse: 'ETREAT', breakGlass: { reason: 'Unconscious in the ED.' } });
    expect(event.purposeOfEvent).toMatchObject([
      { coding: [{ code: 'ETREAT' }] },
      { coding: [{ code: 'BTG' }], text: 'Unconscious in the ED.' },
    ]);
    expect(event.agent[2]!.purposeOfUse).toEqual(event.purposeOfEvent);
  });

  it('is BTG once', () => {
    expect(audit({ action: 'break_glass', purposeOfUse: 'BTG' }).purposeOfEvent).toMatchObject([
      { coding: [{ code: 'BTG' }] },
    ]);
    expect(audit({ action: 'read' })).not.toHaveProperty('purposeOfEvent');
  });
});

it('keeps a purpose that is no HL7 code as text', () => {
  expect(audit({ action: 'read', purposeOfUse: 'audit of 2026' }).purposeOfEvent).toEqual([{ text: 'audit of 2026' }]);
});

it('names the poster where the payload names nobody, and works with what is left of a de-identified view', () => {
  const event = audit({}, { occurredAt: '2026' });
  expect(event.agent[2]!.who?.identifier?.value).toBe('key:k1');
  expect(event.period).toEqual({ start: '2026', end: '2026' });
});

it('names events that were more than refs take, each once, and what was read outside the log', () => {
  const event = audit({ action: 'read', events: [uuidOf(3), uuidOf(5).toUpperCase()], resource: 'Observation/7' });
  expect(entityOf(event, '4')).toMatchObject([
    { what: { identifier: { value: `urn:uuid:${uuidOf(2)}` } } },
    { what: { identifier: { value: `urn:uuid:${uuidOf(3)}` } } },
    { what: { identifier: { value: `urn:uuid:${uuidOf(5)}` } } },
    { what: { identifier: { value: 'Observation/7' } } },
  ]);
});

it('says 1 for a machine name and 2 for an address', () => {
  const typeOf = (sourceAddress: string): unknown => audit({ action: 'read', sourceAddress }).agent[0]!.network?.type;
  expect(['ward3.hospital.example', '10.0.0.1', '::1', '2001:db8::7'].map(typeOf)).toEqual(['1', '2', '2', '2']);
});

describe('a disclosure', () => {
  it('follows BALP "Privacy Disclosure at Source"', () => {
    const event = disclose({ reason: 'public_health', responsible: 'officer-1', disclosedAt: '2026-11-01T08:00:00Z' });
    expect(event.type).toMatchObject({ system: DCM, code: '110106' });
    expect(event.subtype).toMatchObject([
      { system: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle', code: 'disclose' },
    ]);
    expect(event).toMatchObject({ action: 'R', outcome: '0', recorded: disclosure.recordedAt });
    expect(event.period).toEqual({ start: '2026-11-01T08:00:00Z', end: '2026-11-01T08:00:00Z' });
    expect(codesOf(event)).toEqual(['110153', '110152', '159541003']);
    // val-audit-source: the source agent is the audit source.
    expect(event.agent[0]!.who).toEqual(event.source.observer);
    expect(event.agent[1]).toMatchObject({ who: { display: 'Registry' }, requestor: false });
    expect(event.agent[2]!.who?.identifier?.value).toBe('officer-1');
    expect(event.purposeOfEvent).toMatchObject([{ coding: [{ code: 'PUBHLTH' }], text: 'Reporting' }]);
    expect(entityOf(event, '3')).toMatchObject([
      { what: { identifier: { value: `urn:uuid:${uuidOf(2)}` } } },
      { description: 'Risk score' },
    ]);
  });

  it('has the patient as authorizer where the patient allowed it', () => {
    const event = disclose({ reason: 'authorization', recipient: { name: 'Insurer', address: 'Main St' } });
    expect(codesOf(event)).toEqual(['110153', '110152', '159541003', '429577009']);
    expect(event.agent[3]!.who?.identifier?.value).toBe(`urn:uuid:${PSEUDONYM}`);
    expect(event.agent.filter(({ requestor }) => requestor)).toHaveLength(1);
    expect(event.agent[1]!.who?.display).toBe('Insurer');
  });

  it('names the patient by pseudonym only', () => {
    const event = disclose({});
    expect(entityOf(event, '1')).toMatchObject([{ what: { identifier: { value: `urn:uuid:${PSEUDONYM}` } } }]);
    for (const id of OUTSIDE_IDS) expect(JSON.stringify(event)).not.toContain(id);
  });

  it('spans repeated disclosures, and never ends before it starts', () => {
    const last = (lastAt: string): unknown => disclose({ repeated: { count: 3, lastAt } }).period;
    expect(last('2026-12-01T00:00:00Z')).toEqual({ start: '2026-11-23T10:15:00Z', end: '2026-12-01T00:00:00Z' });
    expect(last('2025-12-01T00:00:00Z')).toEqual({ start: '2026-11-23T10:15:00Z', end: '2026-11-23T10:15:00Z' });
  });
});
