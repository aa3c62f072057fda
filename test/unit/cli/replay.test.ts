import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../../fairness/audit/audit.ts';
import { resolveOptions } from '../../../fairness/audit/options.ts';
import type { AuditOptions, AuditRows } from '../../../fairness/audit-types.ts';
import type { AuditColumns } from '../../../fairness/columns.ts';
import { digestColumns } from '../../../fairness/digest.ts';
import { encodeRows } from '../../../fairness/encode.ts';
import { toRecord } from '../../../fairness/record.ts';
import { toSource, type WindowSource } from '../../../fairness/window-source.ts';
import type { JsonObject } from '../../../ledger/types.ts';
import { runCli, type CliResult } from '../../support/cli.ts';
import { sampleEnvelope, SampleLog, sampleUuid } from '../../support/sample-log.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

const ROWS = {
  labels: Array.from({ length: 240 }, (_, i) => Number(i % 5 < 2)),
  predictions: Array.from({ length: 240 }, (_, i) => Number(i % 3 === 0)),
  attributes: { sex: Array.from({ length: 240 }, (_, i) => (i % 2 === 0 ? 'F' : 'M')) },
} satisfies AuditRows;
const OPTIONS: AuditOptions = { reference: { sex: 'M' }, seed: 'recorded' };
const COLUMNS = ['--label', 'y', '--prediction', 'yhat', '--attribute', 'sex'];

function recordOf(
  columns: AuditColumns,
  options: AuditOptions,
  source: JsonObject,
  others: JsonObject = {},
): JsonObject {
  return toRecord(audit(columns, options), {
    options: resolveOptions(options),
    digest: digestColumns(columns, createHash('sha256')),
    source,
    softwareVersion: '0.1.0',
    others: { audit: sampleUuid(900), ...others },
  });
}

const log = new SampleLog();
const record = recordOf(encodeRows(ROWS, OPTIONS), OPTIONS, { kind: 'rows' });

async function writeBundle(name: string, payload: JsonObject, type = 'bias_metric'): Promise<void> {
  const envelope = { ...sampleEnvelope(log.events.length), type, payload } as Parameters<SampleLog['append']>[0];
  const index = log.append(envelope);
  await writeFile(at(name), JSON.stringify(log.bundle(index, { opening: log.opening(index) })));
}

function csvOf({ labels, predictions, attributes }: typeof ROWS): string {
  return `sex,y,yhat\n${labels.map((label, i) => `${attributes.sex[i]!},${label},${predictions[i]!}\n`).join('')}`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vericlin-replay-'));
  await writeFile(at('data.csv'), csvOf(ROWS));
  await writeFile(at('rows.json'), JSON.stringify({ ...ROWS, ...OPTIONS, profile: 'strict' }));
  const [first, ...others] = ROWS.labels;
  await writeFile(at('other.csv'), csvOf({ ...ROWS, labels: [1 - first!, ...others] }));
  await writeBundle('audit.json', record);
  const figures = record['figures'] as JsonObject[];
  const altered = figures.map((figure, i) => (i === 9 ? { ...figure, value: 0.123 } : figure));
  await writeBundle('altered.json', { ...record, figures: altered });
  await writeBundle('version.json', { ...record, figures: altered, codeVersion: 'fairness/0' });
  await writeBundle('notes.json', { ...record, notes: ['Everything is fine.'] });
  await writeBundle('metric.json', { metric: 'disparate_impact', value: 0.7 });
  await writeBundle('prediction.json', { riskScore: 0.5 }, 'prediction');
  await writeBundle('options.json', { ...record, options: { profile: 'none' } });
  await writeBundle('odd.json', { ...record, options: { favorable: 7, bins: { sex: 5 } } });
  await writeFile(at('bare.json'), JSON.stringify(log.bundle(0)));
  const bundle = log.bundle(0, { opening: log.opening(0) });
  const forged = { ...bundle.opening!.envelope, payload: { ...record, rows: 1 } };
  await writeFile(at('forged.json'), JSON.stringify({ ...bundle, opening: { ...bundle.opening!, envelope: forged } }));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Report {
  readonly same: boolean;
  readonly outcome: string;
  readonly isKeyPinned: boolean;
  readonly members?: readonly string[];
  readonly figure?: JsonObject | null;
  readonly joined?: Record<string, number>;
}
async function replay(bundle: string, ...args: string[]): Promise<CliResult> {
  return await runCli(['replay', at(bundle), ...args, '--key', log.vkey]);
}
async function report(bundle: string, ...args: string[]): Promise<Report & { readonly code: number }> {
  const { code, out, err } = await replay(bundle, ...args, '--json');
  if (out === '') throw new Error(err);
  return { code, ...(JSON.parse(out) as Report) };
}
const fromCsv = (file: string): readonly string[] => ['--input', at(file), ...COLUMNS];

describe('an audit of rows', () => {
  it('is the same from the CSV and from the JSON that was posted: 0', async () => {
    const same = { code: 0, same: true, outcome: 'same', isKeyPinned: true };
    expect(await report('audit.json', ...fromCsv('data.csv'))).toMatchObject(same);
    expect(await report('audit.json', '--input', at('rows.json'))).toMatchObject(same);
    const { out } = await replay('audit.json', ...fromCsv('data.csv'));
    expect(out).toContain('SAME: what was recorded is what this input gives.');
  });

  it('says where nobody vouches for the key', async () => {
    const { code, out } = await runCli(['replay', at('audit.json'), ...fromCsv('data.csv')]);
    expect([code, out.includes('nobody you trust vouches')]).toEqual([0, true]);
  });

  it('on other rows: 1, by the digests, and nothing is computed', async () => {
    expect(await report('audit.json', ...fromCsv('other.csv'))).toMatchObject({ code: 1, outcome: 'rows_differ' });
    const { out } = await replay('audit.json', ...fromCsv('other.csv'));
    expect(out).toMatch(/recorded sha256:[0-9a-f]{64}\n {2}found {4}sha256:[0-9a-f]{64}/);
    expect(out).toContain('DIFFERENT');
  });

  it('with another figure: 1, and the first one that differs is named', async () => {
    const figure = (record['figures'] as JsonObject[])[9]!;
    const { code, out } = await replay('altered.json', ...fromCsv('data.csv'));
    expect(code).toBe(1);
    expect(out).toContain(`the first figure is ${figure['name'] as string}`);
    expect(await report('altered.json', ...fromCsv('data.csv'))).toMatchObject({
      outcome: 'result_differs',
      members: ['figures'],
      figure: { name: figure['name'], group: figure['group'] },
    });
  });

  it('with other notes: 1, by the member', async () => {
    expect(await report('notes.json', ...fromCsv('data.csv'))).toMatchObject({
      code: 1,
      members: ['notes'],
      figure: null,
    });
  });

  it('by another version: 1, and both versions are named', async () => {
    const { code, out } = await replay('version.json', ...fromCsv('data.csv'));
    expect([code, /computed by fairness\/0; this is fairness\/\d+/.test(out)]).toEqual([1, true]);
  });
});

describe('what cannot be replayed', () => {
  it.each([
    ['a bundle that is invalid', 'forged.json', 1, 'bundle_invalid'],
    ['a bundle without content', 'bare.json', 2, 'opening_missing'],
    ['an event of another type', 'prediction.json', 2, 'not_replayable'],
    ['a single metric', 'metric.json', 2, 'not_replayable'],
    ['options of another kind', 'options.json', 2, 'invalid_value'],
  ])('%s', async (_, bundle, exit, code) => {
    const { code: got, out, err } = await replay(bundle, ...fromCsv('data.csv'), '--json');
    expect([got, out]).toEqual([exit, '']);
    expect((JSON.parse(err) as { error: { code: string } }).error.code).toBe(code);
  });

  it('options that are of the wrong shape, a file that is no bundle, no input', async () => {
    expect((await replay('odd.json', ...fromCsv('data.csv'))).code).toBe(2);
    expect((await replay('data.csv', ...fromCsv('data.csv'))).code).toBe(2);
    expect((await replay('nowhere.json', ...fromCsv('data.csv'))).code).toBe(2);
    expect((await replay('audit.json')).err).toContain('no --input is given');
  });
});

/** Events of a window: each prediction, and, except for every seventh, its outcome. */
function windowEvents(): JsonObject[] {
  return ROWS.labels.flatMap((label, i) => {
    const prediction = {
      id: sampleUuid(2 * i),
      index: 2 * i,
      type: 'prediction',
      refs: [],
      payload: { riskScore: ROWS.predictions[i] === 1 ? 0.8 : 0.2, attributes: { sex: ROWS.attributes.sex[i]! } },
    };
    const outcome = {
      id: sampleUuid(2 * i + 1),
      index: 2 * i + 1,
      type: 'outcome',
      refs: [prediction.id],
      payload: { observed: label === 1 },
    };
    return i % 7 === 0 ? [prediction] : [prediction, outcome];
  });
}

/** `POST /v1/events:search` over events in memory, two hundred a page. */
async function startSearch(
  events: readonly JsonObject[],
  content: (event: JsonObject) => 'open' | 'deidentified' | 'erased',
): Promise<{ readonly url: string; readonly server: Server; readonly bodies: JsonObject[] }> {
  const bodies: JsonObject[] = [];
  const answer = async (request: IncomingMessage): Promise<string> => {
    let text = '';
    for await (const part of request as AsyncIterable<Buffer>) text += part.toString();
    const body = JSON.parse(text) as { types: string[]; cursor?: string; toIndex: number };
    bodies.push(body);
    const found = events.filter((e) => body.types.includes(e['type'] as string) && Number(e['index']) < body.toIndex);
    const from = Number(body.cursor ?? 0);
    const page = found.slice(from, from + 200).map(({ payload, ...event }) => {
      const kind = content({ payload: payload!, ...event });
      return { ...event, content: kind, ...(kind === 'open' ? { opening: { envelope: { payload }, salt: '' } } : {}) };
    });
    return JSON.stringify({ events: page, nextCursor: from + 200 < found.length ? String(from + 200) : null });
  };
  const server = createServer((request, response) => {
    void answer(request).then((text) => {
      response.setHeader('content-type', 'application/json');
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, bodies };
}

describe('an audit of a window of the log', () => {
  const source: WindowSource = {
    model: { name: 'readmission' },
    from: '2026-01-01T00:00:00Z',
    size: 480,
    attributes: ['sex'],
    predictionFrom: 'riskScore',
    labelFrom: 'outcome',
    threshold: 0.5,
  };
  const joined = ROWS.labels.map((_, i) => i).filter((i) => i % 7 !== 0);
  const rows = {
    labels: joined.map((i) => ROWS.labels[i]!),
    predictions: joined.map((i) => ROWS.predictions[i]!),
    scores: joined.map((i) => (ROWS.predictions[i] === 1 ? 0.8 : 0.2)),
    attributes: { sex: joined.map((i) => ROWS.attributes.sex[i]!) },
  };
  const written = recordOf(encodeRows(rows, OPTIONS), OPTIONS, toSource(source));

  async function replayWindow(
    content: Parameters<typeof startSearch>[1],
    ...args: string[]
  ): Promise<CliResult & { readonly bodies: readonly JsonObject[] }> {
    await writeBundle('window.json', written);
    const later = [...windowEvents(), { ...windowEvents()[0]!, id: sampleUuid(999), index: 480 }];
    const { url, server, bodies } = await startSearch(later, content);
    const result = await replay('window.json', '--url', url, ...args);
    server.close();
    return { ...result, bodies };
  }

  it('reads the same window again, nothing that came later, and finds the same bytes', async () => {
    const { code, out, bodies } = await replayWindow(() => 'open');
    expect(out).toContain('Read the window again: 240 predictions, 205 of them with an outcome that counts.');
    expect([code, out.includes('SAME')]).toEqual([0, true]);
    expect(bodies.filter(({ types }) => (types as string[])[0] === 'prediction')[0]).toMatchObject({
      model: { name: 'readmission' },
      occurredFrom: '2026-01-01T00:00:00Z',
      toIndex: 480,
    });
  });

  it('says what was erased meanwhile', async () => {
    const { code, out } = await replayWindow(({ index }) => (index === 2 || index === 9 ? 'erased' : 'open'));
    expect(code).toBe(1);
    expect(out).toContain('The content of 2 rows was lawfully erased since the audit');
    expect(out).toContain('DIFFERENT');
  });

  it('where everything was erased nothing is left to compute: 2', async () => {
    const { code, err } = await replayWindow(() => 'erased');
    expect([code, err.includes('was lawfully erased since the audit')]).toEqual([2, true]);
  });

  it('takes a key that sees content', async () => {
    const { code, err } = await replayWindow(() => 'deidentified', '--json');
    expect([code, (JSON.parse(err) as { error: { code: string } }).error.code]).toEqual([2, 'forbidden']);
  });
});
