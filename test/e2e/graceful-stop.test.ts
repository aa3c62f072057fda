/**
 * SIGTERM under load: every request that was fully sent before the signal is answered, the process ends with 0 within its
 * limit, and the next start has everything that was acknowledged.
 */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkLog, ownerConnection } from '../harness/check-log.ts';
import { openRaw, request, type RawAnswer, type RawConnection } from '../harness/raw-http.ts';
import {
  install,
  makeKeys,
  pause,
  processesBelow,
  start,
  workFolder,
  type RealService,
} from '../harness/real-service.ts';
import type { Compiled } from '../support/compiled.ts';

const CONNECTIONS = 40;
const ROUNDS = 6;
const EVENTS_PER_BATCH = 100;

let compiled: Compiled;
let folder: Awaited<ReturnType<typeof workFolder>>;
beforeAll(() => {
  compiled = install();
});
afterAll(() => {
  compiled.remove();
});
beforeEach(async () => {
  folder = await workFolder();
});
afterEach(async () => {
  await folder.remove();
});

interface Sent {
  readonly ids: readonly string[];
  readonly answer: RawAnswer;
}

function event(id: string): Record<string, unknown> {
  const payload = { riskScore: 0.5, note: 'x'.repeat(200) };
  return {
    id,
    type: 'prediction',
    occurredAt: '2026-11-23T10:15:00Z',
    subject: `MRN-${id.slice(0, 2)}`,
    model: { name: 'readmission', version: '3.1.0' },
    payload,
  };
}

/** Every second connection posts single events, the others batches. */
async function post(connection: RawConnection, at: number, key: string): Promise<Sent> {
  const ids = Array.from({ length: at % 2 === 0 ? 1 : EVENTS_PER_BATCH }, () => crypto.randomUUID());
  const isSingle = ids.length === 1;
  const body = isSingle ? JSON.stringify(event(ids[0]!)) : JSON.stringify(ids.map(event));
  const answer = await connection.send(request('POST', isSingle ? '/v1/events' : '/v1/events:batch', key, body));
  return { ids, answer };
}

const describeAnswer = ({ answer }: Sent): string =>
  answer.status === undefined
    ? `no answer: ${answer.error ?? ''}`
    : answer.status === 201
      ? '201'
      : `${answer.status} ${(JSON.parse(answer.body) as { code: string }).code}`;

async function restartedLog(service: RealService): Promise<ReadonlySet<string>> {
  const next = await start(compiled, { dataDir: service.dataDir });
  const { ids } = await checkLog(ownerConnection(service.dataDir));
  expect(await next.stop()).toEqual({ code: 0, signal: null });
  return new Set(ids);
}

describe('SIGTERM under load', () => {
  it('answers every request that was sent before it, and keeps what it acknowledged', async () => {
    const dataDir = join(folder.path, 'data');
    const kinds: Record<string, number> = {};
    const acknowledged: string[] = [];
    let keys: Awaited<ReturnType<typeof makeKeys>> | undefined;
    for (let round = 0; round < ROUNDS; round += 1) {
      const service = await start(compiled, { dataDir });
      const { integrator } = (keys ??= await makeKeys(service.url));
      const open = (count: number): Promise<RawConnection[]> =>
        Promise.all(Array.from({ length: count }, () => openRaw(service.port)));
      const connections = await open(CONNECTIONS);
      for (const at of [0, 1]) expect((await post(connections[at]!, at, integrator)).answer.status).toBe(201);
      // Some work is under way …
      const waves = connections.slice(0, CONNECTIONS / 2).map((connection, at) => post(connection, at, integrator));
      await pause(5 + round * 10);
      // … some has just been sent on connections that were idle, some on connections that have just been made, …
      const fresh = await open(6);
      waves.push(
        ...[...connections.slice(CONNECTIONS / 2), ...fresh].map((connection, at) => post(connection, at, integrator)),
      );
      // … when the signal comes, in the same turn.
      service.signal('SIGTERM');
      const sent = await Promise.all(waves);
      expect(await service.exited).toEqual({ code: 0, signal: null });
      expect(processesBelow(folder.path)).toEqual([]);
      for (const one of sent) {
        const kind = describeAnswer(one);
        kinds[kind] = (kinds[kind] ?? 0) + 1;
        if (one.answer.status === 201) acknowledged.push(...one.ids);
      }
      if (round === ROUNDS - 1) {
        const ids = await restartedLog(service);
        expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
      }
    }
    process.stdout.write(`graceful stop: ${JSON.stringify({ kinds, acknowledged: acknowledged.length })}\n`);
    const { '201': created = 0, '503 stopping': stopping = 0, ...others } = kinds;
    expect(others).toEqual({});
    expect(created + stopping).toBe(ROUNDS * (CONNECTIONS + 6));
    expect(acknowledged.length).toBeGreaterThan(100);
  });

  it('answers say that the connection ends, and idle connections do not hold it up', async () => {
    const service = await start(compiled, { dataDir: join(folder.path, 'data') });
    const { integrator } = await makeKeys(service.url);
    const idle = await Promise.all(Array.from({ length: 5 }, () => openRaw(service.port)));
    const busy = await openRaw(service.port);
    const answered = post(busy, 1, integrator);
    service.signal('SIGTERM');
    const { answer } = await answered;
    expect([answer.status, answer.headers]).toEqual([
      answer.status === 201 ? 201 : 503,
      expect.stringMatching(/^connection: close/im),
    ]);
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(idle.every((connection) => connection.isClosed())).toBe(true);
  });

  it('a request that never comes to its end is cut off at the limit, after which it still ends with 0', async () => {
    const dataDir = join(folder.path, 'data');
    const service = await start(compiled, { dataDir, env: { VERICLIN_STOP_TIMEOUT_SECONDS: '2' } });
    const { integrator } = await makeKeys(service.url);
    const stuck = await openRaw(service.port);
    const unfinished = stuck.send(request('POST', '/v1/events', integrator, JSON.stringify(event('a'))).slice(0, -20));
    const good = await openRaw(service.port);
    await pause(100);
    const answered = post(good, 0, integrator);
    await pause(100);
    service.signal('SIGTERM');
    const { ids, answer } = await answered;
    expect([201, 503]).toContain(answer.status);
    expect((await unfinished).status).toBeUndefined();
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(processesBelow(folder.path)).toEqual([]);
    expect((await restartedLog(service)).has(ids[0]!)).toBe(answer.status === 201);
  });

  it('while it stops, /readyz says so to whoever still asks', async () => {
    const service = await start(compiled, {
      dataDir: join(folder.path, 'data'),
      env: { VERICLIN_STOP_TIMEOUT_SECONDS: '5' },
    });
    const { integrator } = await makeKeys(service.url);
    const stuck = await openRaw(service.port);
    void stuck.send(request('POST', '/v1/events', integrator, JSON.stringify(event('a'))).slice(0, -20));
    const asking = await openRaw(service.port);
    await pause(100);
    const before = await asking.send(request('GET', '/readyz', integrator));
    expect(before.status).toBe(200);
    service.signal('SIGTERM');
    let after = before;
    while (after.status === 200) after = await asking.send(request('GET', '/readyz', integrator));
    expect([after.status, JSON.parse(after.body)]).toEqual([503, expect.objectContaining({ code: 'stopping' })]);
    stuck.close();
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });
});

describe('an answer that comes before the body was read', () => {
  it('reaches a client that is still sending, instead of a reset', async () => {
    const service = await start(compiled, { dataDir: join(folder.path, 'data') });
    const { integrator } = await makeKeys(service.url);
    const large = 'x'.repeat(4 * 1024 * 1024);
    for (const [status, text] of [
      [401, request('POST', '/v1/events:batch', 'vk_nobody', large)],
      [404, request('POST', '/v1/nothing', integrator, large)],
      [413, request('POST', '/v1/events', integrator, large)],
      [415, request('POST', '/v1/events', integrator, large, 'text/html')],
    ] as const) {
      for (let i = 0; i < 5; i += 1) {
        const connection = await openRaw(service.port);
        const answer = await connection.send(text);
        expect([status, answer.error, answer.status]).toEqual([status, undefined, status]);
        expect(answer.headers).toMatch(/^connection: close/im);
        connection.close();
      }
    }
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });
});
