/**
 * Hostile audits over real HTTP: every answer is a problem with its own code or an audit whose every figure has a number or
 * says why not; never a 500, never NaN, and nothing of what was refused.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Schema } from '../../api/handler.ts';
import { PROBLEMS } from '../../api/problems.ts';
import { PROFILES } from '../../fairness/types.ts';
import type { ErrorCode } from '../../ledger/errors.ts';
import type { JsonObject, JsonValue } from '../../ledger/types.ts';
import { startServed, type Answer, type Served } from '../harness/served.ts';
import { anyText } from './schema-arbitrary.ts';

/** Bootstraps are left out of most: they would take all the time. */
const BODIES = { rows: 1_200, windows: 400, bytes: 600 };
const AT_ONCE = 8;
const seed = process.env['FUZZ_SEED'] === undefined ? Date.now() : Number(process.env['FUZZ_SEED']);
const CANARY = 'CANARY Jane Doe';

let served: Served;
let stored = 0;
const seen = new Map<string, number>();

beforeAll(async () => {
  served = await startServed();
  const predictions = Array.from({ length: 60 }, (_, i) => ({
    id: crypto.randomUUID(),
    type: 'prediction',
    occurredAt: '2026-01-01T00:00:00Z',
    subject: `S-${i}`,
    model: { name: 'm', version: '1' },
    payload:
      i % 7 === 0 ? { label: 'x' } : { riskScore: i / 60, alert: i % 2 === 0, input: { sex: i % 3, age: `${i}` } },
  }));
  const outcomes = predictions.slice(0, 50).map(({ id, subject }, i) => ({
    type: 'outcome',
    occurredAt: '2026-01-02T00:00:00Z',
    subject,
    refs: [id],
    payload: i % 5 === 0 ? { value: 3 } : { observed: i % 2 === 0, censored: i % 11 === 0 },
  }));
  await served.call('POST', '/v1/events:batch', { role: 'integrator', body: [...predictions, ...outcomes] });
  stored = served.composed.service.ledger.status().size;
});
afterAll(async () => {
  const counts = [...seen].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${outcome} ${count}`);
  console.log(`fuzz seed ${seed}: ${counts.join(', ')}`);
  await served.stop();
});

const noted = (outcome: string): void => {
  seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
};

function checkAudit(answer: Answer): void {
  const { metrics, findings, n } = answer.json<Schema<'FairnessAudit'>>();
  for (const { value, status, reason, n: persons } of metrics) {
    expect([typeof value === 'number', value === null]).toContain(true);
    expect(value !== null).toBe(status === 'ok');
    expect(reason === null).toBe(status === 'ok');
    if (persons !== null && n !== null) expect(persons).toBeLessThanOrEqual(n);
  }
  for (const { figure } of findings) expect(metrics[figure]?.status).toBe('ok');
}

function check(answer: Answer, events: number): void {
  if (answer.status === 201) {
    noted('audit');
    stored += events;
    checkAudit(answer);
    return;
  }
  const problem = answer.json<{ code: ErrorCode; status: number; pointer?: string }>();
  noted(problem.code);
  expect(answer.status, answer.text).toBeLessThan(500);
  expect(PROBLEMS[problem.code].status).toBe(answer.status);
  expect(answer.text).not.toMatch(/\n {4}at |\.ts:\d+|node_modules|CANARY/);
}

async function over<T>(arbitrary: fc.Arbitrary<T>, count: number, act: (value: T) => Promise<void>): Promise<void> {
  const values = fc.sample(arbitrary, { numRuns: count, seed });
  for (let i = 0; i < values.length; i += AT_ONCE) await Promise.all(values.slice(i, i + AT_ONCE).map(act));
}

const cell: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<JsonValue>(0, 1, 'F', 'M', true, null) },
  {
    weight: 1,
    arbitrary: fc.oneof(anyText(0, 24), fc.double({ noNaN: true, noDefaultInfinity: true })),
  },
);
/** Now and then something that no column holds. */
const odd: fc.Arbitrary<JsonValue> = fc.constantFrom<JsonValue>({}, [1], CANARY, -1, 1e308, null);

function column(length: number, value: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue[]> {
  const sound = fc.array(value, { minLength: length, maxLength: length });
  const broken = fc.tuple(sound, fc.nat(), odd).map(([values, at, wrong]) => {
    const copy = [...values];
    copy[at % (length + 1)] = wrong;
    return copy;
  });
  return fc.oneof({ weight: 12, arbitrary: sound }, { weight: 1, arbitrary: broken });
}

const options = fc.record(
  {
    favorable: fc.oneof(cell, fc.array(cell, { minLength: 1, maxLength: 3 })),
    reference: fc.dictionary(fc.constantFrom('sex', 'race', CANARY), fc.constantFrom('F', '0', '(missing)', CANARY)),
    intersections: fc.integer({ min: 0, max: 4 }),
    minimumCell: fc.constantFrom(1, 2, 30),
    profile: fc.constantFrom(...PROFILES, CANARY),
    metrics: fc.constantFrom<JsonValue>(['all'], ['disparate_impact'], [], [CANARY], 'all'),
    threshold: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constant<JsonValue>([0.2, 0.5]), odd),
    level: fc.double({ min: 0.4, max: 1, noNaN: true }),
    resamples: fc.constantFrom(0, 1, 20),
    seed: anyText(0, 8),
    bounds: fc.dictionary(fc.constantFrom('disparate_impact', CANARY), fc.double({ min: 0, max: 2, noNaN: true })),
    bins: fc.constantFrom<JsonValue>(
      {},
      { age: { edges: [1], names: ['low', 'high'] } },
      { [CANARY]: { edges: [2, 1], names: [] } },
    ),
    [CANARY]: cell,
  },
  { requiredKeys: [] },
);
/** Mostly few options, so that some bodies are sound. */
const someOptions = fc.tuple(options, fc.nat({ max: 9 })).map(([all, keep]): JsonObject => {
  const entries = Object.entries(all as JsonObject);
  return Object.fromEntries(
    keep > 7 ? entries : entries.filter(([name], i) => (i + keep) % 4 === 0 && name !== CANARY),
  );
});

/** Others than these are mostly too small: a body with one of them is refused whole. */
const weight = fc.constantFrom<JsonValue>(0, 1, 2.5, 1e-12, 1e12);

const rowsBody = fc.integer({ min: 0, max: 60 }).chain((length) =>
  fc
    .record(
      {
        labels: column(length, cell),
        predictions: column(length, cell),
        scores: column(length, fc.double({ min: 0, max: 1, noNaN: true })),
        weights: column(length, weight),
        attributes: fc
          .record(
            { sex: column(length, cell), race: column(length, cell), [CANARY]: column(length, cell) },
            { requiredKeys: ['sex'] },
          )
          .map((one) => one as JsonValue),
      },
      { requiredKeys: ['attributes', 'labels'] },
    )
    .chain((body) => someOptions.map((more): JsonObject => ({ resamples: 0, ...(body as JsonObject), ...more }))),
);

const windowBody = fc
  .record(
    {
      model: fc.constantFrom<JsonValue>({ name: 'm' }, { name: 'm', version: '1' }, { name: CANARY }, {}),
      attributes: fc.constantFrom<JsonValue>(
        ['sex'],
        ['sex', 'age'],
        ['/input/sex'],
        ['/'],
        ['sex', '/input/sex'],
        [CANARY],
        [],
      ),
      from: fc.constantFrom<JsonValue>('2025-12-31T00:00:00Z', '2026-01-01T00:00:00Z', '2025-12-01T00:00:00Z', CANARY),
      predictionFrom: fc.constantFrom<JsonValue>('riskScore', 'alert', 'label', CANARY),
      inputs: fc.constantFrom<JsonValue>(['age'], [], [CANARY], { age: [1] }),
    },
    { requiredKeys: ['model', 'attributes'] },
  )
  .chain((body) => someOptions.map((more): JsonObject => ({ resamples: 0, ...(body as JsonObject), ...more })));

describe('hostile audits', () => {
  it('of rows', { timeout: 600_000 }, async () => {
    await over(rowsBody, BODIES.rows, async (body) => {
      check(await served.call('POST', '/v1/fairness/audits', { role: 'integrator', body }), 1);
    });
    expect(served.composed.service.ledger.status().size).toBe(stored);
  });

  it('of windows', { timeout: 600_000 }, async () => {
    await over(windowBody, BODIES.windows, async (body) => {
      check(await served.call('POST', '/v1/fairness/audits', { role: 'ai-governance', body }), 0);
    });
  });

  it('with changed bytes', { timeout: 600_000 }, async () => {
    const bytes = fc.tuple(
      rowsBody,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 }),
    );
    await over(bytes, BODIES.bytes, async ([value, flips]) => {
      const body = Buffer.from(JSON.stringify(value).replaceAll(CANARY, 'canary'));
      for (const [at, to] of flips) body[at % body.length] = to;
      check(await served.call('POST', '/v1/fairness/audits', { role: 'integrator', body }), 0);
    });
  });

  it('sent what it says, and some were sound', () => {
    const all = [...seen.values()].reduce((sum, count) => sum + count, 0);
    expect(all).toBe(BODIES.rows + BODIES.windows + BODIES.bytes);
    expect(seen.get('audit') ?? 0).toBeGreaterThan(100);
    expect(seen.size).toBeGreaterThan(6);
  });
});
