import fc from 'fast-check';
import type { AuditEvent, Provenance } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessToAuditEvent } from '../../../ledger/provenance/fhir-audit-event.ts';
import { disclosureToAuditEvent } from '../../../ledger/provenance/fhir-disclosure.ts';
import { toFhirProvenance } from '../../../ledger/provenance/fhir-provenance.ts';
import type { JsonObject } from '../../../ledger/types.ts';
import { decisionGraph, ENVELOPES, PSEUDONYM } from '../../harness/decision-fixture.ts';
import { skipNote } from '../../harness/outside-tools.ts';
import { envelopeOf, storedEvent } from '../../harness/provenance-events.ts';
import { findHapi, startFhirValidator, type FhirValidator } from './validator.ts';

const OPTIONS = { origin: 'vericlin.local/log' };
const access = storedEvent({ n: 8, type: 'access', refs: [2, 3], pseudonym: PSEUDONYM });
const disclosure = storedEvent({ n: 9, type: 'disclosure', refs: [2], pseudonym: PSEUDONYM });

const FULL_ACCESS: JsonObject = {
  operation: 'getEvent',
  outcome: 'success',
  by: { principal: 'key:0197a1c2', role: 'clinician', actor: 'dr-7', name: 'Dr Seven' },
  client: 'ehr',
  sourceAddress: '10.1.2.3',
  requestId: 'req-1',
  tokenId: 'a b',
  purposeOfUse: 'TREAT',
  resource: 'Observation/7',
  reason: 'forbidden',
  detail: { types: ['prediction'] },
  breakGlass: { reason: 'Emergency.' },
};
const ACTIONS = [
  'read',
  'search',
  'export',
  'refused',
  'break_glass',
  'create',
  'update',
  'delete',
  'execute',
  'print',
  'login',
  'logout',
];
const GROUNDS = [
  'required_by_law',
  'public_health',
  'research',
  'treatment',
  'payment',
  'operations',
  'to_individual',
  'authorization',
  'directory',
  'decedent',
  'organ_donation',
  'serious_threat',
  'specialized_government_function',
  'other',
];

function audit(payload: JsonObject): AuditEvent {
  return accessToAuditEvent({ event: access, envelope: envelopeOf(access, payload) }, OPTIONS);
}

function disclose(payload: JsonObject): AuditEvent {
  const full = { recipient: { name: 'Registry' }, description: 'Risk score', purpose: 'Reporting', ...payload };
  return disclosureToAuditEvent({ event: disclosure, envelope: envelopeOf(disclosure, full) }, OPTIONS);
}

const hapi = findHapi();

describe.skipIf(hapi.kind === 'missing')(`FHIR R4 by HAPI 8.8.1${skipNote(hapi)}`, () => {
  let validator: FhirValidator;

  beforeAll(async () => {
    if (hapi.kind === 'missing') return;
    validator = startFhirValidator(hapi.value);
    await validator.validate(audit({ action: 'read' }));
  }, 120_000);
  afterAll(() => {
    validator.stop();
  });

  /** What makes a resource invalid. */
  async function faultsOf(resource: object): Promise<string[]> {
    const messages = await validator.validate(resource);
    return messages
      .filter(({ severity }) => severity === 'ERROR' || severity === 'FATAL')
      .map(({ location, text }) => `${location}: ${text}`);
  }

  it.each(ACTIONS)('access, %s: valid with every member and with none', async (action) => {
    expect(await faultsOf(audit({ ...FULL_ACCESS, action }))).toEqual([]);
    expect(await faultsOf(audit({ action }))).toEqual([]);
  });

  it.each(GROUNDS)('disclosure, %s: valid', async (reason) => {
    expect(await faultsOf(disclose({ reason, responsible: 'officer-1' }))).toEqual([]);
  });

  it('disclosure without a ground, and repeated: valid', async () => {
    expect(await faultsOf(disclose({ repeated: { lastAt: '2020-01-01T00:00:00Z' } }))).toEqual([]);
  });

  it('provenance of a decision: valid with every envelope and with none', async () => {
    expect(await faultsOf(toFhirProvenance(await decisionGraph(), { ...OPTIONS, envelopes: ENVELOPES }))).toEqual([]);
    expect(await faultsOf(toFhirProvenance(await decisionGraph(), { ...OPTIONS, envelopes: new Map() }))).toEqual([]);
  });

  it('de-identified times are years: valid', async () => {
    const envelopes = new Map([...ENVELOPES].map(([id, envelope]) => [id, { ...envelope, occurredAt: '2026' }]));
    expect(await faultsOf(toFhirProvenance(await decisionGraph(), { ...OPTIONS, envelopes }))).toEqual([]);
    const year = { ...envelopeOf(access, { action: 'read' }), occurredAt: '2026' };
    expect(await faultsOf(accessToAuditEvent({ event: access, envelope: year }, OPTIONS))).toEqual([]);
  });

  it('whatever text stands in the payload: valid', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => !/\p{Cs}/u.test(value)),
      fc.constantFrom(' ', '\u0000', '\t x \n', 'TREAT', 'https://x.example/?a=b#c'),
    );
    const by = fc.record({ principal: text, role: text, actor: text, name: text }, { requiredKeys: [] });
    const payloads = fc.record(
      {
        action: fc.constantFrom(...ACTIONS),
        operation: text,
        outcome: text,
        by,
        client: text,
        sourceAddress: text,
        requestId: text,
        tokenId: text,
        purposeOfUse: text,
        resource: text,
        reason: text,
        detail: fc.dictionary(text, text),
        breakGlass: fc.record({ reason: text }),
      },
      { requiredKeys: ['action'] },
    );
    await fc.assert(
      fc.asyncProperty(payloads, text, async (payload, other) => {
        expect(await faultsOf(audit(payload))).toEqual([]);
        expect(await faultsOf(disclose({ recipient: other, description: other, purpose: other }))).toEqual([]);
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  describe('is a judge that finds', () => {
    type Break = (resource: Record<string, unknown>) => unknown;
    const damages: readonly (readonly [string, Break, RegExp])[] = [
      ['an outcome that is none', (r) => (r['outcome'] = '3'), /outcome/],
      ['no source', (r) => delete r['source'], /source/],
      ['no agent', (r) => delete r['agent'], /agent/],
      ['no recorded time', (r) => delete r['recorded'], /recorded/],
      ['a member that is none', (r) => (r['colour'] = 'red'), /colour/],
      [
        'a code that its system does not have',
        (r) => (r['type'] = { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'nap' }),
        /nap/,
      ],
      [
        'a purpose that is none',
        (r) =>
          (r['purposeOfEvent'] = [
            { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'FUN' }] },
          ]),
        /FUN/,
      ],
      [
        'a period that ends before it starts',
        (r) => (r['period'] = { start: '2026-01-02', end: '2026-01-01' }),
        /per-1/,
      ],
      ['a profile that is not known', (r) => (r['meta'] = { profile: ['https://profiles.ihe.net/none'] }), /profile/i],
    ];
    it.each(damages)('%s in an AuditEvent', async (_what, damage, fault) => {
      const resource = structuredClone(audit({ ...FULL_ACCESS, action: 'read' })) as unknown as Record<string, unknown>;
      damage(resource);
      expect((await faultsOf(resource)).join('\n')).toMatch(fault);
    });

    const provenanceDamages: readonly (readonly [string, (resource: Provenance) => unknown, RegExp])[] = [
      ['no target', (r) => (r.target = []), /target/],
      ['no agent', (r) => (r.agent = []), /agent/],
      ['a role that is none', (r) => Object.assign(r.entity![0]!, { role: 'cause' }), /role|cause/],
      ['a contained Device that nothing refers to', (r) => (r.contained![0]!.id = 'other'), /contained|#model/],
      ['a time that is none', (r) => (r.recorded = 'noon'), /recorded|instant/],
    ];
    it.each(provenanceDamages)('%s in a Provenance', async (_what, damage, fault) => {
      const bundle = toFhirProvenance(await decisionGraph(), { ...OPTIONS, envelopes: ENVELOPES });
      const resource = structuredClone(bundle.entry![0]!.resource!);
      damage(resource);
      expect((await faultsOf(resource)).join('\n')).toMatch(fault);
    });
  });
});
