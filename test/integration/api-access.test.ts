/** Invariant 6: reading is recorded, and a read that cannot be recorded fails. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LedgerError } from '../../ledger/errors.ts';
import type { Role } from '../../ledger/ports.ts';
import type { JsonObject, Receipt } from '../../ledger/types.ts';
import { startServed, type Answer, type CallOptions, type Served } from '../harness/served.ts';

let served: Served;
let subjectEvent: string;
/** When set, appending an access event fails with it. */
let fault: Error | undefined;

const prediction = (members: object = {}): object => ({
  type: 'prediction',
  occurredAt: '2026-11-23T10:15:00Z',
  subject: 'MRN-ACCESS',
  encounter: 'E-1',
  model: { name: 'readmission', version: '3.1.0' },
  actor: { id: 'dr-grey' },
  payload: { riskScore: 0.5 },
  ...members,
});

interface AccessPayload {
  readonly action: string;
  readonly operation: string;
  readonly outcome: string;
  readonly pseudonym?: string;
  readonly reason?: string;
  readonly by: { readonly role: Role };
  readonly detail?: JsonObject;
  readonly sourceAddress?: string;
  readonly requestId?: string;
}

beforeAll(async () => {
  served = await startServed({
    edge: (deps) => ({
      ...deps,
      ledger: {
        ...deps.ledger,
        append: async (envelopes, by) => {
          if (fault !== undefined && envelopes.some(({ type }) => type === 'access')) throw fault;
          return deps.ledger.append(envelopes, by);
        },
      },
    }),
  });
  const body = prediction();
  subjectEvent = (await served.call('POST', '/v1/events', { role: 'integrator', body })).json<Receipt>().id;
});
beforeEach(() => {
  fault = undefined;
});
afterAll(async () => {
  await served.stop();
});

const { call } = { call: (...request: Parameters<Served['call']>) => served.call(...request) };
const size = (): number => served.composed.service.ledger.status().size;

/** Payload and refs of the newest event, which must be an access. */
async function newest(): Promise<AccessPayload & { refs: readonly string[] }> {
  const { ledger } = served.composed.service;
  const { events } = await ledger.read.search({ types: ['access'], order: 'desc', limit: 1 });
  const opened = await ledger.read.open(events[0]!);
  if (opened.kind !== 'open') throw new Error('an access event is open');
  const { envelope } = opened.opening;
  expect(events[0]!.index).toBe(size() - 1);
  expect(JSON.stringify(envelope)).not.toContain('MRN-ACCESS');
  return { ...(envelope.payload as unknown as AccessPayload), refs: envelope.refs ?? [] };
}

interface Read {
  readonly what: string;
  readonly role: Role;
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly operation: string;
  readonly action: string;
  readonly names?: boolean;
}

const READS: readonly Read[] = [
  {
    what: 'an opening',
    role: 'privacy-officer',
    path: '/v1/events/{id}',
    operation: 'getEvent',
    action: 'read',
    names: true,
  },
  {
    what: 'a de-identified view',
    role: 'auditor',
    path: '/v1/events/{id}',
    operation: 'getEvent',
    action: 'read',
    names: true,
  },
  {
    what: 'a bundle with opening',
    role: 'privacy-officer',
    path: '/v1/events/{id}/proof?opening=true',
    operation: 'getProof',
    action: 'read',
    names: true,
  },
  {
    what: 'provenance',
    role: 'ai-governance',
    path: '/v1/events/{id}/provenance',
    operation: 'getProvenance',
    action: 'read',
    names: true,
  },
  {
    what: 'a search by subject',
    role: 'privacy-officer',
    method: 'POST',
    path: '/v1/events:search',
    body: { subject: 'MRN-ACCESS', types: ['prediction'] },
    operation: 'searchEvents',
    action: 'search',
    names: true,
  },
  {
    what: 'a search by an integrator',
    role: 'integrator',
    method: 'POST',
    path: '/v1/events:search',
    body: { types: ['prediction'] },
    operation: 'searchEvents',
    action: 'search',
  },
  {
    what: 'the break-glass list',
    role: 'security-officer',
    path: '/v1/break-glass',
    operation: 'listBreakGlass',
    action: 'search',
  },
  {
    what: 'an export',
    role: 'auditor',
    method: 'POST',
    path: '/v1/exports',
    body: { kind: 'log' },
    operation: 'createExport',
    action: 'export',
  },
];

const request = ({ method = 'GET', path, role, body }: Read): Promise<Answer> =>
  call(method, path.replace('{id}', subjectEvent), { role, ...(body === undefined ? {} : { body }) });

describe('every read of content', () => {
  it.each(READS)('$what is recorded', async (read) => {
    const before = size();
    const answer = await request(read);
    expect(answer.status, answer.text).toBeLessThan(300);
    expect(size()).toBe(before + 1);
    const recorded = await newest();
    const { operation, action, role } = read;
    expect(recorded).toMatchObject({ operation, action, outcome: 'success', by: { role } });
    expect(recorded.requestId).toBe(answer.headers.get('x-request-id'));
    expect(recorded.sourceAddress).toBe('127.0.0.1');
    if (read.names === true) {
      expect(recorded.refs).toContain(subjectEvent);
      expect(recorded.pseudonym).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it.each(READS)('$what fails when it cannot be recorded', async (read) => {
    for (const cause of [new LedgerError('store_unavailable', 'No database.'), new Error('MRN-ACCESS')]) {
      fault = cause;
      const answer = await request(read);
      expect([answer.status, answer.json()['code']]).toEqual([503, 'store_unavailable']);
      expect(answer.text).not.toMatch(/riskScore|MRN-ACCESS|nextCursor|"entry"/);
    }
  });

  it('a proof without content, and one\u2019s own metadata, are not reads of content', async () => {
    const before = size();
    for (const path of [`/v1/events/${subjectEvent}`, `/v1/events/${subjectEvent}/proof`, '/log/key', '/readyz']) {
      expect((await call('GET', path, { role: 'integrator' })).status).toBe(200);
    }
    expect((await call('GET', '/log/checkpoint', { role: 'auditor' })).status).toBe(200);
    expect(size()).toBe(before);
  });
});

describe('every refusal', () => {
  const refusals: readonly (CallOptions & { what: string; method: string; path: string; code: string })[] = [
    { what: 'a role that may not', method: 'GET', path: '/v1/keys', role: 'auditor', code: 'forbidden' },
    {
      what: 'an opening not granted',
      method: 'GET',
      path: '/v1/events/{id}/proof?opening=true',
      role: 'auditor',
      code: 'forbidden',
    },
    {
      what: 'a patient of somebody else',
      method: 'GET',
      path: '/v1/events/{id}',
      role: 'clinician',
      code: 'break_glass_required',
    },
    {
      what: 'a search by what identifies',
      method: 'POST',
      path: '/v1/events:search',
      role: 'auditor',
      body: { subject: 'MRN-ACCESS' },
      code: 'forbidden',
    },
    {
      what: 'a reserved type',
      method: 'POST',
      path: '/v1/events',
      role: 'integrator',
      body: prediction({ type: 'legal_hold' }),
      code: 'type_reserved',
    },
  ];

  it.each(refusals)('$what is recorded', async ({ method, path, role, body, code }) => {
    const before = size();
    const answer = await call(method, path.replace('{id}', subjectEvent), {
      role: role!,
      ...(body === undefined ? {} : { body }),
    });
    expect([answer.status, answer.json()['code']]).toEqual([403, code]);
    expect(size()).toBe(before + 1);
    expect(await newest()).toMatchObject({ action: 'refused', outcome: 'denied', reason: code, by: { role } });
  });

  it('that cannot be recorded is answered 503', async () => {
    fault = new LedgerError('log_refuses_to_sign', 'See /readyz.');
    const answer = await call('GET', '/v1/keys', { role: 'auditor' });
    expect([answer.status, answer.json()['code']]).toEqual([503, 'log_refuses_to_sign']);
  });

  it('of bad credentials is recorded ten times a minute, and none of absent ones', async () => {
    const before = size();
    for (let i = 0; i < 5; i += 1) expect((await call('GET', '/v1/keys')).status).toBe(401);
    expect(size()).toBe(before);
    for (let i = 0; i < 15; i += 1) expect((await call('GET', '/v1/keys', { key: `vk_wrong${i}` })).status).toBe(401);
    expect(size()).toBe(before + 10);
    expect(await newest()).toMatchObject({ action: 'refused', reason: 'unauthenticated', sourceAddress: '127.0.0.1' });
  });
});

describe('search', () => {
  it('pages to an end, in both directions, also over the access log that it writes itself', async () => {
    for (const order of ['asc', 'desc']) {
      const seen: number[] = [];
      let cursor: string | null = null;
      do {
        const body: object = { types: ['access'], order, limit: 7, ...(cursor === null ? {} : { cursor }) };
        const answer = await call('POST', '/v1/events:search', { role: 'security-officer', body });
        const page: { events: { index: number }[]; nextCursor: string | null } = answer.json();
        seen.push(...page.events.map(({ index }) => index));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(seen.length).toBeGreaterThan(14);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual([...seen].sort((a, b) => (order === 'asc' ? a - b : b - a)));
    }
  });

  it('refuses a cursor with another query or of another principal', async () => {
    const body = { types: ['access'], limit: 1 };
    const first = await call('POST', '/v1/events:search', { role: 'security-officer', body });
    const cursor = first.json<{ nextCursor: string }>().nextCursor;
    const again = (role: Role, members: object): Promise<Answer> =>
      call('POST', '/v1/events:search', { role, body: { ...body, cursor, ...members } });
    expect((await again('security-officer', { limit: 2 })).status).toBe(200);
    for (const answer of [
      await again('security-officer', { types: ['prediction'] }),
      await again('privacy-officer', {}),
      await again('security-officer', { cursor: 'abc' }),
    ]) {
      expect([answer.status, answer.json()['code']]).toEqual([400, 'invalid_cursor']);
    }
  });

  it('shows an integrator its own events, as metadata', async () => {
    const answer = await call('POST', '/v1/events:search', { role: 'integrator', body: { subject: 'MRN-ACCESS' } });
    const { events } = answer.json<{ events: { content: string; pseudonym?: string }[] }>();
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) expect(event).toMatchObject({ content: 'withheld' });
    expect(answer.text).not.toContain('pseudonym');
  });

  it.each([
    [{ types: ['nothing'] }, 'invalid_value'],
    [{ limit: 1001 }, 'invalid_value'],
    [{ limit: '5' }, 'wrong_type'],
    [{ unknown: 1 }, 'unknown_member'],
    [{ recordedFrom: '2026-02-30T00:00:00Z' }, 'invalid_time'],
    [{ type: 'access', types: ['access'] }, 'invalid_query'],
    ['[]', 'wrong_type'],
    ['"{}"', 'wrong_type'],
    ['null', 'wrong_type'],
    ['{"limit":1,"limit":2}', 'json_duplicate_member'],
  ])('refuses %j', async (body, code) => {
    const answer = await call('POST', '/v1/events:search', { role: 'privacy-officer', body });
    expect([answer.status, answer.json()['code']]).toEqual([400, code]);
  });
});
