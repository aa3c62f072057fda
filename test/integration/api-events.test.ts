import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bundle, Receipt } from '../../ledger/types.ts';
import { createVerifier } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { startServed, type Answer, type Served } from '../harness/served.ts';

let served: Served;
beforeAll(async () => {
  served = await startServed();
});
afterAll(async () => {
  await served.stop();
});

const prediction = (members: object = {}): Record<string, unknown> => ({
  type: 'prediction',
  occurredAt: '2026-11-23T10:15:00Z',
  subject: 'MRN-0042',
  encounter: 'E-77',
  model: { name: 'readmission', version: '3.1.0' },
  actor: { id: 'dr-who', purposeOfUse: 'TREAT' },
  payload: { riskScore: 0.83, confidenceInterval: [0.71, 0.9], anomalyFlag: false },
  ...members,
});

const post = (body: unknown, role: 'integrator' | 'clinician' | 'privacy-officer' = 'integrator'): Promise<Answer> =>
  served.call('POST', '/v1/events', { role, body });
const codeOf = (answer: Answer): string => answer.json<{ code: string }>().code;
const size = (): number => served.composed.service.ledger.status().size;

describe('POST /v1/events', () => {
  it('answers 201 with a receipt, 200 with the same receipt, and 409 for other content', async () => {
    const event = prediction({ id: crypto.randomUUID() });
    const first = await post(event);
    expect(first.status).toBe(201);
    const receipt = first.json<Receipt>();
    expect(receipt).toMatchObject({ id: event['id'], anchor: null });
    const again = await post(event);
    expect(again.status).toBe(200);
    expect(again.json()).toEqual(receipt);
    const other = await post({ ...event, subject: 'MRN-0043' });
    expect([other.status, codeOf(other)]).toEqual([409, 'id_conflict']);
    expect(other.text).not.toContain('MRN-0043');
  });

  it('takes gzip, and refuses other encodings', async () => {
    const body = gzipSync(JSON.stringify(prediction()));
    const headers = { 'content-encoding': 'gzip' };
    expect((await served.call('POST', '/v1/events', { role: 'integrator', body, headers })).status).toBe(201);
    const brotli = { 'content-encoding': 'br' };
    const refused = await served.call('POST', '/v1/events', { role: 'integrator', body, headers: brotli });
    expect([refused.status, codeOf(refused)]).toEqual([415, 'media_type_unsupported']);
  });

  it('refuses a small gzip of a huge body, and stores nothing', async () => {
    const before = size();
    const body = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
    const headers = { 'content-encoding': 'gzip' };
    const answer = await served.call('POST', '/v1/events', { role: 'integrator', body, headers });
    expect([answer.status, codeOf(answer)]).toEqual([413, 'body_too_large']);
    expect(size()).toBe(before);
  });

  it('wait=anchored is refused before anything is stored', async () => {
    const before = size();
    const answer = await served.call('POST', '/v1/events?wait=anchored', { role: 'integrator', body: prediction() });
    expect([answer.status, codeOf(answer)]).toEqual([503, 'anchor_unavailable']);
    expect(size()).toBe(before);
    const integrated = '/v1/events?wait=integrated';
    expect((await served.call('POST', integrated, { role: 'integrator', body: prediction() })).status).toBe(201);
    for (const query of ['wait=never', 'wait=integrated&wait=integrated', 'dry=true']) {
      const refused = await served.call('POST', `/v1/events?${query}`, { role: 'integrator', body: prediction() });
      expect([refused.status, codeOf(refused)]).toEqual([400, 'invalid_query']);
    }
  });

  it.each([
    ['{"type":"prediction","type":"outcome"}', 'json_duplicate_member'],
    ['{"type":"prediction","payload":{"riskScore":0.1234567890123456789}}', 'json_number_imprecise'],
    ['{"type":"\\ud800"}', 'json_lone_surrogate'],
    [`{"payload":${'['.repeat(64)}${']'.repeat(64)}}`, 'json_too_deep'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'json_not_utf8'],
    ['', 'json_invalid'],
    ['{"type":"prediction","occurredAt":"2026-11-23T10:15:00Z","payload":{},"MRN-0042":1}', 'unknown_member'],
  ])('reads JSON strictly: %s', async (body, code) => {
    const before = size();
    const answer = await post(body);
    expect([answer.status, codeOf(answer)]).toEqual([400, code]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.text).not.toContain('MRN-0042');
    expect(size()).toBe(before);
  });

  it('refuses other media types', async () => {
    for (const type of ['text/plain', 'application/json; charset=utf-16', 'application/x-ndjson']) {
      const headers = { 'content-type': type };
      const answer = await served.call('POST', '/v1/events', { role: 'integrator', body: prediction(), headers });
      expect([answer.status, codeOf(answer)]).toEqual([415, 'media_type_unsupported']);
    }
  });

  it('lets clinicians post feedback of their own, and nothing else', async () => {
    const { id } = (await post(prediction({ id: crypto.randomUUID() }))).json<Receipt>();
    const feedback = {
      type: 'clinician_feedback',
      occurredAt: '2026-11-23T10:20:00Z',
      subject: 'MRN-0042',
      refs: [id],
      payload: { outcome: 'accepted' },
    };
    expect((await post({ ...feedback, actor: { id: 'clinician' } }, 'clinician')).status).toBe(201);
    const forged = await post({ ...feedback, actor: { id: 'somebody-else' } }, 'clinician');
    expect([forged.status, codeOf(forged), forged.json()['pointer']]).toEqual([403, 'forbidden', '/actor/id']);
    expect(codeOf(await post(prediction(), 'clinician'))).toBe('forbidden');
    expect(codeOf(await post(prediction(), 'privacy-officer'))).toBe('forbidden');
  });

  it('refuses types that only the service makes, and records it', async () => {
    const answer = await post({ type: 'key_shredded', occurredAt: '2026-11-23T10:15:00Z', payload: {} });
    expect([answer.status, codeOf(answer)]).toEqual([403, 'type_reserved']);
    const found = await served.call('POST', '/v1/events:search', {
      role: 'security-officer',
      body: { types: ['access'], order: 'desc', limit: 1 },
    });
    const [event] = found.json<{ events: { opening: { envelope: { payload: object } } }[] }>().events;
    expect(event?.opening.envelope.payload).toMatchObject({
      action: 'refused',
      operation: 'appendEvent',
      outcome: 'denied',
      reason: 'type_reserved',
      by: { role: 'integrator', actor: 'integrator' },
    });
  });
});

describe('POST /v1/events:batch', () => {
  const batch = (body: string, type = 'application/x-ndjson'): Promise<Answer> =>
    served.call('POST', '/v1/events:batch', { role: 'integrator', body, headers: { 'content-type': type } });
  const lines = (events: readonly object[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('');

  it('appends NDJSON and arrays in order, with refs to earlier events of the batch', async () => {
    const first = prediction({ id: crypto.randomUUID() });
    const second = prediction({
      id: crypto.randomUUID(),
      type: 'outcome',
      refs: [first['id']],
      payload: { observed: true },
    });
    const answer = await batch(lines([first, second]));
    expect([answer.status, answer.text]).toEqual([201, expect.any(String) as string]);
    const { events } = answer.json<{ events: { id: string; index: number; repeated: boolean }[] }>();
    expect(events.map(({ id }) => id)).toEqual([first['id'], second['id']]);
    expect(events[1]!.index).toBe(events[0]!.index + 1);
    const again = await batch(JSON.stringify([first]), 'application/json');
    expect([again.status, again.json<{ events: { repeated: boolean }[] }>().events[0]?.repeated]).toEqual([200, true]);
  });

  it('is all or nothing, and says which event', async () => {
    const before = size();
    const answer = await batch(lines([prediction(), prediction({ occurredAt: 'yesterday' }), prediction()]));
    expect([answer.status, codeOf(answer), answer.json()['pointer']]).toEqual([400, 'invalid_time', '/1/occurredAt']);
    expect(size()).toBe(before);
  });

  it('refuses none, too many, and what is no array', async () => {
    expect(codeOf(await batch(''))).toBe('batch_empty');
    expect(codeOf(await batch('[]', 'application/json'))).toBe('batch_empty');
    expect(codeOf(await batch('{}', 'application/json'))).toBe('wrong_type');
    expect(codeOf(await batch('{}\n'.repeat(10_001)))).toBe('batch_too_large');
    expect(codeOf(await batch(`[${'{},'.repeat(10_000)}{}]`, 'application/json'))).toBe('batch_too_large');
    expect(codeOf(await batch(' '.repeat(16 * 1024 * 1024 + 1)))).toBe('body_too_large');
  });
});

describe('GET /v1/events/{id}', () => {
  let id: string;
  beforeAll(async () => {
    id = (await post(prediction({ actor: { id: 'clinician' }, subject: 'MRN-READ' }))).json<Receipt>().id;
  });
  const get = (role: Parameters<Served['call']>[2] & object, path = `/v1/events/${id}`): Promise<Answer> =>
    served.call('GET', path, role);

  it('shows each role what it is entitled to', async () => {
    const content = async (role: 'integrator' | 'clinician' | 'privacy-officer' | 'auditor' | 'security-officer') =>
      (await get({ role })).json<{ content: string }>().content;
    expect(await content('integrator')).toBe('withheld');
    expect(await content('clinician')).toBe('open');
    expect(await content('privacy-officer')).toBe('open');
    expect(await content('auditor')).toBe('deidentified');
    expect(await content('security-officer')).toBe('deidentified');
  });

  it('holds no identifier for readers of de-identified content', async () => {
    for (const role of ['auditor', 'ai-governance', 'security-officer'] as const) {
      const { text } = await get({ role });
      for (const identifier of ['MRN-READ', 'E-77', '2026-11-23', 'clinician']) expect(text).not.toContain(identifier);
      expect(text).toContain('0.83');
    }
  });

  it('gives a bundle with opening to those entitled, and refuses others', async () => {
    const path = `/v1/events/${id}/proof?opening=true`;
    const open = await get({ role: 'privacy-officer' }, path);
    const { vkey } = served.composed.service.ledger;
    const verifier = createVerifier({ primitives: nodePrimitives, pinnedKeys: [vkey] });
    expect(verifier.verifyBundle(open.text)).toMatchObject({ outcome: 'valid' });
    expect(open.json<Bundle>().opening?.envelope.subject).toBe('MRN-READ');
    expect((await get({ role: 'auditor' }, path)).status).toBe(403);
    expect((await get({ role: 'integrator' }, path)).status).toBe(403);
    expect((await get({ role: 'auditor' }, `/v1/events/${id}/proof`)).status).toBe(200);
  });

  it('negotiates bundle and tlog-proof', async () => {
    const path = `/v1/events/${id}/proof`;
    const proof = await get({ role: 'integrator', headers: { accept: 'text/plain' } }, path);
    expect(proof.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(proof.text).toMatch(/^c2sp\.org\/tlog-proof@v1\n/);
    const refused = await get({ role: 'integrator', headers: { accept: 'image/png' } }, path);
    expect([refused.status, codeOf(refused)]).toEqual([406, 'not_acceptable']);
  });

  it('answers 404 to integrators that did not post it, and records the refusal', async () => {
    const created = await served.call('POST', '/v1/keys', {
      role: 'admin',
      body: { role: 'integrator', name: 'other' },
    });
    const { key } = created.json<{ key: string }>();
    for (const path of [`/v1/events/${id}`, `/v1/events/${id}/proof`, `/v1/events/${id}/provenance`]) {
      expect((await get({ key }, path)).status).toBe(404);
    }
    const found = await served.call('POST', '/v1/events:search', {
      role: 'privacy-officer',
      body: { types: ['access'], ref: id, order: 'desc', limit: 3 },
    });
    const reasons = found
      .json<{ events: { opening: { envelope: { payload: { reason?: string } } } }[] }>()
      .events.map(({ opening }) => opening.envelope.payload.reason);
    expect(reasons).toEqual(['not_found', 'not_found', 'not_found']);
  });

  it('answers 404 for what is not there and 400 for what is no id', async () => {
    const role = { role: 'auditor' } as const;
    expect((await get(role, `/v1/events/${crypto.randomUUID()}`)).status).toBe(404);
    expect(codeOf(await get(role, '/v1/events/MRN-0042'))).toBe('invalid_id');
    expect(codeOf(await get(role, `/v1/events/${id}?format=xml`))).toBe('invalid_query');
    expect(codeOf(await get(role, '/v1/nothing'))).toBe('not_found');
    const wrong = await served.call('DELETE', `/v1/events/${id}`, role);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('shows provenance in three formats', async () => {
    const own = await get({ role: 'auditor' }, `/v1/events/${id}/provenance`);
    expect(own.json()).toMatchObject({ root: id, truncated: false });
    const prov = await get({ role: 'auditor' }, `/v1/events/${id}/provenance?format=prov-json`);
    expect(prov.json()).toHaveProperty('wasGeneratedBy');
    const fhir = await get({ role: 'auditor' }, `/v1/events/${id}/provenance?format=fhir-provenance`);
    expect(fhir.headers.get('content-type')).toBe('application/fhir+json');
    expect(fhir.json()).toMatchObject({ resourceType: 'Bundle', type: 'collection' });
    expect(fhir.text).not.toContain('MRN-READ');
  });

  it('shows an access event as FHIR AuditEvent', async () => {
    const found = await served.call('POST', '/v1/events:search', {
      role: 'privacy-officer',
      body: { type: 'access', subject: 'MRN-READ', limit: 1 },
    });
    const access = found.json<{ events: { id: string }[] }>().events[0]?.id;
    const audit = await get({ role: 'privacy-officer' }, `/v1/events/${access}?format=fhir-auditevent`);
    expect(audit.json()).toMatchObject({ resourceType: 'AuditEvent', id: access });
    const wrong = await get({ role: 'privacy-officer' }, `/v1/events/${id}?format=fhir-auditevent`);
    expect(codeOf(wrong)).toBe('invalid_query');
  });
});
