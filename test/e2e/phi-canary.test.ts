/**
 * Invariant 5: no PHI leaves the database in the clear, nor stands in it in the clear. Marked values are posted in every place
 * that takes content, good requests and bad ones, and then looked for everywhere that content must not be.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVER_MADE_TYPES } from '../../ledger/event/rules.ts';
import type { Role } from '../../ledger/ports.ts';
import { EVENT_TYPES, type EventType } from '../../ledger/types.ts';
import { ownerConnection, withOwner } from '../harness/check-log.ts';
import { filesBelow, findInFiles, newMark } from '../harness/find-marks.ts';
import { markedEvent } from '../harness/marked-events.ts';
import { openRaw } from '../harness/raw-http.ts';
import {
  install,
  makeKeys,
  pause,
  start,
  workFolder,
  killHard,
  postmasterOf,
  isReady,
  until,
  type RealService,
} from '../harness/real-service.ts';
import { caller, type Answer, type CallOptions } from '../harness/served.ts';
import type { Compiled } from '../support/compiled.ts';

const MARK = newMark(`Zq${randomBytes(9).toString('hex')}Wx`);
/** Stands in the database on purpose, so that the search is known to find what is there. */
const CONTROL = newMark(`Kv${randomBytes(9).toString('hex')}Jy`);
const M = MARK.text;
const POSTED_TYPES = EVENT_TYPES.filter((type) => !SERVER_MADE_TYPES.includes(type));

let compiled: Compiled;
let folder: Awaited<ReturnType<typeof workFolder>>;
let service: RealService;
let keys: Readonly<Record<Role, string>>;
/** Every answer that must be free of marks, by what was asked. */
const clean: { readonly what: string; readonly content: string }[] = [];
const ids = new Map<EventType, string>();
let bad = 0;

async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  return caller(service.url, keys)(method, path, options);
}

function keepClean(what: string, { status, headers, text }: Pick<Answer, 'status' | 'headers' | 'text'>): void {
  clean.push({ what, content: `${status}\n${JSON.stringify([...headers])}\n${text}` });
}

/** A request that has to fail with this code, and whose answer must not give back what was sent. */
async function refuse(code: string, method: string, path: string, options: CallOptions = {}): Promise<void> {
  const answer = await call(method, path, options);
  keepClean(`${method} ${code}`, answer);
  bad += 1;
  let got: string;
  try {
    got = answer.json({ code: '' }).code;
  } catch {
    got = answer.text;
  }
  expect([method, path.replaceAll(M, '…'), got]).toEqual([method, path.replaceAll(M, '…'), code]);
}

beforeAll(async () => {
  compiled = install();
  folder = await workFolder();
  await mkdir(join(folder.path, 'work'));
  // Debug and trace must not say more about content than info does.
  service = await start(compiled, { dataDir: join(folder.path, 'data'), env: { VERICLIN_LOG_LEVEL: 'trace' } });
  keys = await makeKeys(service.url);
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
  compiled.remove();
});

const prediction = (members: object = {}): Record<string, unknown> => ({
  ...markedEvent('prediction', M, []),
  ...members,
});
const text = (value: unknown): string => JSON.stringify(value);

describe('marked values go in', () => {
  it('by every event type that may be posted, in every place that takes content', async () => {
    const anchor = await call('POST', '/v1/events', { role: 'integrator', body: prediction() });
    expect([anchor.status, anchor.text.includes('checkpoint')]).toEqual([201, true]);
    keepClean('receipt', anchor);
    const { id } = anchor.json({ id: '' });
    for (const type of POSTED_TYPES) {
      const event = markedEvent(type, M, [id]);
      const answer = await call('POST', '/v1/events', { role: 'integrator', body: event });
      expect([type, answer.status, answer.status === 201 ? '' : answer.text]).toEqual([type, 201, '']);
      keepClean(`receipt of ${type}`, answer);
      ids.set(type, event.id);
      const stored = await call('GET', `/v1/events/${event.id}`, { role: 'privacy-officer' });
      // Positive control: it did go in, names of members included.
      expect([type, stored.text.includes(`${M}Member`), stored.text.includes(`${M}Deep`)]).toEqual([type, true, true]);
    }
    const lines = Array.from({ length: 30 }, () => text(prediction())).join('\n');
    const batch = await call('POST', '/v1/events:batch', {
      role: 'integrator',
      body: lines,
      headers: { 'content-type': 'application/x-ndjson' },
    });
    expect(batch.status).toBe(201);
    keepClean('batch', batch);
    const feedback = markedEvent('clinician_feedback', M, [id]);
    // A clinician is the actor of own feedback.
    const own = Object.fromEntries(Object.entries(feedback).filter(([member]) => member !== 'actor'));
    expect((await call('POST', '/v1/events', { role: 'clinician', body: own })).status).toBe(201);
    const disclosure = markedEvent('disclosure', M, [id]);
    expect((await call('POST', '/v1/events', { role: 'privacy-officer', body: disclosure })).status).toBe(201);
  });

  it('by searches, holds, erasures and break-glass', async () => {
    const search = (role: Role, body: object): Promise<Answer> => call('POST', '/v1/events:search', { role, body });
    for (const body of [
      { subject: `${M}Subject` },
      { encounter: `${M}Encounter` },
      { actor: `${M}Actor` },
      { model: { name: `${M}Model`, version: `${M}Version` } },
      { subject: `${M}Nobody` },
    ]) {
      expect((await search('privacy-officer', body)).status).toBe(200);
      keepClean('search of an integrator', await search('integrator', body));
    }
    const glass = { subject: `${M}Subject`, reason: `emergency ${M} reason`, minutes: 5 };
    const granted = await call('POST', '/v1/break-glass', { role: 'clinician', body: glass });
    expect(granted.status).toBe(201);
    keepClean('break-glass', granted);
    keepClean('list of break-glass', await call('GET', '/v1/break-glass', { role: 'security-officer' }));
    const reason = `because of ${M}`;
    const hold = (value: boolean): CallOptions => ({
      role: 'privacy-officer',
      body: { subject: `${M}Subject`, reason, hold: value },
    });
    keepClean('hold', await call('POST', '/v1/subjects:hold', hold(true)));
    const shred = { role: 'privacy-officer', body: { subject: `${M}Subject`, reason } } as const;
    await refuse('legal_hold', 'POST', '/v1/subjects:shred', shred);
    keepClean('hold', await call('POST', '/v1/subjects:hold', hold(false)));
    const other = prediction({ subject: `${M}Other` });
    expect((await call('POST', '/v1/events', { role: 'integrator', body: other })).status).toBe(201);
    const erased = await call('POST', '/v1/subjects:shred', {
      role: 'privacy-officer',
      body: { subject: `${M}Other`, reason },
    });
    expect(erased.status).toBe(200);
    keepClean('erasure', erased);
    await refuse('content_erased', 'POST', '/v1/events', { role: 'integrator', body: other });
    await refuse('unknown_subject', 'POST', '/v1/subjects:shred', {
      role: 'privacy-officer',
      body: { subject: `${M}Nobody`, reason },
    });
    const refused = { subject: `${M}Stranger`, reason: `no ${M} such`, minutes: 5 };
    keepClean('break-glass of nobody', await call('POST', '/v1/break-glass', { role: 'clinician', body: refused }));
    keepClean('search of a stranger', await search('clinician', { subject: `${M}Stranger` }));
    keepClean('search that is refused', await search('auditor', { subject: `${M}Subject` }));
  });

  it('by audits of rows and of a window', async () => {
    const PATH = '/v1/fairness/audits';
    const group = `${M}Group`;
    const rows = { labels: [1, 0, 1], predictions: [1, M, 0], attributes: { [`${M}Attribute`]: [group, group, M] } };
    const made = await call('POST', PATH, {
      role: 'integrator',
      body: { ...rows, inputs: { [`${M}Input`]: [M, 1, 2] } },
    });
    // Positive control: who sent the names gets them back.
    expect([made.status, made.text.includes(group)]).toEqual([201, true]);
    const { auditId } = made.json({ auditId: '' });
    keepClean('audit of small cells', await call('GET', `/v1/events/${auditId}`, { role: 'integrator' }));
    const model = { name: `${M}Audited`, version: '1' };
    const subject = `${M}Audited`;
    const predicted = prediction({ model, subject, payload: { riskScore: 0.5, input: { sex: group } } });
    const outcome = {
      type: 'outcome',
      occurredAt: '2026-11-23T10:15:00Z',
      subject,
      refs: [predicted['id']],
      payload: { observed: true },
    };
    expect((await call('POST', '/v1/events:batch', { role: 'integrator', body: [predicted, outcome] })).status).toBe(
      201,
    );
    const window = { model, attributes: ['sex'], minimumCell: 1, inputs: ['sex'] };
    const shown = await call('POST', PATH, { role: 'ai-governance', body: window });
    expect([shown.status, shown.text.includes('suppressed')]).toEqual([201, true]);
    keepClean('audit of a window', shown);
    const event = shown.json({ auditId: '' }).auditId;
    keepClean('proof of an audit', await call('GET', `/v1/events/${event}/proof`, { role: 'auditor' }));
    const audits: [string, object | string][] = [
      ['unknown_member', { ...rows, [M]: M }],
      ['wrong_type', { ...rows, scores: [M] }],
      ['lengths_differ', { ...rows, labels: [1] }],
      ['unknown_group', { ...rows, reference: { [`${M}Attribute`]: `${M}Nobody` } }],
      ['unknown_metric', { ...rows, metrics: [M] }],
      ['invalid_value', { ...rows, seed: M.repeat(100) }],
      ['wrong_type', { labels: [1], attributes: { [M]: [M] }, bins: { [M]: { edges: [1], names: [M, group] } } }],
      ['json_duplicate_member', `{"${M}":1,"${M}":2}`],
      ['rows_empty', { ...window, model: { name: `${M}Nobody` } }],
      ['invalid_value', { ...window, attributes: [`/${M}`, `/input/${M}`] }],
    ];
    for (const [code, body] of audits) await refuse(code, 'POST', PATH, { role: 'ai-governance', body });
    await refuse('forbidden', 'POST', PATH, { role: 'integrator', body: window });
    await refuse('forbidden', 'POST', PATH, { role: 'auditor', body: window });
  });

  it('by events of every kind of fault', async () => {
    const raw = (body: string | Uint8Array, contentType = 'application/json'): CallOptions => ({
      role: 'integrator',
      body,
      headers: { 'content-type': contentType },
    });
    const post = (code: string, body: unknown): Promise<void> =>
      refuse(code, 'POST', '/v1/events', raw(typeof body === 'string' ? body : text(body)));
    await post('json_invalid', `{"${M}": ${M}`);
    await post('json_invalid', M);
    await post('json_duplicate_member', `{"${M}":"${M}","${M}":"${M}"}`);
    await post('json_number_imprecise', `{"payload":{"${M}":12345678901234567890123}}`);
    await post('json_lone_surrogate', `{"${M}":"${M}\\ud800"}`);
    await post('json_too_deep', `{"${M}":${'['.repeat(200)}"${M}"${']'.repeat(200)}}`);
    await refuse(
      'json_not_utf8',
      'POST',
      '/v1/events',
      raw(Buffer.concat([Buffer.from(`{"${M}":"`), Buffer.of(0xff, 0x22, 0x7d)])),
    );
    await post('unknown_member', prediction({ [`${M}Unknown`]: M }));
    await post('wrong_type', prediction({ subject: { [M]: M } }));
    await post('wrong_type', prediction({ payload: { riskScore: M, [M]: M } }));
    await post('invalid_value', prediction({ subject: M.repeat(20) }));
    await post('unknown_event_type', prediction({ type: M }));
    await post('missing_member', { type: 'prediction', subject: M });
    await post('invalid_id', prediction({ id: M }));
    await post('invalid_time', prediction({ occurredAt: M }));
    await post('invalid_ref', prediction({ refs: [M] }));
    await post('unknown_ref', prediction({ refs: [randomUUID()] }));
    await post('type_reserved', { ...prediction(), type: 'key_shredded' });
    await post('id_conflict', prediction({ id: ids.get('prediction'), encounter: `${M}Conflict` }));
    const batches: [string, string][] = [
      ['json_invalid', `[{"${M}":`],
      ['unknown_member', text([prediction(), prediction({ [M]: M })])],
      ['id_conflict', text([prediction({ id: ids.get('prediction'), encounter: `${M}Conflict` })])],
      ['wrong_type', text({ [M]: M })],
    ];
    for (const [code, body] of batches) await refuse(code, 'POST', '/v1/events:batch', raw(body));
    await refuse('json_invalid', 'POST', '/v1/events:batch', raw(`{"${M}"\n`, 'application/x-ndjson'));
    await refuse('body_too_large', 'POST', '/v1/events', raw(text({ [M]: `${M} `.repeat(60_000) })));
    await refuse('media_type_unsupported', 'POST', '/v1/events', raw(text(prediction()), `text/${M}`));
    for (const path of ['/v1/events:search', '/v1/subjects:shred', '/v1/subjects:hold']) {
      for (const body of [`{"${M}":1}`, `{"subject":{"${M}":"${M}"}}`, `{"subject":"${M}","subject":"${M}"}`, M]) {
        keepClean(path, await call('POST', path, { role: 'privacy-officer', body }));
        bad += 1;
      }
    }
    await refuse('invalid_cursor', 'POST', '/v1/events:search', { role: 'privacy-officer', body: { cursor: M } });
    const forbidden = {
      type: 'outcome',
      occurredAt: '2026-11-23T10:15:00Z',
      subject: M,
      payload: { observed: true, note: M },
    };
    await refuse('forbidden', 'POST', '/v1/events', { role: 'privacy-officer', body: forbidden });
    await refuse('forbidden', 'POST', '/v1/subjects:shred', { role: 'integrator', body: { subject: M, reason: M } });
    keepClean('key', await call('POST', '/v1/keys', { role: 'admin', body: { role: M, name: M, [M]: M } }));
  });

  it('by paths, queries and headers, where they do not belong', async () => {
    for (const path of [
      `/${M}`,
      `/v1/events/${M}`,
      `/v1/events/${M}/proof`,
      `/v1/${M}?${M}=${M}`,
      `/v1/schemas/${M}`,
      `/v1/keys/${M}`,
      `/log/tile/${M}`,
      `/log/tile/0/${M}`,
      `/docs/${M}`,
      `/log/consistency?from=${M}&to=${M}`,
      `/v1/events/${randomUUID()}?${M}=1`,
      `/v1/break-glass?limit=${M}`,
      `/healthz?${M}`,
      `/docs?${M}`,
      `/openapi.json?subject=${M}`,
      `/%2e%2e/${M}`,
    ]) {
      for (const role of ['integrator', 'admin', 'privacy-officer'] as const) {
        for (const method of ['GET', 'DELETE'])
          keepClean(`${method} ${path.replaceAll(M, '…')}`, await call(method, path, { role }));
      }
    }
    for (const [name, value] of [
      ['authorization', `Bearer ${M}`],
      ['authorization', `Basic ${M}`],
      ['authorization', `Bearer vk_${M}`],
      ['authorization', `Bearer eyJhbGciOiJub25lIn0.${Buffer.from(text({ sub: M })).toString('base64url')}.${M}`],
      ['x-request-id', M],
      ['accept', `${M}/${M}`],
      ['content-encoding', M],
      ['user-agent', M],
      ['cookie', M],
      ['x-forwarded-for', M],
      ['forwarded', `for=${M}`],
      ['traceparent', M],
      ['referer', `http://${M}/`],
      [`x-${M}`, M],
      ['expect', M],
      ['if-none-match', `"${M}"`],
    ] as const) {
      for (const path of ['/v1/events', `/v1/events/${ids.get('prediction') ?? ''}/proof`, '/log/checkpoint']) {
        const method = path === '/v1/events' ? 'POST' : 'GET';
        const options = method === 'POST' ? { body: text(prediction()) } : {};
        const head = Object.entries({ authorization: `Bearer ${keys.auditor}`, [name.toLowerCase()]: value });
        const body = 'body' in options ? options.body : '';
        const lines = head.map(([key, one]) => `${key}: ${one}`).join('\r\n');
        const connection = await openRaw(service.port);
        const request = `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${lines}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
        const answer = await connection.send(request);
        clean.push({ what: `${path} with ${name}`, content: `${answer.headers}\n${answer.body}` });
        expect([name, answer.status]).toEqual([name, expect.any(Number)]);
        connection.close();
      }
    }
    for (const broken of [
      `GET /${M} HTTP/9.9\r\n\r\n`,
      `${M}\r\n\r\n`,
      `GET / HTTP/1.1\r\n${M}\r\n\r\n`,
      `GET /${M} HTTP/1.1\r\nhost: x\r\nx: ${M.repeat(1_000)}\r\n\r\n`,
    ]) {
      const connection = await openRaw(service.port);
      const answer = await connection.send(broken);
      clean.push({ what: 'not HTTP', content: `${answer.headers}\n${answer.body}` });
      connection.close();
    }
    bad += 100;
  });

  it('while the database goes away, which makes errors of drivers', async () => {
    killHard(postmasterOf(service.dataDir));
    const posting = Array.from({ length: 20 }, () =>
      call('POST', '/v1/events', { role: 'integrator', body: prediction() }),
    );
    const searching = call('POST', '/v1/events:search', { role: 'privacy-officer', body: { subject: `${M}Subject` } });
    for (const answer of await Promise.all(posting)) keepClean('post without database', answer);
    const found = await searching;
    if (found.status !== 200) keepClean('search without database', found);
    await until(async () => {
      const answer = await call('GET', '/metrics', { role: 'admin' });
      return answer.status === 200 && answer.text.includes('vericlin_database_ok 1') && (await isReady(service.url));
    }, 'the service is ready again');
    await until(
      async () => (await call('POST', '/v1/events', { role: 'integrator', body: prediction() })).status === 201,
      'the service takes events in again',
    );
  });
});

describe('and stand nowhere', () => {
  it('the search finds marks in every form', () => {
    for (const form of [
      M,
      M.toLowerCase(),
      Buffer.from(M, 'utf16le'),
      Buffer.from(M).toString('hex'),
      ...['', 'x', 'xy'].map((before) => Buffer.from(`${before}${M}tail`).toString('base64')),
      ...['', 'x', 'xy'].map((before) => Buffer.from(`${before}${M}tail`).toString('base64url')),
    ]) {
      expect(
        MARK.formsIn(Buffer.concat([Buffer.from('\0before'), Buffer.from(form), Buffer.from('after')])),
      ).not.toEqual([]);
    }
    expect(CONTROL.formsIn(M)).toEqual([]);
  });

  it('in no answer to what must not give content back', () => {
    expect(bad).toBeGreaterThan(100);
    expect(clean.length).toBeGreaterThan(200);
    const found = clean.filter(({ content }) => MARK.formsIn(content).length > 0);
    expect(found.map(({ what, content }) => `${what}: ${content.slice(0, 400)}`)).toEqual([]);
  });

  it('in nothing that the log shows: tiles, entries, checkpoint, proofs, readiness, metrics, documents', async () => {
    const { size } = (await call('GET', '/readyz')).json({ log: { size: 0 } }).log;
    expect(size).toBeGreaterThan(50);
    const width = size % 256;
    const paths: [string, Role][] = [
      ['/readyz', 'admin'],
      ['/healthz', 'admin'],
      ['/metrics', 'admin'],
      ['/openapi.json', 'admin'],
      ['/v1/schemas', 'admin'],
      ['/v1/keys', 'admin'],
      ['/log/key', 'auditor'],
      ['/log/checkpoint', 'auditor'],
      [`/log/consistency?from=1&to=${size}`, 'auditor'],
      [size < 256 ? `/log/tile/0/000.p/${width}` : '/log/tile/0/000', 'auditor'],
      [size < 256 ? `/log/tile/entries/000.p/${width}` : '/log/tile/entries/000', 'auditor'],
    ];
    for (const id of ids.values()) {
      paths.push([`/v1/events/${id}/proof`, 'auditor'], [`/v1/events/${id}`, 'integrator']);
      paths.push([`/v1/events/${id}/provenance`, 'integrator']);
    }
    for (const [path, role] of paths) {
      const answer = await fetch(`${service.url}${path}`, {
        headers: { authorization: `Bearer ${keys[role]}` },
        redirect: 'manual',
      });
      const content = Buffer.from(await answer.arrayBuffer());
      expect([path, answer.status, MARK.formsIn(content), MARK.formsIn(text([...answer.headers]))]).toEqual([
        path,
        200,
        [],
        [],
      ]);
    }
  });

  it('in no de-identified view: neither subject, encounter, actor nor what the schema does not know', async () => {
    for (const [type, id] of ids) {
      for (const role of ['auditor', 'ai-governance'] as const) {
        const view = await call('GET', `/v1/events/${id}`, { role });
        expect(view.status).toBe(200);
        for (const part of ['Subject', 'Encounter', 'Actor', 'Purpose', 'Member', 'Inside', 'Deep']) {
          expect([type, role, part, view.text.includes(`${M}${part}`)]).toEqual([type, role, part, false]);
        }
      }
    }
  });

  it('in no table, as the owner dumps them', async () => {
    const dump = join(service.dataDir, 'postgres', 'dump');
    const tables = await withOwner(ownerConnection(service.dataDir), async (client) => {
      await client.query('create table control (content text)');
      await client.query('insert into control values ($1)', [CONTROL.text]);
      await client.query('analyze');
      const { rows } = await client.query<{ name: string }>(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables order by 1`,
      );
      let at = 0;
      // One file a table, so that a failure names it; COPY is what a dump consists of.
      for (const { name } of rows) await client.query(`copy (select * from ${name}) to '${dump}-${at++}'`);
      return rows.map(({ name }) => name);
    });
    expect(tables).toEqual(
      expect.arrayContaining(['public.events', 'public.event_index', 'public.api_keys', 'public.control']),
    );
    const foundIn = (mark: typeof MARK): string[] =>
      tables.filter((_, at) => mark.formsIn(readFileSync(`${dump}-${at}`)).length > 0);
    expect(foundIn(CONTROL)).toEqual(expect.arrayContaining(['public.control']));
    expect(foundIn(MARK)).toEqual([]);
  });

  it('in no file of the data folder: tables, indexes, WAL, temporary files, logs, keys, checkpoint', async () => {
    await withOwner(ownerConnection(service.dataDir), (client) => client.query('checkpoint'));
    const files = filesBelow(service.dataDir);
    const controls = findInFiles(CONTROL, files).join('\n');
    expect(controls).toMatch(/\/base\//);
    expect(controls).toMatch(/\/pg_wal\//);
    for (const name of ['log.key', 'kek.json', 'newest-checkpoint', 'postgres.log']) {
      expect(files).toContain(join(service.dataDir, name));
    }
    expect(findInFiles(MARK, files)).toEqual([]);
  });

  it('in nothing that the service printed, at the most talkative level', async () => {
    await pause(200);
    const printed = `${service.out()}\n${service.err()}`;
    const lines = service.err().trim().split('\n');
    expect(lines.filter((line) => line.includes('"level":"debug"')).length).toBeGreaterThan(200);
    expect(MARK.formsIn(printed)).toEqual([]);
    // Positive control: what may be said of a request is there.
    const id = randomUUID();
    await call('GET', '/healthz', { headers: { 'x-request-id': id } });
    await until(() => service.err().includes(id), 'the request is in the log', 10);
  });
});
