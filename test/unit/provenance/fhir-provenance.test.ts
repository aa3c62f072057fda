import type { Provenance } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { toFhirProvenance } from '../../../ledger/provenance/fhir-provenance.ts';
import type { RecordedEnvelope } from '../../../ledger/types.ts';
import { decisionGraph, ENVELOPES, OUTSIDE_IDS } from '../../harness/decision-fixture.ts';
import { MODEL_HEX, uuidOf } from '../../harness/provenance-events.ts';

async function resources(
  envelopes: ReadonlyMap<string, RecordedEnvelope> = ENVELOPES,
): Promise<Map<number, Provenance>> {
  const bundle = toFhirProvenance(await decisionGraph(), { origin: 'vericlin.local/log', envelopes });
  return new Map(bundle.entry!.map(({ resource }) => [Number.parseInt(resource!.id!.slice(-12), 16), resource!]));
}

function agentsOf(provenance: Provenance): [string | undefined, string | undefined][] {
  return provenance.agent.map(({ type, who }) => [
    type?.coding?.[0]?.code,
    who.identifier?.value ?? who.reference ?? who.display,
  ]);
}

const reference = (n: number): object => ({
  identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${uuidOf(n)}` },
});

it('is a collection of one Provenance for each event that made something; reads are left to AuditEvent', async () => {
  const bundle = toFhirProvenance(await decisionGraph(), { origin: 'vericlin.local/log', envelopes: ENVELOPES });
  expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'collection' });
  expect(bundle.entry!.map(({ fullUrl, resource }) => fullUrl === `urn:uuid:${resource!.id}`)).not.toContain(false);
  expect([...(await resources()).keys()]).toEqual([2, 1, 3, 4, 5, 6, 7]);
});

describe('a prediction', () => {
  it('was asserted by artificial intelligence: the model, a contained Device', async () => {
    const prediction = (await resources()).get(2)!;
    expect(prediction).toMatchObject({
      target: [{ type: 'RiskAssessment', ...reference(2) }],
      occurredDateTime: '2026-11-23T10:15:00Z',
      recorded: '2026-11-23T10:00:02.000Z',
      reason: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'AIAST' }] }],
      activity: { coding: [{ code: 'CREATE' }], text: 'prediction' },
      contained: [
        {
          resourceType: 'Device',
          id: 'model',
          identifier: [{ value: MODEL_HEX }],
          deviceName: [{ name: 'readmission', type: 'model-name' }],
          version: [{ value: '3.1.0' }],
          type: { coding: [{ code: 'Artificial-Intelligence' }] },
        },
      ],
    });
    expect(prediction.agent[0]).toMatchObject({
      type: { coding: [{ code: 'author' }] },
      role: [{ coding: [{ code: 'Artificial-Intelligence' }] }],
      who: { reference: '#model' },
    });
  });

  it('was verified by the clinicians who gave feedback, not by the one who ignored it', async () => {
    expect(agentsOf((await resources()).get(2)!)).toEqual([
      ['author', '#model'],
      ['verifier', 'dr-7'],
      ['custodian', 'vericlin.local/log'],
    ]);
  });

  it('derives from its model and its input, and says how sure the model was', async () => {
    const prediction = (await resources()).get(2)!;
    expect(prediction.entity).toMatchObject([
      { role: 'derivation', what: { type: 'Device', identifier: { value: MODEL_HEX } } },
      { role: 'derivation', what: reference(1) },
      { role: 'derivation', what: { identifier: { value: 'sha256:abc' } } },
    ]);
    expect(prediction.target[0]!.extension).toEqual([
      {
        url: 'http://hl7.org/fhir/uv/aitransparency/StructureDefinition/AIconfidence',
        valueRange: { low: { value: 0.71 }, high: { value: 0.9 } },
      },
    ]);
  });
});

it('an explanation has the model as informant and derives from the prediction', async () => {
  const explanation = (await resources()).get(3)!;
  expect(agentsOf(explanation)[0]).toEqual(['informant', '#model']);
  expect(explanation.reason).toMatchObject([{ coding: [{ code: 'AIAST' }] }]);
  expect(explanation.entity).toContainEqual({ role: 'derivation', what: reference(2) });
});

it('feedback is a revision by a human verifier, and was not asserted by artificial intelligence', async () => {
  const feedback = (await resources()).get(4)!;
  expect(agentsOf(feedback)[0]).toEqual(['verifier', 'dr-7']);
  expect(feedback.agent[0]!.who.type).toBe('Practitioner');
  expect(feedback.entity).toEqual([{ role: 'revision', what: reference(2) }]);
  expect(feedback).not.toHaveProperty('reason');
  expect(feedback).not.toHaveProperty('contained');
});

it('an outcome and a report name what they are about', async () => {
  const all = await resources();
  expect(all.get(6)).toMatchObject({
    target: [{ type: 'Observation' }],
    entity: [{ role: 'derivation', what: reference(2) }],
  });
  expect(all.get(7)).toMatchObject({ target: [{ type: 'DocumentReference' }] });
});

describe('for a reader who may see less', () => {
  it('without envelopes there is no content, no actor, no name, and still everything that the log says in the clear', async () => {
    const all = await resources(new Map());
    const prediction = all.get(2)!;
    expect(prediction).not.toHaveProperty('occurredDateTime');
    expect(prediction.contained).toEqual([
      expect.objectContaining({ identifier: [expect.objectContaining({ value: MODEL_HEX })], id: 'model' }),
    ]);
    expect(prediction.contained![0]).not.toHaveProperty('deviceName');
    expect(agentsOf(all.get(4)!)[0]).toEqual(['verifier', 'not shown']);
    const text = JSON.stringify([...all.values()]);
    for (const hidden of ['dr-7', 'svc-scoring', 'readmission', 'sha256:abc', '0.71'])
      expect(text).not.toContain(hidden);
  });

  it('names no patient, with or without envelopes', async () => {
    for (const envelopes of [ENVELOPES, new Map<string, RecordedEnvelope>()]) {
      const text = JSON.stringify([...(await resources(envelopes)).values()]);
      for (const id of OUTSIDE_IDS) expect(text).not.toContain(id);
    }
  });
});
