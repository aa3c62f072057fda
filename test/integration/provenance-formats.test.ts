import type { AuditEvent, Bundle, Provenance } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProvenanceGraph } from '../../ledger/provenance/graph.ts';
import { findProvFaults } from '../conformance/prov/prov-json-checker.ts';
import { findHapi, startFhirValidator, type FhirValidator } from '../conformance/fhir/validator.ts';
import { skipNote } from '../harness/outside-tools.ts';
import { startServed, type Served } from '../harness/served.ts';

/** Stand in the envelopes; may stand in no answer but an opening. */
const SUBJECT = 'MRN-CANARY-0042';
const ENCOUNTER = 'ENC-CANARY-77';
const hapi = findHapi();

let served: Served;
let validator: FhirValidator | undefined;
const ids = {
  prediction: crypto.randomUUID(),
  explanation: crypto.randomUUID(),
  feedback: crypto.randomUUID(),
  disclosure: crypto.randomUUID(),
};

const occurredAt = '2026-11-23T10:15:00Z';
const about = { occurredAt, subject: SUBJECT, encounter: ENCOUNTER };
const model = { name: 'readmission', version: '3.1.0' };

async function post(role: 'integrator' | 'clinician' | 'privacy-officer', body: object): Promise<void> {
  const answer = await served.call('POST', '/v1/events', { role, body });
  if (answer.status !== 201) throw new Error(answer.text);
}

async function provenance(
  role: 'auditor' | 'privacy-officer' | 'integrator',
  format?: string,
): Promise<{ body: unknown; text: string; type: string | null }> {
  const query = format === undefined ? '' : `?format=${format}`;
  const answer = await served.call('GET', `/v1/events/${ids.prediction}/provenance${query}`, { role });
  if (answer.status !== 200) throw new Error(answer.text);
  return { body: JSON.parse(answer.text) as unknown, text: answer.text, type: answer.headers.get('content-type') };
}

async function faultsOf(resource: object): Promise<string[]> {
  const messages = await validator!.validate(resource);
  return messages
    .filter(({ severity }) => severity === 'ERROR' || severity === 'FATAL')
    .map(({ location, text }) => `${location}: ${text}`);
}

beforeAll(async () => {
  served = await startServed();
  if (hapi.kind === 'ready') validator = startFhirValidator(hapi.value);
  await post('integrator', {
    ...about,
    id: ids.prediction,
    type: 'prediction',
    model,
    actor: { id: 'clinician' },
    payload: { riskScore: 0.83, confidenceInterval: [0.71, 0.9], inputDigest: 'abc' },
  });
  await post('integrator', {
    ...about,
    id: ids.explanation,
    type: 'explanation',
    model,
    refs: [ids.prediction],
    payload: { method: 'lime' },
  });
  await post('clinician', {
    ...about,
    id: ids.feedback,
    type: 'clinician_feedback',
    refs: [ids.prediction],
    actor: { id: 'clinician' },
    payload: { outcome: 'overridden' },
  });
  await post('privacy-officer', {
    ...about,
    id: ids.disclosure,
    type: 'disclosure',
    refs: [ids.prediction],
    payload: { recipient: 'Registry', description: 'Score', purpose: 'Reporting', reason: 'public_health' },
  });
});
afterAll(async () => {
  validator?.stop();
  await served.stop();
});

describe('GET /v1/events/{id}/provenance', () => {
  it('is the graph, and each read of it is in the next one', async () => {
    const first = await provenance('auditor');
    const types = (graph: ProvenanceGraph): string[] =>
      graph.nodes.map((node) => (node.kind === 'event' ? node.type : 'model'));
    expect(new Set(types(first.body as ProvenanceGraph))).toEqual(
      new Set(['prediction', 'model', 'explanation', 'clinician_feedback', 'disclosure']),
    );
    expect((first.body as ProvenanceGraph).edges).toContainEqual({
      from: ids.explanation,
      to: ids.prediction,
      relation: 'explains',
    });
    const second = await provenance('auditor');
    expect(types(second.body as ProvenanceGraph).filter((type) => type === 'access')).toHaveLength(
      types(first.body as ProvenanceGraph).filter((type) => type === 'access').length + 1,
    );
    expect(
      (second.body as ProvenanceGraph).edges.filter(({ relation }) => relation === 'reads').length,
    ).toBeGreaterThan(0);
  });

  it('is PROV-JSON by its structure rules', async () => {
    const { body } = await provenance('auditor', 'prov-json');
    expect(findProvFaults(body as Record<string, unknown>)).toEqual([]);
    expect((body as { entity: unknown }).entity).toHaveProperty([`event:${ids.prediction}`]);
  });

  it('names no patient by an outside id in any format, for any role', async () => {
    for (const role of ['auditor', 'privacy-officer', 'integrator'] as const) {
      for (const format of [undefined, 'prov-json', 'fhir-provenance']) {
        const { text } = await provenance(role, format);
        expect(text).not.toContain(SUBJECT);
        expect(text).not.toContain(ENCOUNTER);
      }
    }
  });
});

describe.skipIf(hapi.kind === 'missing')(`as FHIR R4, by HAPI${skipNote(hapi)}`, () => {
  it('provenance is valid, de-identified for an auditor and whole for a privacy officer', async () => {
    const whole = await provenance('privacy-officer', 'fhir-provenance');
    const less = await provenance('auditor', 'fhir-provenance');
    expect(whole.type).toMatch(/^application\/fhir\+json/);
    expect(await faultsOf(whole.body as object)).toEqual([]);
    expect(await faultsOf(less.body as object)).toEqual([]);
    expect(
      (whole.body as Bundle<Provenance>).entry!.map(({ resource }) => resource!.reason?.[0]?.coding?.[0]?.code),
    ).toContain('AIAST');
    expect(whole.text).toContain('"occurredDateTime":"2026-11-23T10:15:00Z"');
    expect(less.text).toContain('"occurredDateTime":"2026"');
    expect(less.text).not.toContain('"abc"');
  });

  it('a disclosure and every access event so far are valid audit events', async () => {
    const search = await served.call('POST', '/v1/events:search', {
      role: 'security-officer',
      body: { types: ['access', 'disclosure'], limit: 100 },
    });
    const { events } = search.json<{ events: { id: string; type: string }[] }>();
    expect(events.filter(({ type }) => type === 'access').length).toBeGreaterThan(3);
    for (const { id, type } of events) {
      const role = type === 'access' ? 'security-officer' : 'privacy-officer';
      const answer = await served.call('GET', `/v1/events/${id}?format=fhir-auditevent`, { role });
      const resource = answer.json<AuditEvent>();
      expect(resource).toMatchObject({ resourceType: 'AuditEvent', id });
      expect(await faultsOf(resource)).toEqual([]);
      expect(answer.text).not.toContain(SUBJECT);
    }
  });

  it('a refusal is a security alert of outcome 8', async () => {
    await served.call('POST', '/v1/subjects:shred', { role: 'auditor', body: { subject: SUBJECT, reason: 'x' } });
    const search = await served.call('POST', '/v1/events:search', {
      role: 'security-officer',
      body: { types: ['access'], order: 'desc', limit: 5 },
    });
    const resources = await Promise.all(
      search
        .json<{ events: { id: string }[] }>()
        .events.map(async ({ id }) =>
          (
            await served.call('GET', `/v1/events/${id}?format=fhir-auditevent`, { role: 'security-officer' })
          ).json<AuditEvent>(),
        ),
    );
    const refusal = resources.find(({ type }) => type.code === '110113');
    expect(refusal).toMatchObject({ outcome: '8', action: 'E', outcomeDesc: 'forbidden' });
  });
});
