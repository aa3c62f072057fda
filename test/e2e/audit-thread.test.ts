/** Audits on a thread of their own, which only the compiled service has: appends go on while a million cells are counted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Schema } from '../../api/handler.ts';
import { compile, type Compiled } from '../support/compiled.ts';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.ts';

type Audit = Schema<'FairnessAudit'>;

let compiled: Compiled;
let service: ServiceProcess;
const keys: Record<string, string> = {};

interface Called {
  readonly status: number;
  readonly text: string;
}

async function post(key: string, path: string, body: unknown): Promise<Called> {
  const response = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys[key]}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}
const audit = (body: unknown): Promise<Called> => post('ai-governance', '/v1/fairness/audits', body);

beforeAll(async () => {
  compiled = compile();
  service = await startServiceProcess({}, compiled.main);
  keys['admin'] = service.adminKey;
  for (const role of ['integrator', 'ai-governance']) {
    const made = await post('admin', '/v1/keys', { role, name: role });
    keys[role] = (JSON.parse(made.text) as { key: string }).key;
  }
});
afterAll(async () => {
  // Not there where it did not start.
  await (service as ServiceProcess | undefined)?.stop();
  compiled.remove();
});

function event(i: number, members: object = {}): object {
  const payload = { riskScore: (i % 10) / 10, input: { sex: i % 2 === 0 ? 'F' : 'M' } };
  return {
    type: 'prediction',
    occurredAt: '2026-01-01T00:00:00Z',
    model: { name: 'm', version: '1' },
    payload,
    ...members,
  };
}

function manyRows(length: number): string {
  const column = <T>(value: (i: number) => T): T[] => Array.from({ length }, (_, i) => value(i));
  return JSON.stringify({
    labels: column((i) => i % 2),
    predictions: column((i) => Number(i % 3 === 0)),
    scores: column((i) => (i % 101) / 100),
    attributes: { sex: column((i) => (i % 5 < 2 ? 'F' : 'M')), race: column((i) => `r${i % 7}`) },
    intersections: 2,
  });
}

describe('the compiled service', () => {
  it('computes audits of rows and of windows on the thread', async () => {
    const rows = {
      labels: [1, 0, 1, 0],
      predictions: [1, 1, 1, 0],
      attributes: { sex: ['F', 'F', 'M', 'M'] },
      minimumCell: 1,
    };
    const ofRows = await audit(rows);
    expect([ofRows.status, (JSON.parse(ofRows.text) as Audit).n]).toEqual([201, 4]);
    const predictions = Array.from({ length: 40 }, (_, i) => event(i, { id: crypto.randomUUID(), subject: `S-${i}` }));
    const outcomes = predictions.map((prediction, i) => {
      const { id, subject } = prediction as { id: string; subject: string };
      return {
        type: 'outcome',
        occurredAt: '2026-01-02T00:00:00Z',
        subject,
        refs: [id],
        payload: { observed: i % 3 === 0 },
      };
    });
    expect((await post('integrator', '/v1/events:batch', [...predictions, ...outcomes])).status).toBe(201);
    const ofWindow = await audit({ model: { name: 'm' }, attributes: ['sex'], inputs: ['sex'], minimumCell: 1 });
    expect([ofWindow.status, (JSON.parse(ofWindow.text) as Audit).joined?.joined]).toEqual([201, 40]);
  });

  it.each<[unknown, number, string, string | undefined]>([
    [{ labels: [1], scores: [2], attributes: { sex: ['F'] } }, 400, 'invalid_value', '/scores/0'],
    [{ labels: [1], attributes: { sex: ['F'] }, metrics: ['none such'] }, 400, 'unknown_metric', undefined],
    ['{"labels":[1,}', 400, 'json_invalid', undefined],
    ['{"labels":[1],"labels":[1]}', 400, 'json_duplicate_member', undefined],
  ])('answers what is wrong with %j as if there were no thread', async (body, status, code, pointer) => {
    const answer = await audit(body);
    const problem = JSON.parse(answer.text) as { code: string; pointer?: string; offset?: number };
    expect([answer.status, problem.code]).toEqual([status, code]);
    if (pointer !== undefined) expect(problem.pointer).toBe(pointer);
    if (code.startsWith('json_')) expect(problem.offset).toBeGreaterThan(0);
  });

  it('appends while it computes, and says of one audit too many that it is', async () => {
    const body = manyRows(150_000);
    const running = audit(body);
    const isOver = running.then(() => true);
    let appended = 0;
    for (;;) {
      expect((await post('integrator', '/v1/events', event(appended))).status).toBe(201);
      // The audit comes first where both are settled: then this event does not count.
      if (await Promise.race([isOver, Promise.resolve(false)])) break;
      appended += 1;
    }
    expect((await running).status).toBe(201);
    expect(appended).toBeGreaterThan(3);
    const many = await Promise.all(Array.from({ length: 40 }, () => audit(manyRows(20_000))));
    const codes = new Set(
      many.map(({ status, text }) => (status === 201 ? '201' : (JSON.parse(text) as { code: string }).code)),
    );
    expect([...codes].sort()).toEqual(['201', 'overloaded']);
  });

  it('refuses a body over 64 MiB', async () => {
    const large = await audit(' '.repeat(64 * 1024 * 1024 + 1));
    expect([large.status, (JSON.parse(large.text) as { code: string }).code]).toEqual([413, 'body_too_large']);
  });

  it('stops with an audit under way: it is answered, or told to come again', async () => {
    const other = await startServiceProcess({}, compiled.main);
    const made = await fetch(`${other.url}/v1/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${other.adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ role: 'integrator', name: 'i' }),
    });
    const { key } = (await made.json()) as { key: string };
    const running = fetch(`${other.url}/v1/fairness/audits`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: manyRows(150_000),
    }).then((answer) => answer.status);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [status] = await Promise.all([running, other.stop()]);
    expect([201, 503]).toContain(status);
  });
});
