/**
 * What a poster sees of `wait=anchored` when the chain is late, stops, or cannot be asked: the service, its database and
 * its HTTP edge are real, the chain's answer is scripted. `api-anchor.test.ts` waits for a real chain.
 */
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_ANCHOR, type AnchorState } from '../../ledger/anchor/status.ts';
import { LedgerError } from '../../ledger/errors.ts';
import type { AnchorEvidence, Receipt } from '../../ledger/types.ts';
import { startServed, type Answer, type CallOptions, type Served } from '../harness/served.ts';

interface Waiter {
  readonly index: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly finish: (reached: boolean) => void;
}

/** Stands for evidence: whether it verifies is not the edge's business. */
const evidence = { format: 'vericlin-anchor/1', size: 1 } as AnchorEvidence;

let served: Served;
let waiters: Waiter[];
let state: AnchorState;
let anchorOf: () => Promise<AnchorEvidence | null>;

beforeEach(() => {
  waiters = [];
  state = 'catching-up';
  anchorOf = () => Promise.resolve(evidence);
});
beforeAll(async () => {
  served = await startServed({
    edge: (edge) => {
      const { ledger } = edge;
      const status = (): ReturnType<typeof ledger.status> => ({
        ...ledger.status(),
        anchor: { ...NO_ANCHOR, state, ...(state === 'disagrees' ? { reason: 'root_differs' } : {}) },
      });
      const anchoring = {
        reached: (index: number, timeoutMs: number, signal: AbortSignal = new AbortController().signal) =>
          new Promise<boolean>((finish) => waiters.push({ index, timeoutMs, signal, finish })),
      };
      return {
        ...edge,
        ledger: { ...ledger, status, anchoring, read: { ...ledger.read, anchorOf: () => anchorOf() } },
      };
    },
  });
});
afterAll(async () => {
  await served.stop();
});

const event = (members: object = {}): Record<string, unknown> => ({
  id: crypto.randomUUID(),
  type: 'prediction',
  occurredAt: '2026-11-23T10:15:00Z',
  subject: 'MRN-0042',
  model: { name: 'readmission', version: '3.1.0' },
  payload: { riskScore: 0.83, confidenceInterval: [0.71, 0.9], anomalyFlag: false },
  ...members,
});
const post = (body: unknown, options: CallOptions = {}, path = '/v1/events'): Promise<Answer> =>
  served.call('POST', `${path}?wait=anchored`, { role: 'integrator', body, ...options });
const size = (): number => served.composed.service.ledger.status().size;
const codeOf = (answer: Answer): unknown => answer.json()['code'];

async function waiter(number = 0): Promise<Waiter> {
  await expect.poll(() => waiters.length, { interval: 5, timeout: 5_000 }).toBeGreaterThan(number);
  return waiters[number]!;
}

describe('wait=anchored', () => {
  it('answers 201 with the evidence once the entry is anchored, and 200 when it is posted again', async () => {
    const body = event();
    const answer = post(body);
    const { index, timeoutMs, finish } = await waiter();
    expect(timeoutMs).toBeGreaterThan(0);
    expect(timeoutMs).toBeLessThanOrEqual(30_000);
    finish(true);
    const { status, headers, json } = await answer;
    expect([status, json<Receipt>().index, json<Receipt>().anchor]).toEqual([201, index, evidence]);
    expect(headers.get('retry-after')).toBeNull();
    expect(headers.get('preference-applied')).toBeNull();
    const again = post(body);
    (await waiter(1)).finish(true);
    expect((await again).status).toBe(200);
    expect((await again).json<Receipt>().anchor).toEqual(evidence);
  });

  it('answers 202 with the receipt and no evidence when it is stored and not anchored in time', async () => {
    const before = size();
    const answer = post(event());
    (await waiter()).finish(false);
    const { status, headers, json } = await answer;
    expect([status, json<Receipt>().anchor, headers.get('retry-after')]).toEqual([202, null, '5']);
    expect(size()).toBe(before + 1);
    const stored = await served.call('GET', `/v1/events/${json<Receipt>().id}`, { role: 'integrator' });
    expect(stored.json<{ index: number }>().index).toBe(json<Receipt>().index);
  });

  it.each([
    ['wait=7', 7],
    ['respond-async, wait=3600', 120],
    ['wait=0', 1],
  ])('Prefer: %s waits %s seconds at most, and says so', async (prefer, seconds) => {
    const answer = post(event(), { headers: { prefer } });
    const { timeoutMs, finish } = await waiter();
    expect(timeoutMs).toBeLessThanOrEqual(seconds * 1000);
    finish(false);
    expect((await answer).headers.get('preference-applied')).toBe(`wait=${seconds}`);
  });

  it('takes a preference that cannot be read for none, and one of a request that does not wait too', async () => {
    const answer = post(event(), { headers: { prefer: 'wait=soon' } });
    (await waiter()).finish(true);
    expect((await answer).status).toBe(201);
    expect((await answer).headers.get('preference-applied')).toBeNull();
    const plain = await served.call('POST', '/v1/events', {
      role: 'integrator',
      body: event(),
      headers: { prefer: 'wait=7' },
    });
    expect([plain.status, plain.headers.get('preference-applied'), waiters.length]).toEqual([201, null, 1]);
  });

  it('waits for the last event of a batch, and says whether all are anchored', async () => {
    const events = [event(), event(), event()];
    for (const [position, anchored, status] of [
      [0, false, 202],
      [1, true, 200],
    ] as const) {
      const answer = post(events, {}, '/v1/events:batch');
      const { index, finish } = await waiter(position);
      finish(anchored);
      expect((await answer).status).toBe(status);
      const outcome = (await answer).json<{ anchored: boolean; events: { index: number }[] }>();
      expect(outcome.anchored).toBe(anchored);
      expect(index).toBe(Math.max(...outcome.events.map((one) => one.index)));
    }
    const unwaited = await served.call('POST', '/v1/events:batch', { role: 'integrator', body: events });
    expect(unwaited.json()).not.toHaveProperty('anchored');
  });

  it('is refused before anything is stored while the chain disagrees', async () => {
    state = 'disagrees';
    const before = size();
    for (const [path, body] of [
      ['/v1/events', event()],
      ['/v1/events:batch', [event()]],
    ] as const) {
      const answer = await post(body, {}, path);
      expect([answer.status, codeOf(answer)]).toEqual([503, 'anchor_unavailable']);
    }
    expect([size(), waiters.length]).toEqual([before, 0]);
    expect((await served.call('POST', '/v1/events', { role: 'integrator', body: event() })).status).toBe(201);
    const ready = await served.call('GET', '/readyz');
    expect([ready.status, ready.json()]).toMatchObject([
      503,
      { ready: false, anchor: 'disagrees', anchoring: { reason: 'root_differs' } },
    ]);
  });

  it('answers 202 when the chain begins to disagree during the wait', async () => {
    const answer = post(event());
    const { finish } = await waiter();
    state = 'disagrees';
    finish(false);
    expect([(await answer).status, (await answer).json<Receipt>().anchor]).toEqual([202, null]);
  });

  it('answers 202, not a failure, when the evidence of a stored event cannot be read', async () => {
    anchorOf = () => Promise.reject(new LedgerError('store_unavailable', 'gone'));
    const answer = post(event());
    (await waiter()).finish(true);
    expect([(await answer).status, (await answer).json<Receipt>().anchor]).toEqual([202, null]);
  });

  it('ends the wait when the client is gone, and its event stays', async () => {
    const before = size();
    const client = new AbortController();
    const answer = fetch(`${served.url}/v1/events?wait=anchored`, {
      method: 'POST',
      headers: { authorization: `Bearer ${served.keys.integrator}`, 'content-type': 'application/json' },
      body: JSON.stringify(event()),
      signal: client.signal,
    });
    const { signal } = await waiter();
    expect(signal.aborted).toBe(false);
    client.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => signal.aborted).toBe(true);
    expect(size()).toBe(before + 1);
  });

  it('ends the waits of every request that was pipelined on a connection', async () => {
    const body = JSON.stringify(event());
    const socket = connect(served.server.port, '127.0.0.1');
    const request = [
      'POST /v1/events?wait=anchored HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${served.keys.integrator}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
    socket.write(request + request + request);
    await waiter(2);
    socket.destroy();
    await expect.poll(() => waiters.map(({ signal }) => signal.aborted)).toEqual([true, true, true]);
  });

  it('lets go of the bodies of those who wait: more can wait than bodies fit into memory', async () => {
    // A body without a length counts as the largest: six of them would be all that may be in flight.
    const lines = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        start: (controller) => {
          controller.enqueue(Buffer.from(`${JSON.stringify(event())}\n`));
          controller.close();
        },
      });
    const answers: Promise<Response>[] = [];
    for (let number = 0; number < 10; number += 1) {
      answers.push(
        fetch(`${served.url}/v1/events:batch?wait=anchored`, {
          method: 'POST',
          headers: { authorization: `Bearer ${served.keys.integrator}`, 'content-type': 'application/x-ndjson' },
          body: lines(),
          duplex: 'half',
        }),
      );
      await waiter(number);
    }
    for (const { finish } of waiters) finish(true);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
  });
});

describe('GET /v1/events/{id}/proof?anchor=block', () => {
  it('is for bundles', async () => {
    const { id } = (await served.call('POST', '/v1/events', { role: 'integrator', body: event() })).json<Receipt>();
    const path = `/v1/events/${id}/proof`;
    const text = await served.call('GET', `${path}?anchor=block`, {
      role: 'auditor',
      headers: { accept: 'text/plain' },
    });
    expect([text.status, codeOf(text)]).toEqual([400, 'invalid_query']);
    const other = await served.call('GET', `${path}?anchor=all`, { role: 'auditor' });
    expect([other.status, codeOf(other)]).toEqual([400, 'invalid_query']);
    expect((await served.call('GET', `${path}?anchor=read`, { role: 'auditor' })).status).toBe(200);
  });
});

describe('a stop', () => {
  it('answers those who wait, at once', async () => {
    const answer = post(event());
    await waiter();
    const stopping = served.server.stop();
    expect([(await answer).status, (await answer).json<Receipt>().anchor]).toEqual([202, null]);
    await stopping;
  });
});
