import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../ledger/types.ts';
import { startServed, type Answer, type Served } from '../harness/served.ts';

let served: Served;
beforeAll(async () => {
  served = await startServed();
});
afterAll(async () => {
  await served.stop();
});

const DAY_MS = 86_400_000;
const codeOf = (answer: Answer): [number, unknown] => [answer.status, answer.json()['code']];
const post = (subject: string, actor = 'dr-grey'): Promise<Answer> =>
  served.call('POST', '/v1/events', {
    role: 'integrator',
    body: {
      type: 'prediction',
      occurredAt: '2026-11-23T10:15:00Z',
      subject,
      model: { name: 'readmission', version: '3.1.0' },
      actor: { id: actor },
      payload: { riskScore: 0.5 },
    },
  });

describe('API keys', () => {
  const create = (body: object): Promise<Answer> => served.call('POST', '/v1/keys', { role: 'admin', body });

  it('are made, used, listed without secret, and revoked at once', async () => {
    const created = await create({ role: 'integrator', name: 'scoring' });
    expect(created.status).toBe(201);
    const { id, key } = created.json<{ id: string; key: string }>();
    expect(key).toMatch(/^vk_[A-Za-z0-9_-]{43}$/);
    expect((await served.call('POST', '/v1/events:search', { key, body: {} })).status).toBe(200);
    const list = await served.call('GET', '/v1/keys', { role: 'admin' });
    expect(list.text).not.toContain(key);
    expect(list.json<{ keys: { id: string }[] }>().keys).toContainEqual(
      expect.objectContaining({ id, role: 'integrator', prefix: key.slice(0, 9), revokedAt: null }),
    );
    expect((await served.call('DELETE', `/v1/keys/${id}`, { role: 'admin' })).status).toBe(204);
    expect((await served.call('POST', '/v1/events:search', { key, body: {} })).status).toBe(401);
    expect((await served.call('DELETE', `/v1/keys/${id}`, { role: 'admin' })).status, 'again').toBe(204);
    const unknown = `/v1/keys/${crypto.randomUUID()}`;
    expect(codeOf(await served.call('DELETE', unknown, { role: 'admin' }))).toEqual([404, 'not_found']);
  });

  it('are in the log: made and revoked', async () => {
    const found = await served.call('POST', '/v1/events:search', {
      role: 'security-officer',
      body: { types: ['config_change'] },
    });
    const changes = found
      .json<{ events: { opening: { envelope: { payload: { change: string } } } }[] }>()
      .events.map(({ opening }) => opening.envelope.payload.change);
    expect(changes).toEqual(expect.arrayContaining(['api_key_created', 'api_key_revoked']));
    expect(found.text).not.toMatch(/vk_[A-Za-z0-9_-]{43}/);
  });

  it('of auditors expire: after 30 days unless said, after 366 at most', async () => {
    const endOf = async (body: object): Promise<number> => {
      const answer = await create({ role: 'auditor', name: 'external', ...body });
      return Date.parse(answer.json<{ expiresAt: string }>().expiresAt);
    };
    expect((await endOf({})) - Date.now()).toBeGreaterThan(29.9 * DAY_MS);
    expect((await endOf({})) - Date.now()).toBeLessThan(30.1 * DAY_MS);
    const inDays = (days: number): object => ({ expiresAt: new Date(Date.now() + days * DAY_MS).toISOString() });
    expect((await endOf(inDays(365))) - Date.now()).toBeGreaterThan(364 * DAY_MS);
    const tooLong = await create({ role: 'auditor', name: 'external', ...inDays(367) });
    expect(codeOf(tooLong)).toEqual([400, 'invalid_value']);
    expect(codeOf(await create({ role: 'integrator', name: 'x', ...inDays(-1) }))).toEqual([400, 'invalid_value']);
  });

  it('refuse what makes no sense', async () => {
    expect(codeOf(await create({ role: 'root', name: 'x' }))).toEqual([400, 'invalid_value']);
    expect(codeOf(await create({ role: 'admin' }))).toEqual([400, 'missing_member']);
    expect(codeOf(await create({ role: 'admin', name: 'x', grants: ['phi'] }))).toEqual([400, 'invalid_value']);
    const unknown = await create({ role: 'admin', name: 'x', scope: 'all' });
    expect(codeOf(unknown)).toEqual([400, 'unknown_member']);
  });

  it('make a clinician known by the name, unless an actor is given', async () => {
    const actorOf = async (body: object): Promise<unknown> => (await create(body)).json()['actor'];
    expect(await actorOf({ role: 'clinician', name: 'dr-lee' })).toBe('dr-lee');
    expect(await actorOf({ role: 'clinician', name: 'Dr. Lee', actor: 'dr-lee' })).toBe('dr-lee');
    expect(await actorOf({ role: 'integrator', name: 'ehr' })).toMatch(/^key:/);
  });

  it('with the grant phi see identified content', async () => {
    const { id } = (await post('MRN-GRANT')).json<Receipt>();
    const { key } = (await create({ role: 'auditor', name: 'granted', grants: ['phi'] })).json<{ key: string }>();
    const view = await served.call('GET', `/v1/events/${id}`, { key });
    expect(view.json()).toMatchObject({ content: 'open', opening: { envelope: { subject: 'MRN-GRANT' } } });
  });

  it('rotate the KEK without touching content', async () => {
    const { id } = (await post('MRN-ROTATE')).json<Receipt>();
    const answer = await served.call('POST', '/v1/kek:rotate', { role: 'admin' });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json<{ rewrapped: number }>().rewrapped).toBeGreaterThan(0);
    const view = await served.call('GET', `/v1/events/${id}`, { role: 'privacy-officer' });
    expect(view.json()).toMatchObject({ content: 'open' });
  });
});

describe('break-glass', () => {
  it('opens one subject to one clinician, is listed and reviewed', async () => {
    const { id } = (await post('MRN-GLASS')).json<Receipt>();
    const other = (await post('MRN-OTHER')).json<Receipt>();
    const read = (event: string): Promise<Answer> => served.call('GET', `/v1/events/${event}`, { role: 'clinician' });
    expect(codeOf(await read(id))).toEqual([403, 'break_glass_required']);
    const asked = await served.call('POST', '/v1/break-glass', {
      role: 'clinician',
      body: { subject: 'MRN-GLASS', reason: 'Unconscious in the emergency room', minutes: 60 },
    });
    expect(asked.status, asked.text).toBe(201);
    expect(asked.text).not.toContain('MRN-GLASS');
    const grant = asked.json<{ id: string; pseudonym: string; expiresAt: string }>();
    expect(Date.parse(grant.expiresAt) - Date.now()).toBeLessThanOrEqual(60 * 60_000);
    expect((await read(id)).json()).toMatchObject({ content: 'open', pseudonym: grant.pseudonym });
    expect((await read(other.id)).status, 'another subject stays closed').toBe(403);
    const list = (): Promise<Answer> =>
      served.call('GET', '/v1/break-glass?unreviewed=true', { role: 'privacy-officer' });
    expect((await list()).json<{ grants: object[] }>().grants).toContainEqual(
      expect.objectContaining({ id: grant.id, reviewedBy: null }),
    );
    const reviewed = await served.call('POST', `/v1/break-glass/${grant.id}:review`, { role: 'privacy-officer' });
    expect(reviewed.json<{ reviewedBy: string }>().reviewedBy).toMatch(/^key:/);
    expect((await list()).json<{ grants: { id: string }[] }>().grants.map((one) => one.id)).not.toContain(grant.id);
    const unknown = `/v1/break-glass/${crypto.randomUUID()}:review`;
    expect((await served.call('POST', unknown, { role: 'privacy-officer' })).status).toBe(404);
  });

  it.each([
    [{ minutes: 61 }, 'invalid_value'],
    [{ minutes: 0 }, 'invalid_value'],
    [{ reason: 'because' }, 'invalid_value'],
    [{ reason: undefined }, 'missing_member'],
    [{ subject: 'MRN-NOBODY' }, 'unknown_subject'],
  ])('refuses %j', async (members, code) => {
    const body = { subject: 'MRN-GLASS', reason: 'an emergency', minutes: 5, ...members };
    const answer = await served.call('POST', '/v1/break-glass', { role: 'clinician', body });
    expect(answer.json()['code']).toBe(code);
  });

  it('a refused read gives no care relation to the reader', async () => {
    const { id } = (await post('MRN-CARE')).json<Receipt>();
    for (let i = 0; i < 2; i += 1) {
      const answer = await served.call('GET', `/v1/events/${id}`, { role: 'clinician' });
      expect(codeOf(answer)).toEqual([403, 'break_glass_required']);
    }
  });
});

describe('subjects', () => {
  const hold = (on: boolean): Promise<Answer> =>
    served.call('POST', '/v1/subjects:hold', {
      role: 'privacy-officer',
      body: { subject: 'MRN-SHRED', reason: 'litigation', hold: on },
    });
  const shred = (): Promise<Answer> =>
    served.call('POST', '/v1/subjects:shred', {
      role: 'privacy-officer',
      body: { subject: 'MRN-SHRED', reason: 'retention ended' },
    });

  it('are shredded unless held; content is gone and proofs stay', async () => {
    const { id } = (await post('MRN-SHRED')).json<Receipt>();
    expect((await hold(true)).json()).toMatchObject({ hold: true });
    const before = served.composed.service.ledger.status().size;
    expect(codeOf(await shred())).toEqual([409, 'legal_hold']);
    expect(served.composed.service.ledger.status().size, 'the refusal is recorded').toBe(before + 1);
    expect((await hold(false)).json()).toMatchObject({ hold: false });
    const done = await shred();
    expect(done.json()).toMatchObject({ erasedEvents: 1 });
    expect(done.text).not.toContain('MRN-SHRED');
    const view = await served.call('GET', `/v1/events/${id}`, { role: 'privacy-officer' });
    expect(view.json()).toMatchObject({ content: 'erased' });
    const bundle = await served.call('GET', `/v1/events/${id}/proof?opening=true`, { role: 'privacy-officer' });
    expect(bundle.json()).toHaveProperty('erasure');
    expect(bundle.json()).not.toHaveProperty('opening');
    expect(codeOf(await shred())).toEqual([404, 'unknown_subject']);
  });
});

it('exports: the checkpoint covers the access event that records it', async () => {
  const answer = await served.call('POST', '/v1/exports', { role: 'auditor', body: { kind: 'log' } });
  expect(answer.status).toBe(201);
  const { checkpoint, access } = answer.json<{ checkpoint: string; access: string }>();
  const event = await served.composed.service.ledger.read.findEvent(access);
  expect(Number(checkpoint.split('\n')[1])).toBeGreaterThan(event!.index);
});
