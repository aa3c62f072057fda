import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBatchServer, type BatchServer } from '../../support/batch-server.ts';
import { runCli, spawnCli, type CliResult } from '../../support/cli.ts';

const MAPPING = {
  format: 'vericlin-mapping/1',
  csv: { missing: ['?'] },
  events: [
    {
      name: 'prediction',
      type: 'prediction',
      occurredAt: { constant: '2026-01-01T00:00:00Z' },
      subject: { column: 'patient', whenMissing: 'reject' },
      model: { constant: { name: 'm', version: '1' } },
      payload: { riskScore: { column: 'score', type: 'number' } },
    },
    {
      name: 'outcome',
      type: 'outcome',
      occurredAt: { constant: '2026-01-02T00:00:00Z' },
      when: [{ column: 'readmitted', present: true }],
      refs: [{ event: 'prediction' }],
      payload: { observed: { column: 'readmitted', values: { yes: true, no: false } } },
    },
  ],
};

let folder: string;
let service: BatchServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vericlin-import-'));
  service = await startBatchServer();
  await writeFile(at('map.json'), JSON.stringify(MAPPING));
});
afterEach(async () => {
  service.server.close();
  service.server.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

interface Summary {
  rows: number;
  added: number;
  repeated: number;
  rejected: number;
}

async function importFile(name: string, ...args: string[]): Promise<CliResult & { summary: Summary }> {
  const map = name.endsWith('.csv') ? ['--map', at('map.json')] : [];
  const result = await runCli(['import', at(name), ...map, '--url', service.url, '--json', ...args], {
    VERICLIN_API_KEY: 'vk_test',
  });
  return { ...result, summary: (result.out === '' ? {} : JSON.parse(result.out)) as Summary };
}

async function rejects(name: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(at(`${name}.rejects.ndjson`), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function csvOf(rows: number, cell: (n: number) => string = (n) => `${n},0.5,yes`): string {
  return `patient,score,readmitted\n${Array.from({ length: rows }, (_, n) => `${cell(n)}\n`).join('')}`;
}

describe('CSV', () => {
  it('makes the events of each row, in batches of at most 500, with the key as bearer', async () => {
    await writeFile(at('a.csv'), csvOf(1_200));
    const { code, summary } = await importFile('a.csv');
    expect([code, summary]).toEqual([
      0,
      expect.objectContaining({ rows: 1_200, added: 2_400, repeated: 0, rejected: 0 }),
    ]);
    expect(service.events.size).toBe(2_400);
    expect(Math.max(...service.requests)).toBe(500);
    expect([...service.authorizations]).toEqual(['Bearer vk_test']);
    expect(existsSync(at('a.csv.import-state.json'))).toBe(false);
    expect(existsSync(at('a.csv.rejects.ndjson'))).toBe(false);
  });

  it('run again adds nothing: the ids follow from the file', async () => {
    await writeFile(at('a.csv'), csvOf(700));
    await importFile('a.csv');
    const again = await importFile('a.csv');
    expect([again.code, again.summary]).toEqual([0, expect.objectContaining({ added: 0, repeated: 1_400 })]);
  });

  it('names each reject by line, event, code and pointer, and never by its values', async () => {
    const odd: Record<number, string> = {
      1: '?,0.1,yes',
      3: 'p3,7.77,no',
      5: 'p5,secret,yes',
      6: 'p6,0.5,maybe',
      8: 'p8,0.5',
    };
    await writeFile(
      at('a.csv'),
      csvOf(10, (n) => odd[n] ?? `p${n},0.5,yes`),
    );
    const { code, summary } = await importFile('a.csv');
    expect([code, summary]).toEqual([1, expect.objectContaining({ rows: 10, added: 11, rejected: 8 })]);
    expect((await rejects('a.csv')).map(({ line, event, code: why, pointer }) => [line, event, why, pointer])).toEqual([
      [3, 'prediction', 'missing_member', '/subject'],
      [3, 'outcome', 'invalid_ref', '/refs/0'],
      [5, 'prediction', 'invalid_value', '/payload/riskScore'],
      [5, 'outcome', 'unknown_ref', '/refs'],
      [7, 'prediction', 'wrong_type', '/payload/riskScore'],
      [7, 'outcome', 'invalid_ref', '/refs/0'],
      [8, 'outcome', 'invalid_value', '/payload/observed'],
      [10, '*', 'row_malformed', ''],
    ]);
    expect(await readFile(at('a.csv.rejects.ndjson'), 'utf8')).not.toMatch(/7\.77|secret|maybe|p3|p5/);
  });

  it('rejects alone what the service refuses, with what depends on it', async () => {
    await writeFile(at('a.csv'), csvOf(300));
    service.refuse = (event) => (['7', '250'].includes(String(event['subject'])) ? 'invalid_value' : undefined);
    const { code, summary } = await importFile('a.csv');
    expect([code, summary]).toEqual([1, expect.objectContaining({ added: 596, rejected: 4 })]);
    expect((await rejects('a.csv')).map(({ line, event, code: why }) => [line, event, why])).toEqual([
      [9, 'prediction', 'invalid_value'],
      [9, 'outcome', 'unknown_ref'],
      [252, 'prediction', 'invalid_value'],
      [252, 'outcome', 'unknown_ref'],
    ]);
  });

  it('reads quoted cells with line breaks; the line is the one the row ends on', async () => {
    await writeFile(at('a.csv'), '\ufeffpatient,score,readmitted,note\n"p,1",0.5,yes,"two\nlines"\np2,x,yes,\n');
    expect((await importFile('a.csv')).summary).toMatchObject({ rows: 2, added: 2 });
    expect((await rejects('a.csv'))[0]).toMatchObject({ line: 4 });
    expect([...service.events.values()].join()).toContain('"p,1"');
  });

  it('that does not fit the mapping is refused before anything is sent', async () => {
    await writeFile(at('a.csv'), 'patient,readmitted\n1,yes\n');
    expect(await importFile('a.csv')).toMatchObject({ code: 2, err: expect.stringContaining('score') as unknown });
    await writeFile(at('a.csv'), 'patient,score,score,readmitted\n');
    expect(await importFile('a.csv')).toMatchObject({ code: 2, err: expect.stringContaining('twice') as unknown });
    await writeFile(at('a.csv'), '');
    expect(await importFile('a.csv')).toMatchObject({ code: 2, err: expect.stringContaining('header') as unknown });
    expect(await runCli(['import', at('a.csv')])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--map') as unknown,
    });
    expect(service.requests).toEqual([]);
  });

  it('imported with another mapping before stops early and says so', async () => {
    await writeFile(at('a.csv'), csvOf(400));
    await importFile('a.csv');
    await writeFile(
      at('map.json'),
      JSON.stringify(MAPPING).replace('2026-01-01', '2026-01-03').replace('2026-01-02', '2026-01-04'),
    );
    const result = await importFile('a.csv');
    expect([result.code, result.err]).toEqual([1, expect.stringContaining('another mapping')]);
    expect(existsSync(at('a.csv.import-state.json'))).toBe(false);
  });

  it('--dry-run sends nothing, counts, and shows the first events', async () => {
    await writeFile(
      at('a.csv'),
      csvOf(5, (n) => (n === 4 ? '?,1,yes' : `${n},0.5,yes`)),
    );
    const result = await runCli(['import', at('a.csv'), '--map', at('map.json'), '--dry-run', '--show', '1']);
    expect(result.code).toBe(1);
    expect(
      result.out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type),
    ).toEqual(['prediction', 'outcome']);
    expect(result.err).toContain('8 events would be sent, 2 rejected');
    expect(service.requests).toEqual([]);
  });
});

describe('NDJSON', () => {
  const outcome = (id: string | undefined, more: object = {}) =>
    JSON.stringify({
      id,
      type: 'outcome',
      occurredAt: '2026-01-01T00:00:00Z',
      subject: 's',
      payload: { observed: true },
      ...more,
    });
  const uuid = (n: number) => `0197a1c2-0000-7000-8000-${String(n).padStart(12, '0')}`;

  it('is sent as it is; ids that are missing follow from the file', async () => {
    await writeFile(at('e.ndjson'), `${outcome(uuid(1))}\n\n${outcome(undefined)}\r\n${outcome(undefined)}`);
    expect((await importFile('e.ndjson')).summary).toMatchObject({ rows: 3, added: 3 });
    const ids = [...service.events.keys()];
    expect([ids[0], new Set(ids).size]).toEqual([uuid(1), 3]);
    expect((await importFile('e.ndjson')).summary).toMatchObject({ added: 0, repeated: 3 });
  });

  it('is read as strictly as the service reads', async () => {
    const lines = [
      '{"type":',
      '{"type":"outcome","type":"outcome"}',
      outcome(uuid(1)),
      '[]',
      outcome(uuid(2), { more: 1 }),
      Buffer.from([0x22, 0xff, 0x22]),
    ];
    const bytes = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
    await writeFile(at('e.ndjson'), bytes);
    const { code, summary } = await importFile('e.ndjson');
    expect([code, summary]).toEqual([1, expect.objectContaining({ rows: 6, added: 1, rejected: 5 })]);
    expect((await rejects('e.ndjson')).map((reject) => [reject['line'], reject['code']])).toEqual([
      [1, 'json_invalid'],
      [2, 'json_duplicate_member'],
      [4, 'wrong_type'],
      [5, 'unknown_member'],
      [6, 'json_not_utf8'],
    ]);
  });

  it('keeps names of members out of the rejects', async () => {
    await writeFile(at('e.ndjson'), `{"type":"outcome","payload":{"Jane Doe":9007199254740993}}\n`);
    await importFile('e.ndjson');
    expect(await readFile(at('e.ndjson.rejects.ndjson'), 'utf8')).not.toContain('Jane');
  });

  it('refers to events of the batch before, though that is still on its way', async () => {
    const lines = Array.from({ length: 900 }, (_, n) => outcome(uuid(n), n === 600 ? { refs: [uuid(3)] } : {}));
    await writeFile(at('e.ndjson'), lines.join('\n'));
    service.before = async (n) => {
      if (n === 1) await new Promise((resolve) => setTimeout(resolve, 300));
    };
    expect(await importFile('e.ndjson')).toMatchObject({ code: 0, summary: { added: 900 } });
  });

  it('rejects an overlong line without holding it', async () => {
    await writeFile(at('e.ndjson'), `${outcome(uuid(1))}\n"${'x'.repeat(3_000_000)}"\n${outcome(uuid(2))}\n`);
    expect((await importFile('e.ndjson')).summary).toMatchObject({ added: 2, rejected: 1 });
    expect((await rejects('e.ndjson'))[0]).toMatchObject({ line: 2, code: 'json_too_large' });
  });
});

describe('faults of the way', () => {
  it('503 and 429 are tried again, after Retry-After', async () => {
    await writeFile(at('a.csv'), csvOf(10));
    service.faults.push(
      { status: 503, headers: { 'retry-after': '0' } },
      { status: 429, headers: { 'retry-after': '0' } },
    );
    expect(await importFile('a.csv')).toMatchObject({ code: 0, summary: { added: 20 } });
  });

  it('a refused key ends the import and keeps its place', async () => {
    await writeFile(at('a.csv'), csvOf(1_000));
    service.before = (n) => {
      if (n === 2) service.faults.push({ status: 401 }, { status: 401 }, { status: 401 });
    };
    const broken = await importFile('a.csv');
    expect(broken.code).toBe(1);
    const state = JSON.parse(await readFile(at('a.csv.import-state.json'), 'utf8')) as { line: number };
    expect(state.line).toBeGreaterThan(1);
    service.faults.length = 0;
    service.requests.length = 0;
    const resumed = await importFile('a.csv');
    expect(resumed).toMatchObject({ code: 0, err: expect.stringContaining(`after line ${state.line}`) as unknown });
    expect(service.events.size).toBe(2_000);
    expect(service.requests.reduce((sum, count) => sum + count, 0)).toBeLessThan(2_000);
    expect(resumed.summary).toMatchObject({ rows: 1_000, rejected: 0 });
    expect(existsSync(at('a.csv.import-state.json'))).toBe(false);
  });

  it('rejects are neither lost nor doubled by an interruption', async () => {
    const isOdd = (n: number): boolean => n % 100 === 0;
    await writeFile(
      at('a.csv'),
      csvOf(2_000, (n) => (isOdd(n) ? '?,1,?' : `${n},0.5,yes`)),
    );
    service.before = (n) => {
      if (n === 5) service.faults.push({ status: 401 }, { status: 401 }, { status: 401 });
    };
    expect((await importFile('a.csv')).code).toBe(1);
    service.faults.length = 0;
    expect(await importFile('a.csv')).toMatchObject({ code: 1, summary: { rows: 2_000, rejected: 20 } });
    expect((await rejects('a.csv')).map((reject) => reject['line'])).toEqual(
      Array.from({ length: 20 }, (_, i) => i * 100 + 2),
    );
  });

  it('killed at any moment and run again, every event is in once', async () => {
    await writeFile(
      at('a.csv'),
      csvOf(3_000, (n) => (n % 500 === 0 ? '?,1,?' : `${n},0.5,yes`)),
    );
    const args = ['import', at('a.csv'), '--map', at('map.json'), '--url', service.url];
    for (const killAt of [2, 5, 9]) {
      const killWhen = new Promise<void>((resolve) => {
        service.requests.length = 0;
        service.before = (n) => {
          if (n === killAt) resolve();
        };
      });
      expect((await spawnCli(args, { killWhen })).code).toBe(-1);
    }
    service.before = () => undefined;
    expect(await importFile('a.csv')).toMatchObject({ code: 1, summary: { rows: 3_000, rejected: 6 } });
    expect(service.events.size).toBe(2 * (3_000 - 6));
    expect((await rejects('a.csv')).map((reject) => reject['line'])).toEqual([2, 502, 1_002, 1_502, 2_002, 2_502]);
  });

  it('another log at the same address is noticed: the import starts at the first row', async () => {
    await writeFile(at('a.csv'), csvOf(1_000));
    service.before = (n) => {
      if (n === 2) service.faults.push({ status: 401 }, { status: 401 }, { status: 401 });
    };
    await importFile('a.csv');
    service.faults.length = 0;
    service.events.clear();
    const resumed = await importFile('a.csv');
    expect(resumed).toMatchObject({ code: 0, err: expect.stringContaining('starting at the first row') as unknown });
    expect(service.events.size).toBe(2_000);
  });

  it('a service that is away is said to be unreachable, at once', async () => {
    await writeFile(at('a.csv'), csvOf(1));
    const result = await importFile('a.csv', '--url', 'http://127.0.0.1:9');
    expect([result.code, result.err]).toEqual([1, expect.stringContaining('service_unreachable')]);
  });

  it('a service that is no Vericlin is said to be none', async () => {
    await writeFile(at('a.csv'), csvOf(1));
    const result = await importFile('a.csv', '--url', `${service.url}/elsewhere`);
    expect([result.code, result.err]).toEqual([1, expect.stringContaining('not_found')]);
  });
});
