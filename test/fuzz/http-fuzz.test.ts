/**
 * Hostile bodies over real HTTP into a real PostgreSQL: never a 500, never a stack trace, never half stored, and what
 * was refused says nothing of what was sent.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../api/problems.ts';
import type { ErrorCode } from '../../ledger/errors.ts';
import type { JsonObject } from '../../ledger/types.ts';
import { startServed, type Answer, type Served } from '../harness/served.ts';
import { brokenBody, brokenEnvelope, POSTABLE_TYPES, validEnvelope } from './arbitraries.ts';

/** At least 20,000 bodies in all. A seed in the environment repeats a run. */
const BODIES = { single: 12_500, batched: 500, bytes: 7_500 };
const BATCH_OF = 8;
const AT_ONCE = 32;
const seed = process.env['FUZZ_SEED'] === undefined ? Date.now() : Number(process.env['FUZZ_SEED']);

let served: Served;
/** Events answered as appended, and refusals that were recorded. */
let accepted = 0;
let recorded = 0;
const seen = new Map<string, number>();
let refs: readonly string[];

beforeAll(async () => {
  served = await startServed();
  const { ledger } = served.composed.service;
  const made = Array.from({ length: 4 }, (_, i) => ({
    type: 'prediction',
    occurredAt: '2026-11-23T10:15:00Z',
    // One subject: an explanation or an outcome that refers to several is refused.
    subject: 'MRN-1',
    encounter: `E-${i}`,
    model: { name: 'm', version: '1' },
    payload: { riskScore: 0.5 },
  }));
  const answer = await served.call('POST', '/v1/events:batch', { role: 'integrator', body: made });
  refs = answer.json<{ events: { id: string }[] }>().events.map(({ id }) => id);
  accepted = ledger.status().size;
});
afterAll(async () => {
  const counts = [...seen].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${outcome} ${count}`);
  console.log(`fuzz seed ${seed}: ${counts.join(', ')}`);
  await served.stop();
});

const post = (path: string, body: string | Uint8Array): Promise<Answer> => {
  const type = path.endsWith('batch') ? 'application/x-ndjson' : 'application/json';
  return served.call('POST', path, { role: 'integrator', body, headers: { 'content-type': type } });
};

/** What holds for every answer, whatever was sent. */
function check(answer: Answer, events: number, canary?: string): string {
  if (answer.status === 200 || answer.status === 201) {
    seen.set(String(answer.status), (seen.get(String(answer.status)) ?? 0) + 1);
    const answered = answer.json<{ events?: { repeated: boolean }[] }>().events;
    if (answered === undefined) accepted += answer.status === 201 ? 1 : 0;
    else {
      expect(answered).toHaveLength(events);
      accepted += answered.filter(({ repeated }) => !repeated).length;
    }
    return 'accepted';
  }
  const problem = answer.json<{ code: ErrorCode; status: number; detail: string }>();
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(problem.status).toBe(answer.status);
  expect(PROBLEMS[problem.code].status).toBe(answer.status);
  expect(answer.status, answer.text).toBeLessThan(500);
  expect(answer.text).not.toMatch(/\n {4}at |\.ts:\d+|\.js:\d+|node_modules|select |insert /i);
  if (canary !== undefined) expect(answer.text).not.toContain(canary);
  if (answer.status === 403) recorded += 1;
  seen.set(problem.code, (seen.get(problem.code) ?? 0) + 1);
  return problem.code;
}

/** Runs `act` over sampled bodies, some at a time. */
async function over<T>(arbitrary: fc.Arbitrary<T>, count: number, act: (value: T) => Promise<void>): Promise<void> {
  const CHUNK = 500;
  for (let done = 0; done < count; done += CHUNK) {
    const values = fc.sample(arbitrary, { numRuns: Math.min(CHUNK, count - done), seed: seed + done });
    for (let i = 0; i < values.length; i += AT_ONCE) await Promise.all(values.slice(i, i + AT_ONCE).map(act));
  }
}

function requireCount(): void {
  expect(served.composed.service.ledger.status().size, 'stored = accepted + recorded refusals').toBe(
    accepted + recorded,
  );
}

/** Mostly printable: what is not UTF-8 is refused before anything else reads it. */
const anyByte = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
);

describe('hostile bodies', () => {
  it('single events: valid ones are taken, broken ones are refused with their code', { timeout: 600_000 }, async () => {
    const fresh = validEnvelope(undefined, { refs }).map((event): JsonObject => ({
      ...event,
      id: crypto.randomUUID(),
    }));
    const some = fc.oneof(
      { weight: 4, arbitrary: fresh.map((event) => ({ kind: 'valid' as const, body: JSON.stringify(event) })) },
      {
        weight: 4,
        arbitrary: brokenEnvelope().map(({ value, codes, canary }) => {
          return { kind: 'broken' as const, body: JSON.stringify(value), codes, canary };
        }),
      },
      { weight: 2, arbitrary: brokenBody().map(({ body }) => ({ kind: 'no JSON' as const, body })) },
    );
    await over(some, BODIES.single, async (one) => {
      const canary = one.kind === 'broken' ? one.canary : undefined;
      const outcome = check(await post('/v1/events', one.body), 1, canary);
      if (one.kind === 'valid') expect(['accepted'], one.body).toContain(outcome);
      else if (one.kind === 'broken') expect([...one.codes, 'json_number_imprecise'], one.body).toContain(outcome);
      else expect(outcome, one.body).not.toBe('accepted');
    });
    requireCount();
  });

  it('batches: one broken event refuses all', { timeout: 600_000 }, async () => {
    const valid = validEnvelope(undefined, { refs }).map((event): JsonObject => ({
      ...event,
      id: crypto.randomUUID(),
    }));
    const batches = fc.record({
      events: fc.array(valid, { minLength: 1, maxLength: BATCH_OF }),
      broken: fc.option(brokenEnvelope(), { nil: undefined }),
      at: fc.nat(),
    });
    await over(batches, BODIES.batched, async ({ events, broken, at }) => {
      const values: unknown[] = [...events];
      if (broken !== undefined) values.splice(at % (values.length + 1), 0, broken.value);
      const body = values.map((value) => `${JSON.stringify(value)}\n`).join('');
      const outcome = check(await post('/v1/events:batch', body), values.length, broken?.canary);
      if (broken !== undefined) expect(outcome).not.toBe('accepted');
    });
    requireCount();
  });

  it('changed bytes: nothing but an answer comes of them', { timeout: 600_000 }, async () => {
    const bytes = fc
      .record({
        event: validEnvelope(undefined, { refs }),
        flips: fc.array(fc.record({ at: fc.nat(), to: anyByte }), {
          minLength: 1,
          maxLength: 4,
        }),
        path: fc.constantFrom('/v1/events', '/v1/events:batch'),
      })
      .map(({ event, flips, path }) => {
        const body = Buffer.from(JSON.stringify({ ...event, id: crypto.randomUUID() }));
        for (const { at, to } of flips) body[at % body.length] = to;
        return { path, body };
      });
    await over(bytes, BODIES.bytes, async ({ path, body }) => {
      check(await post(path, body), 1);
    });
    requireCount();
  });

  it('sent what it says, of every type', () => {
    expect(BODIES.single + BODIES.batched + BODIES.bytes).toBeGreaterThanOrEqual(20_000);
    expect(POSTABLE_TYPES.length).toBeGreaterThan(10);
    expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(20_000);
    expect(seen.get('201')).toBeGreaterThan(4_000);
  });

  it('left a log that proves each of its entries', async () => {
    const { ledger } = served.composed.service;
    const { events } = await ledger.read.search({ order: 'desc', limit: 50 });
    for (const event of events) await ledger.read.bundle(event, { opening: true });
    const size = ledger.status().size;
    await ledger.read.consistency(1, size);
  });
});
