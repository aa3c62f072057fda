import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Schema } from '../../api/handler.ts';
import type { StoredEvent } from '../../ledger/ports.ts';
import type { Envelope, JsonObject } from '../../ledger/types.ts';
import { createVerifier } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { envelope, principal } from '../harness/composed.ts';
import { startServed, type Answer, type Served } from '../harness/served.ts';

/** `POST /v1/fairness/audits` through a real service. */

type Audit = Schema<'FairnessAudit'>;
const PATH = '/v1/fairness/audits';

let served: Served;

beforeAll(async () => {
  served = await startServed();
});
afterAll(async () => {
  await served.stop();
});

/** 120 rows: women are selected half as often as men. */
function rows(members: JsonObject = {}): JsonObject {
  const sex = Array.from({ length: 120 }, (_, i) => (i % 2 === 0 ? 'F' : 'M'));
  return {
    labels: sex.map((_, i) => Number(i % 4 < 2)),
    predictions: sex.map((value, i) => Number(value === 'M' ? i % 3 !== 0 : i % 3 === 0)),
    attributes: { sex },
    reference: { sex: 'M' },
    metrics: ['selection_rate', 'disparate_impact'],
    ...members,
  };
}

const audit = (body: unknown, role: 'integrator' | 'ai-governance' = 'integrator'): Promise<Answer> =>
  served.call('POST', PATH, { role, body });

async function newest(type: StoredEvent['type'], limit = 1): Promise<readonly StoredEvent[]> {
  const { read } = served.composed.service.ledger;
  return (await read.search({ types: [type], order: 'desc', limit })).events;
}

async function payloadOf(id: string): Promise<JsonObject> {
  const { read } = served.composed.service.ledger;
  const event = await read.findEvent(id);
  const opened = await read.open(event!);
  if (opened.kind === 'erased') throw new Error('erased');
  return opened.opening.envelope.payload;
}

function figure(metrics: Audit['metrics'], name: string, group: string | null = null): Audit['metrics'][number] {
  const found = metrics.find((one) => one.name === name && one.group === group && one.attribute === 'sex');
  if (found === undefined) throw new Error(`no figure ${name} of ${group ?? 'all'}`);
  return found;
}

/** In an event a count is a number, or it is not there. */
function withoutCount(figure: Audit['metrics'][number]): JsonObject {
  const members = Object.entries(figure).filter(([name, value]) => name !== 'n' || value !== null);
  return Object.fromEntries(members) as JsonObject;
}

describe('an audit of rows', () => {
  it('answers figures, findings and the receipt of one event that holds them all', async () => {
    const answer = await audit(rows({ seed: '42' }));
    expect(answer.status, answer.text).toBe(201);
    const { auditId, profile, n, joined, metrics, findings, event } = answer.json<Audit>();
    expect([profile, n, joined]).toEqual(['strict', 120, null]);
    expect(figure(metrics, 'selection_rate', 'F')).toMatchObject({
      value: 1 / 3,
      numerator: 20,
      denominator: 60,
      n: 60,
    });
    expect(figure(metrics, 'disparate_impact', 'F')).toMatchObject({ value: 0.5, reference: 'M', status: 'ok' });
    expect(findings).toEqual([expect.objectContaining({ name: 'disparate_impact', group: 'F', bound: 0.8 })]);
    expect(event).toMatchObject({ id: auditId, anchor: null });
    const payload = await payloadOf(auditId);
    expect(payload).toMatchObject({
      audit: auditId,
      profile: 'strict',
      rows: 120,
      source: { kind: 'rows' },
      software: 'vericlin',
      seed: '42',
      figures: metrics,
      findings,
    });
    expect(payload['datasetDigest']).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('has the caller as actor and the model that it names, and its bundle verifies', async () => {
    const answer = await audit(rows({ model: { name: 'readmission', version: '3.1.0' } }));
    const { auditId } = answer.json<Audit>();
    const { read, vkey } = served.composed.service.ledger;
    const stored = await read.findEvent(auditId);
    const bundle = await read.bundle(stored!, { opening: true });
    expect(bundle.opening?.envelope).toMatchObject({
      actor: { id: 'integrator' },
      model: { name: 'readmission', version: '3.1.0' },
    });
    const verifier = createVerifier({ primitives: nodePrimitives, pinnedKeys: [vkey] });
    expect(verifier.verifyBundle(Buffer.from(JSON.stringify(bundle))).outcome).toBe('valid');
  });

  it('by id is idempotent: the first receipt again, and a conflict for other rows or somebody else', async () => {
    const id = crypto.randomUUID().toUpperCase();
    const first = await audit(rows({ id }));
    const again = await audit(rows({ id: id.toLowerCase() }));
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.json()).toEqual(first.json());
    expect(first.json<Audit>().auditId).toBe(id.toLowerCase());
    const other = await audit(rows({ id, seed: 'another' }));
    expect([other.status, other.json<{ code: string }>().code]).toEqual([409, 'id_conflict']);
    const stranger = await audit(rows({ id }), 'ai-governance');
    expect([stranger.status, stranger.json<{ code: string }>().code]).toEqual([409, 'id_conflict']);
  });

  it('comes back whole to whoever sent the rows, small cells too', async () => {
    const sex = Array.from({ length: 60 }, (_, i) => (i < 5 ? 'X' : i % 2 === 0 ? 'F' : 'M'));
    const body = {
      predictions: sex.map((_, i) => i % 2),
      attributes: { sex },
      metrics: ['num_instances'],
      minimumCell: 1,
    };
    const { metrics } = (await audit(body, 'ai-governance')).json<Audit>();
    expect(figure(metrics, 'num_instances', 'X')).toMatchObject({ value: 5, small: true });
  });

  it('holds inputs against the attributes, where they are given', async () => {
    const sex = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 'F' : 'M'));
    const body = {
      predictions: sex.map((_, i) => Number(i % 3 === 0)),
      attributes: { sex },
      inputs: {
        height: sex.map((value, i) => (value === 'F' ? 160 : 180) + (i % 7)),
        weekday: sex.map((_, i) => i % 5),
      },
    };
    const answer = await audit(body);
    const { section1557, auditId } = answer.json<Audit>();
    expect(section1557?.['associations']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ input: 'height', attribute: 'sex', isProxy: true }),
        expect.objectContaining({ input: 'weekday', attribute: 'sex', isProxy: false }),
      ]),
    );
    expect((await payloadOf(auditId))['section1557']).toEqual(section1557);
  });

  it.each(['strict', 'aif360@0.6', 'fairlearn@0.15', 'aequitas@1.1'])('by the profile %s says so', async (profile) => {
    const answer = await audit(rows({ profile, metrics: ['all'] }));
    expect(answer.status, answer.text).toBe(201);
    const body = answer.json<Audit>();
    expect([body.profile, body.metrics.length > 3]).toEqual([profile, true]);
  });
});

describe('a body that is refused', () => {
  const CANARY = 'CANARY Jane Doe';
  it.each<[string, unknown, string, string | undefined]>([
    ['no JSON', '{"labels":[1', 'json_invalid', undefined],
    ['a member twice', '{"attributes":{},"attributes":{}}', 'json_duplicate_member', undefined],
    ['no object', [], 'wrong_type', ''],
    ['an unknown member', rows({ [CANARY]: 1 }), 'unknown_member', ''],
    ['an unknown member of a window', { model: { name: 'm' }, attributes: ['sex'], [CANARY]: 1 }, 'unknown_member', ''],
    ['members of both', { model: { name: 'm' }, attributes: ['sex'], labels: [1] }, 'unknown_member', ''],
    ['no attributes', { labels: [1] }, 'missing_member', '/attributes'],
    ['a window without a model', { attributes: ['sex'] }, 'missing_member', '/model'],
    ['nothing to measure', { attributes: { [CANARY]: ['F'] } }, 'missing_member', '/labels'],
    ['no rows', { labels: [], attributes: { sex: [] } }, 'rows_empty', undefined],
    [
      'columns of different length',
      { labels: [1], attributes: { [CANARY]: ['F', 'M'] } },
      'lengths_differ',
      '/attributes',
    ],
    ['a label that is an object', { labels: [1, {}], attributes: { sex: ['F', 'M'] } }, 'wrong_type', '/labels/1'],
    ['an attribute that is an object', { labels: [1], attributes: { [CANARY]: [{}] } }, 'wrong_type', '/attributes'],
    ['a score above 1', { scores: [1.5], attributes: { sex: ['F'] } }, 'invalid_value', '/scores/0'],
    ['a negative weight', { labels: [1], weights: [-1], attributes: { sex: ['F'] } }, 'invalid_value', '/weights/0'],
    ['weights that are all 0', { labels: [1], weights: [0], attributes: { sex: ['F'] } }, 'invalid_value', '/weights'],
    [
      'a text that is no group',
      { labels: [1], attributes: { sex: ['x'.repeat(257)] } },
      'invalid_value',
      '/attributes',
    ],
    ['an unknown metric', rows({ metrics: [CANARY] }), 'unknown_metric', undefined],
    ['an unknown reference', rows({ reference: { sex: CANARY } }), 'unknown_group', undefined],
    [
      'a time that is none',
      { model: { name: 'm' }, attributes: ['sex'], from: '2026-02-30T00:00:00Z' },
      'invalid_time',
      '/from',
    ],
    [
      'a window that ends before it begins',
      { model: { name: 'm' }, attributes: ['sex'], from: '2026-03-01T00:00:00Z', to: '2026-02-01T00:00:00Z' },
      'invalid_value',
      '/to',
    ],
    [
      'an attribute of a name that is none',
      { labels: [1], attributes: { [CANARY.repeat(100)]: ['F'] } },
      'invalid_value',
      '/attributes',
    ],
    [
      'several thresholds without scores',
      { ...rows({ threshold: [0.1, 0.2] }), predictions: undefined },
      'missing_member',
      '/scores',
    ],
    [
      'a group for every row',
      { labels: Array(1001).fill(1), attributes: { id: Array.from({ length: 1001 }, (_, i) => i) } },
      'too_many_groups',
      undefined,
    ],
    ['more figures than an audit holds', manyFigures(), 'audit_too_large', undefined],
  ])('%s', async (_, body, code, pointer) => {
    const size = served.composed.service.ledger.status().size;
    const answer = await audit(body, 'ai-governance');
    const problem = answer.json<{ code: string; pointer?: string }>();
    expect(problem.code, answer.text).toBe(code);
    if (pointer !== undefined) expect(problem.pointer).toBe(pointer);
    expect(answer.text).not.toContain('CANARY');
    expect(served.composed.service.ledger.status().size).toBe(size);
  });

  function manyFigures(): JsonObject {
    const column = (at: number): string[] => Array.from({ length: 2000 }, (_, i) => `g${(i * (at + 7)) % 997}`);
    const attributes = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`a${at}`, column(at)]));
    return {
      predictions: Array.from({ length: 2000 }, (_, i) => i % 2),
      attributes,
      intersections: 2,
      minimumCell: 1,
      metrics: ['selection_rate'],
    };
  }
});

describe('an audit of a window', () => {
  const MODEL = { name: 'window', version: '1' };
  const by = principal('integrator', 'poster');
  const BODY = {
    model: MODEL,
    attributes: ['sex'],
    threshold: 0.5,
    metrics: ['num_instances', 'selection_rate', 'base_rate', 'disparate_impact'],
  };
  let predictions: Envelope[];

  const settled = (prediction: Envelope, payload: JsonObject, subject = prediction.subject ?? ''): Envelope =>
    envelope({
      type: 'outcome',
      subject,
      model: MODEL,
      refs: [prediction.id],
      payload,
      occurredAt: '2025-12-01T00:00:00Z',
    });

  beforeAll(async () => {
    // Of every 20 predictions one is of the third group: 6 of 120.
    predictions = Array.from({ length: 120 }, (_, i) =>
      envelope({
        subject: `W-${i}`,
        model: MODEL,
        occurredAt: `2025-10-${String(1 + (i % 20)).padStart(2, '0')}T00:00:00Z`,
        payload: {
          riskScore: (i % 10) / 10,
          input: { sex: i % 20 === 19 ? 'X' : i % 2 === 0 ? 'F' : 'M', height: 150 + (i % 40) },
        },
      }),
    );
    const { ledger } = served.composed.service;
    await ledger.append(predictions, by);
    const outcomes = predictions.slice(0, 110).map((prediction, i) => settled(prediction, { observed: i % 3 === 0 }));
    await ledger.append(outcomes, by);
    // One is corrected, one lost from sight; one belongs to nobody's prediction, and one subject is erased.
    await ledger.append(
      [settled(predictions[0]!, { observed: false }), settled(predictions[1]!, { observed: false, censored: true })],
      by,
    );
    await ledger.append(
      [
        envelope({
          type: 'outcome',
          subject: 'W-none',
          occurredAt: '2025-10-05T00:00:00Z',
          payload: { observed: true },
        }),
      ],
      by,
    );
    await ledger.subjects.shred({ subject: 'W-2', reason: 'test' }, principal('privacy-officer'));
  });

  it('joins predictions with the newest outcome, and counts what could not be joined', async () => {
    const answer = await audit(BODY, 'ai-governance');
    expect(answer.status, answer.text).toBe(201);
    const { n, joined } = answer.json<Audit>();
    expect(n).toBe(108);
    expect(joined).toEqual({
      predictions: 120,
      // One of the 112 was erased with its prediction.
      outcomes: 111,
      joined: 108,
      withoutOutcome: 10,
      withoutPrediction: 1,
      erased: 1,
      censored: 1,
      superseded: 2,
      withoutAttributes: 0,
      unusable: 0,
    });
  });

  it('gives the figures of the same rows posted', async () => {
    const settling = predictions
      .slice(0, 110)
      .map((prediction, i) => ({ prediction, i }))
      .filter(({ i }) => i !== 1 && i !== 2);
    const posted = {
      labels: settling.map(({ i }) => Number(i % 3 === 0 && i !== 0)),
      predictions: settling.map(({ i }) => Number(i % 10 >= 5)),
      scores: settling.map(({ i }) => (i % 10) / 10),
      attributes: { sex: settling.map(({ prediction }) => (prediction.payload['input'] as JsonObject)['sex']!) },
      metrics: BODY.metrics,
    };
    const ofRows = (await audit(posted, 'ai-governance')).json<Audit>();
    const ofWindow = (await audit(BODY, 'ai-governance')).json<Audit>();
    const [rowsPayload, windowPayload] = [await payloadOf(ofRows.auditId), await payloadOf(ofWindow.auditId)];
    for (const member of ['datasetDigest', 'figures', 'findings', 'rows', 'options'] as const) {
      expect(windowPayload[member], member).toEqual(rowsPayload[member]);
    }
  });

  it('shows no small cell to who may not see it, and all to who may', async () => {
    const { auditId, metrics } = (await audit(BODY, 'ai-governance')).json<Audit>();
    const small = metrics.filter((one) => one.small === true);
    expect(small.length).toBeGreaterThan(0);
    for (const one of small) expect(one).toMatchObject({ value: null, n: null, numerator: null, reason: 'suppressed' });
    // Its event, read by the same role, shows no more.
    const view = (await served.call('GET', `/v1/events/${auditId}`, { role: 'ai-governance' })).json<
      Schema<'EventView'>
    >();
    expect(view.deidentified?.payload['figures']).toEqual(metrics.map(withoutCount));
    const found = await served.call('POST', '/v1/events:search', {
      role: 'auditor',
      body: { types: ['bias_metric'], order: 'desc', limit: 1 },
    });
    const [listed] = found.json<{ events: Schema<'EventView'>[] }>().events;
    expect(listed?.deidentified).toEqual(view.deidentified);
    expect(JSON.stringify(view)).not.toContain('"X"');
    const { secret } = await keyWithPhi();
    const whole = (await served.call('POST', PATH, { key: secret, body: BODY })).json<Audit>();
    expect(figure(whole.metrics, 'num_instances', 'X')).toMatchObject({ value: 5, small: true });
  });

  async function keyWithPhi(): Promise<{ secret: string }> {
    const made = await served.call('POST', '/v1/keys', {
      role: 'admin',
      body: { role: 'ai-governance', name: 'phi', grants: ['phi'] },
    });
    return { secret: made.json<{ key: string }>().key };
  }

  it('goes by when predictions occurred, in a half-open range', async () => {
    const { secret } = await keyWithPhi();
    const body = { ...BODY, from: '2025-10-01T00:00:00Z', to: '2025-10-11T00:00:00Z' };
    const { joined } = (await served.call('POST', PATH, { key: secret, body })).json<Audit>();
    expect(joined).toMatchObject({ predictions: 60, withoutPrediction: 1 });
    const none = await audit({ ...BODY, from: '2025-11-01T00:00:00Z' }, 'ai-governance');
    expect([none.status, none.json<{ code: string }>().code]).toEqual([400, 'rows_empty']);
  });

  it('is of whole months for who may not see single people: windows can be subtracted', async () => {
    const whole = await audit(
      { ...BODY, from: '2025-10-01T00:00:00.000Z', to: '2025-11-01T00:00:00Z' },
      'ai-governance',
    );
    expect(whole.json<Audit>().joined).toMatchObject({ predictions: 120 });
    for (const [member, time] of [
      ['from', '2025-10-01T00:00:00.001Z'],
      ['to', '2025-10-11T00:00:00Z'],
    ] as const) {
      const answer = await audit({ ...BODY, [member]: time }, 'ai-governance');
      expect(answer.json()).toMatchObject({ status: 403, code: 'forbidden', pointer: `/${member}` });
    }
    const [access] = await newest('access');
    expect(await payloadOf(access!.id)).toMatchObject({ action: 'refused', operation: 'createFairnessAudit' });
  });

  it('is recorded as a read before it answers, one that finds nothing too', async () => {
    const { auditId, event } = (await audit(BODY, 'ai-governance')).json<Audit>();
    const [access] = await newest('access');
    expect(access!.index).toBeLessThan(event.index);
    expect(await payloadOf(access!.id)).toMatchObject({
      action: 'search',
      operation: 'createFairnessAudit',
      detail: { audit: auditId, predictions: 120, outcomes: 111 },
    });
    await audit({ ...BODY, model: { name: 'nobody' } }, 'ai-governance');
    expect((await newest('access'))[0]!.index).toBeGreaterThan(event.index);
  });

  it('by id reads the log as it was: the same audit again, although the log has grown', async () => {
    const id = crypto.randomUUID();
    const first = await audit({ ...BODY, id }, 'ai-governance');
    await served.composed.service.ledger.append([settled(predictions[115]!, { observed: true })], by);
    const again = await audit({ ...BODY, id }, 'ai-governance');
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.json()).toEqual(first.json());
    const { joined } = (await audit(BODY, 'ai-governance')).json<Audit>();
    expect(joined?.joined).toBe(109);
  });

  it('posted several times at once under one id is one audit', async () => {
    const id = crypto.randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => audit({ ...BODY, id }, 'ai-governance')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect(new Set(answers.map((answer) => answer.json<Audit>().event.index)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.json<Audit>().metrics.length)).size).toBe(1);
  });

  it('is refused before it is read where many are being read', async () => {
    const answers = await Promise.all(Array.from({ length: 24 }, () => audit(BODY, 'ai-governance')));
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(16);
    for (const { status, json } of refused) {
      expect([status, json<{ code: string }>().code]).toEqual([503, 'overloaded']);
    }
    expect((await audit(BODY, 'ai-governance')).status).toBe(201);
  });

  it('is not for integrators, and the refusal is recorded', async () => {
    const answer = await audit(BODY);
    expect([answer.status, answer.json<{ code: string }>().code]).toEqual([403, 'forbidden']);
    const [access] = await newest('access');
    expect(await payloadOf(access!.id)).toMatchObject({ action: 'refused', operation: 'createFairnessAudit' });
  });

  it('holds inputs against the attributes, and shows them without counts', async () => {
    const { section1557, auditId } = (await audit({ ...BODY, inputs: ['height'] }, 'ai-governance')).json<Audit>();
    expect(section1557?.['associations']).toEqual([expect.objectContaining({ input: 'height', attribute: 'sex' })]);
    expect(JSON.stringify(section1557)).not.toMatch(/"(?:n|missing|rows|pValue)":/);
    expect(await payloadOf(auditId)).toMatchObject({ section1557: { rows: 109 } });
  });
});

describe('where the record of the read cannot be kept', () => {
  it('a window answers nothing', async () => {
    const failing = await startServed({
      edge: (deps) => ({
        ...deps,
        ledger: {
          ...deps.ledger,
          append: () => Promise.reject(new Error('the log does not take it')),
        },
      }),
    });
    const { ledger } = failing.composed.service;
    const prediction = envelope({
      model: { name: 'm', version: '1' },
      payload: { riskScore: 0.5, input: { sex: 'F' } },
    });
    await ledger.append([prediction], principal('integrator'));
    const body = { model: { name: 'm' }, attributes: ['sex'] };
    const answer = await failing.call('POST', PATH, { role: 'ai-governance', body });
    expect([answer.status, answer.json<{ code: string }>().code]).toEqual([503, 'store_unavailable']);
    expect((await ledger.read.search({ types: ['bias_metric'], order: 'asc', limit: 1 })).events).toEqual([]);
    await failing.stop();
  });
});
