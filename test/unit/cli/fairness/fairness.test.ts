import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../../../fairness/audit/audit.ts';
import type { AuditResult, AuditRows } from '../../../../fairness/audit-types.ts';
import { digestColumns } from '../../../../fairness/digest.ts';
import { encodeRows } from '../../../../fairness/encode.ts';
import { runCli, spawnCli, type CliResult } from '../../../support/cli.ts';
import { readDocument } from '../../../support/markdown.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vericlin-fairness-'));
  await writeFile(at('data.csv'), csvOf(ROWS));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

interface Row {
  readonly sex: string;
  readonly age: string;
  readonly y: string;
  readonly yhat: string;
  readonly p: string;
}
/** Men are selected two times in three, women one time in three. */
const ROWS: readonly Row[] = Array.from({ length: 600 }, (_, i) => {
  const isWoman = i % 2 === 0;
  const isSelected = i % 3 === 0 || (!isWoman && i % 3 === 1);
  return {
    sex: isWoman ? 'F' : 'M',
    age: String(20 + (i % 60)),
    y: String(Number(i % 5 < 2)),
    yhat: String(Number(isSelected)),
    p: (isSelected ? 0.75 : 0.25).toFixed(2),
  };
});

function csvOf(rows: readonly Row[]): string {
  return `id,sex,age,y,yhat,p\n${rows.map((row, i) => `${i},${row.sex},${row.age},${row.y},${row.yhat},${row.p}\n`).join('')}`;
}

const COLUMNS = ['--label', 'y', '--prediction', 'yhat', '--attribute', 'sex'];

interface JsonResult extends AuditResult {
  readonly datasetDigest: string;
  readonly options: Readonly<Record<string, unknown>>;
}
async function run(name: string, ...args: string[]): Promise<CliResult> {
  return await runCli(['fairness', at(name), ...args]);
}
async function json(name: string, ...args: string[]): Promise<JsonResult> {
  const { code, out, err } = await run(name, ...args, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as JsonResult;
}
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('vericlin fairness', () => {
  it('gives with --json what the audit of the same rows in memory gives, and their digest', async () => {
    const { datasetDigest, options, ...result } = await json('data.csv', ...COLUMNS, '--reference', 'sex=M');
    const rows = {
      labels: ROWS.map(({ y }) => y),
      predictions: ROWS.map(({ yhat }) => yhat),
      attributes: { sex: ROWS.map(({ sex }) => sex) },
    };
    const asked = { reference: { sex: 'M' } };
    const columns = encodeRows(rows, asked);
    expect(result).toEqual(plain(audit(columns, asked)));
    const digest = Buffer.from(digestColumns(columns, createHash('sha256'))).toString('hex');
    expect(datasetDigest).toBe(`sha256:${digest}`);
    expect(options).toMatchObject({ profile: 'strict', seed: '0', reference: { sex: 'M' } });
  });

  it('says what was found in words, with tables and a plot, and exits 0', async () => {
    const { code, out, err } = await run('data.csv', ...COLUMNS, '--reference', 'sex=M');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('data.csv: 600 rows, profile strict, favourable 1');
    expect(out).toMatch(/^sex, compared with M$/m);
    expect(out).toMatch(/^F +300 /m);
    expect(out).toMatch(/^\d\. Disparate impact of sex F against M is 0\.5 /m);
    expect(out).not.toMatch(/NaN|Infinity/);
  });

  it('reads the same rows from NDJSON and from JSON columns', async () => {
    await writeFile(at('data.ndjson'), ROWS.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const columns = {
      labels: ROWS.map(({ y }) => Number(y)),
      predictions: ROWS.map(({ yhat }) => (yhat === '1' ? 1 : 0)),
      attributes: { sex: ROWS.map(({ sex }) => sex) },
    };
    await writeFile(at('rows.json'), JSON.stringify(columns));
    const csv = await json('data.csv', ...COLUMNS);
    expect(await json('data.ndjson', ...COLUMNS)).toEqual(csv);
    expect(await json('rows.json')).toEqual(csv);
  });

  it('takes every option to the audit', async () => {
    const { options } = await json(
      'data.csv',
      ...[
        '--label',
        'y',
        '--score',
        'p',
        '--attribute',
        'sex',
        '--attribute',
        'age',
        '--bins',
        'age=40,60:young,middle,old',
      ],
      ...['--favorable', '1', '--favorable', 'yes', '--missing', '?', '--reference', 'sex=F', '--reference', 'age=old'],
      ...[
        '--reference-rule',
        'majority',
        '--intersections',
        '2',
        '--minimum-cell',
        '10',
        '--metric',
        'disparate_impact',
      ],
      ...['--metric', 'selection_rate', '--threshold', '0.4', '--threshold', '0.6', '--bound', 'disparate_impact=0.9'],
      ...['--level', '.9', '--rate-interval', 'clopper-pearson', '--ratio-interval', 'katz', '--resamples', '0'],
      ...['--adjustment', 'benjamini-hochberg', '--seed', 'x'],
    );
    expect(options).toMatchObject({
      favorable: ['1', 'yes'],
      missing: ['?'],
      reference: { sex: 'F', age: 'old' },
      referenceRule: 'majority',
      intersections: 2,
      minimumCell: 10,
      metrics: ['selection_rate', 'disparate_impact'],
      thresholds: [0.4, 0.6],
      bounds: { disparate_impact: 0.9 },
      bins: { age: { edges: [40, 60], names: ['young', 'middle', 'old'] } },
      level: 0.9,
      rateInterval: 'clopper-pearson',
      ratioInterval: 'katz',
      resamples: 0,
      adjustment: 'benjamini-hochberg',
      seed: 'x',
    });
  });

  it('measures intersections and missing values as groups of their own', async () => {
    const rows = ROWS.map((row, i) => (i % 10 === 0 ? { ...row, sex: '?' } : row));
    await writeFile(at('missing.csv'), csvOf(rows));
    const { metrics } = await json(
      'missing.csv',
      ...COLUMNS,
      '--attribute',
      'yhat',
      '--missing',
      '?',
      '--intersections',
      '2',
    );
    const groups = new Set(metrics.filter(({ attribute }) => attribute === 'sex*yhat').map(({ group }) => group));
    expect(groups).toContain('(missing)*1');
  });

  it('reads features for consistency, the same from each kind of file', async () => {
    const rows = ROWS.map((row, i) => ({ ...row, f: (i * 37) % 101 }));
    await writeFile(
      at('f.csv'),
      `sex,yhat,f,age\n${rows.map((r) => `${r.sex},${r.yhat},${r.f}.5,${r.age}\n`).join('')}`,
    );
    await writeFile(
      at('f.ndjson'),
      rows.map(({ sex, yhat, f, age }) => `${JSON.stringify({ sex, yhat, f: f + 0.5, age: Number(age) })}\n`).join(''),
    );
    const columns = {
      predictions: rows.map(({ yhat }) => yhat),
      attributes: { sex: rows.map(({ sex }) => sex) },
      features: { f: rows.map(({ f }) => f + 0.5), age: rows.map(({ age }) => Number(age)) },
    };
    await writeFile(at('f.json'), JSON.stringify(columns));
    const metric = ['--metric', 'consistency'];
    const named = ['--prediction', 'yhat', '--attribute', 'sex', '--feature', 'f', '--feature', 'age', ...metric];
    const fromCsv = await json('f.csv', ...named);
    expect(fromCsv.metrics.map(({ status }) => status)).toContain('ok');
    expect(await json('f.ndjson', ...named)).toEqual(fromCsv);
    expect(await json('f.json', ...metric)).toEqual(fromCsv);
    const { code, err } = await run('f.csv', '--prediction', 'yhat', '--attribute', 'f', '--feature', 'sex');
    expect([code, err]).toEqual([2, expect.stringContaining('row 1 (line 2): column "sex" holds no number')]);
  });

  it.each(['aif360@0.6', 'fairlearn@0.15', 'aequitas@1.1'])('follows the profile %s', async (profile) => {
    const { metrics } = await json('data.csv', ...COLUMNS, '--profile', profile, '--reference', 'sex=M');
    expect(new Set(metrics.map(({ convention }) => convention))).toEqual(new Set([profile]));
    const { code, out } = await run('data.csv', ...COLUMNS, '--profile', profile, '--reference', 'sex=M');
    expect([code, out.includes(`profile ${profile}`)]).toEqual([0, true]);
  });

  it('writes the plot, the same bytes each time', async () => {
    await run('data.csv', ...COLUMNS, '--plot', at('a.svg'));
    await run('data.csv', ...COLUMNS, '--plot', at('b.svg'));
    const svg = await readFile(at('a.svg'), 'utf8');
    expect(await readFile(at('b.svg'), 'utf8')).toBe(svg);
    expect(svg).toMatch(/^<\?xml .*\n<svg .*role="img"/);
    expect((await run('data.csv', ...COLUMNS, '--plot', at('no/such/folder.svg'))).code).toBe(2);
  });

  it('lists the metrics with their formulas', async () => {
    const { out } = await runCli(['fairness', '--list-metrics']);
    expect(out).toMatch(/^\* disparate_impact +comparison +selection_rate of g \/ of r$/m);
    const listed = JSON.parse((await runCli(['fairness', '--list-metrics', '--json'])).out) as { metrics: object[] };
    expect(listed.metrics.length).toBeGreaterThan(60);
  });

  it('runs as a process of its own', async () => {
    const { code, out } = await spawnCli(['fairness', at('data.csv'), ...COLUMNS], { env: { LANG: 'C.UTF-8' } });
    expect([code, out.includes('─')]).toEqual([0, true]);
  });
});

describe('what cannot be used', () => {
  it.each([
    ['no file', [], /no file is given/, 'missing_member'],
    ['a file that is not there', ['nowhere.csv', ...COLUMNS], /cannot read .*ENOENT/, 'file_unreadable'],
    ['a folder', ['.', ...COLUMNS], /cannot read .*EISDIR/, 'file_unreadable'],
    ['no attribute', ['data.csv', '--label', 'y'], /no --attribute is given/, 'missing_member'],
    ['nothing to measure', ['data.csv', '--attribute', 'sex'], /there is nothing to measure/, 'missing_member'],
    ['an unknown column', ['data.csv', ...COLUMNS, '--score', 'q'], /no column "q"/, 'unknown_column'],
    ['an attribute twice', ['data.csv', ...COLUMNS, '--attribute', 'sex'], /--attribute: /, 'invalid_value'],
    [
      'a reference of no attribute',
      ['data.csv', ...COLUMNS, '--reference', 'race=A'],
      /--reference does not begin/,
      'invalid_value',
    ],
    [
      'a reference that does not occur',
      ['data.csv', ...COLUMNS, '--reference', 'sex=X'],
      /--reference sex=…: /,
      'unknown_group',
    ],
    [
      'a reference twice',
      ['data.csv', ...COLUMNS, '--reference', 'sex=F', '--reference', 'sex=M'],
      /"sex" twice/,
      'invalid_value',
    ],
    [
      'an unknown profile',
      ['data.csv', ...COLUMNS, '--profile', 'aif360'],
      /--profile: .*aif360@0\.6/,
      'invalid_value',
    ],
    ['an unknown metric', ['data.csv', ...COLUMNS, '--metric', 'fairness'], /--metric: /, 'unknown_metric'],
    ['a level that is none', ['data.csv', ...COLUMNS, '--level', 'high'], /--level needs a number/, 'invalid_value'],
    ['a level out of range', ['data.csv', ...COLUMNS, '--level', '2'], /--level: /, 'invalid_value'],
    ['bins without names', ['data.csv', ...COLUMNS, '--bins', 'sex=1,2'], /--bins needs edges/, 'invalid_value'],
    ['bins that descend', ['data.csv', ...COLUMNS, '--bins', 'sex=2,1:a,b,c'], /--bins sex=…: /, 'invalid_value'],
    [
      'a bound without a number',
      ['data.csv', ...COLUMNS, '--bound', 'disparate_impact'],
      /--bound needs/,
      'invalid_value',
    ],
    ['a delimiter that is none', ['data.csv', ...COLUMNS, '--delimiter', ';;'], /--delimiter is one/, 'invalid_value'],
    [
      'the wrong delimiter',
      ['data.csv', ...COLUMNS, '--delimiter', ';'],
      /no column "y", "yhat", "sex"/,
      'unknown_column',
    ],
    [
      'several thresholds without scores',
      ['data.csv', ...COLUMNS, '--threshold', '.1', '--threshold', '.2'],
      /--score: /,
      'missing_member',
    ],
    ['an unknown demonstration', ['--demo', 'two-answers'], /no such demonstration/, 'invalid_value'],
  ])('%s: exit 2 and a code', async (_, args, message, code) => {
    const given = args.map((arg) => (/^(data|nowhere)\.csv$|^\.$/.test(arg) ? at(arg) : arg));
    const { code: exit, out, err } = await runCli(['fairness', ...given, '--json']);
    expect([exit, out]).toEqual([2, '']);
    const { error } = JSON.parse(err) as { error: { code: string; message: string } };
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  it.each([
    ['a score that is no number', 'secret', /row 3 \(line 4\): column "p" holds no number/, 'wrong_type'],
    ['a score that is missing', '', /row 3 \(line 4\): column "p" is empty/, 'wrong_type'],
    ['a score above 1', '7.25', /row 3 \(line 4\): --score: /, 'invalid_value'],
  ])('%s is named by row, never by value', async (_, cell, message, code) => {
    await writeFile(at('bad.csv'), csvOf(ROWS.map((row, i) => (i === 2 ? { ...row, p: cell } : row))));
    const { code: exit, err } = await run('bad.csv', '--score', 'p', '--attribute', 'sex', '--json');
    const { error } = JSON.parse(err) as { error: { code: string; message: string } };
    expect([exit, error.code]).toEqual([2, code]);
    expect(error.message).toMatch(message);
    if (cell !== '') expect(err).not.toContain(cell);
  });

  it('an attribute with bins that is no number is named by row', async () => {
    await writeFile(at('bins.csv'), csvOf(ROWS.map((row, i) => (i === 4 ? { ...row, age: 'secret' } : row))));
    const { code, err } = await run('bins.csv', '--label', 'y', '--attribute', 'age', '--bins', 'age=40:young,old');
    expect(code).toBe(2);
    expect(err).toMatch(/row 5 \(line 6\): --attribute: /);
    expect(err).not.toContain('secret');
  });

  it('NDJSON with lines that are no objects, members that are no values, members that never occur', async () => {
    const line = JSON.stringify(ROWS[0]);
    const cases: readonly [string, RegExp][] = [
      [`${line}\n[1]\n`, /row 2 \(line 2\): the line is no JSON object/],
      [`${line}\n{"secret\n`, /row 2 \(line 2\): the line is no JSON object/],
      [`{"y": 1, "yhat": {"a": 1}, "sex": "F"}\n`, /row 1 \(line 1\): "yhat" is neither text/],
      [`{"y": 1, "sex": "F"}\n`, /no row has a member "yhat"/],
    ];
    for (const [content, message] of cases) {
      await writeFile(at('bad.ndjson'), content);
      const { code, err } = await run('bad.ndjson', ...COLUMNS);
      expect(code).toBe(2);
      expect(err).toMatch(message);
      expect(err).not.toContain('secret');
    }
  });

  it('JSON columns with options, of different length, or none', async () => {
    const cases: readonly [unknown, RegExp][] = [
      [{ labels: [1], attributes: { sex: ['F'] }, profile: 'strict' }, /holds more than rows: "profile"/],
      [{ labels: [1, 0], attributes: { sex: ['F'] } }, /same number of rows/],
      [{ labels: [1, [0]], attributes: { sex: ['F', 'M'] } }, /row 2: labels holds neither/],
      [{ labels: [1] }, /no object "attributes"/],
      [{ labels: [1], attributes: ['F'] }, /attributes is no object/],
      [{ labels: [1], attributes: { sex: 'F' } }, /attributes "sex" is no array/],
      [{ labels: [], attributes: { sex: [] } }, /There is no row/],
      [[1], /does not hold one JSON object/],
    ];
    for (const [content, message] of cases) {
      await writeFile(at('bad.json'), JSON.stringify(content));
      const { code, err } = await run('bad.json');
      expect([code, err]).toEqual([2, expect.stringMatching(message)]);
    }
  });

  it('a file without rows', async () => {
    await writeFile(at('empty.csv'), 'sex,y,yhat\n');
    const { code, err } = await run('empty.csv', ...COLUMNS);
    expect([code, err]).toEqual([2, expect.stringContaining('There is no row')]);
  });

  it('an attribute that is an identifier: too many groups, by row', async () => {
    await writeFile(at('ids.csv'), `id,y\n${Array.from({ length: 5_000 }, (_, i) => `p${i},1\n`).join('')}`);
    const { code, err } = await run('ids.csv', '--label', 'y', '--attribute', 'id', '--json');
    expect([code, (JSON.parse(err) as { error: { code: string } }).error.code]).toEqual([2, 'too_many_groups']);
  });
});

describe('the demonstration', () => {
  it('shows three answers and the strict one on one screen', async () => {
    const { code, out, err } = await runCli(['fairness', '--demo', 'three-answers']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^aif360@0\.6 +0\.0 /m);
    expect(out).toMatch(/^fairlearn@0\.15 +1\.0 /m);
    expect(out).toMatch(/^aequitas@1\.1 +NaN /m);
    expect(out).toMatch(/^strict +undefined +no answer: group A has no positives$/m);
    expect(out).toMatch(/^true_positive_rate +A +undefined: nobody has the favourable label/m);
    expect(out).toMatch(/^false_positive_rate_difference +A against B +0\.000 +-0\.\d+ to 0\.\d+$/m);
    const lines = out.split('\n');
    expect(lines.length).toBeLessThan(35);
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  it('is what the README shows', async () => {
    const { out } = await runCli(['fairness', '--demo', 'three-answers']);
    const shown = readDocument('README.md').blocks.find(({ text }) => text.includes('fairlearn@0.15'));
    expect(shown).toBeDefined();
    expect(out).toContain(`\n${shown?.text ?? ''}\n`);
  });

  it('has the figures with --json', async () => {
    const { out } = await runCli(['fairness', '--demo', 'three-answers', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      answers: [
        { profile: 'aif360@0.6', figure: { value: 0, strict: { value: null, reason: 'no_positives' } } },
        { profile: 'fairlearn@0.15', figure: { value: 1 } },
        { profile: 'aequitas@1.1', figure: { value: null, libraryValue: 'NaN' } },
      ],
      strict: { figure: { value: null, status: 'undefined', reason: 'no_positives', where: 'group' } },
    });
  });
});

describe('--post', () => {
  interface Posted {
    readonly authorization: string | undefined;
    readonly body: Readonly<Record<string, unknown>> & { readonly id: string };
  }

  /** Answers `POST /v1/fairness/audits` with the audit of the rows that it gets, or with a problem. */
  async function startAudits(problem?: { status: number; code: string }): Promise<{
    readonly url: string;
    readonly posted: Posted[];
    readonly close: () => void;
  }> {
    const posted: Posted[] = [];
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(parts).toString()) as Posted['body'];
        posted.push({ authorization: request.headers.authorization, body });
        const { id, labels, predictions, attributes, ...options } = body;
        const rows = { labels, predictions, attributes } as AuditRows;
        response.writeHead(problem?.status ?? 201, { 'content-type': 'application/json' });
        const result = audit(encodeRows(rows, options), options);
        const event = { id, index: 7, checkpoint: '…' };
        response.end(JSON.stringify(problem ?? { auditId: id, joined: null, ...result, event }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, posted, close: () => void server.close() };
  }

  it('sends the rows as they stand in the file and only the options that were given, and shows what was recorded', async () => {
    const { url, posted, close } = await startAudits();
    const args = ['fairness', at('data.csv'), ...COLUMNS, '--reference', 'sex=M', '--post', '--url', url];
    const { code, out, err } = await runCli(args, { VERICLIN_API_KEY: 'vk_test' });
    close();
    expect(code).toBe(0);
    const [request] = posted;
    expect(request?.authorization).toBe('Bearer vk_test');
    expect(request?.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      labels: ROWS.map(({ y }) => y),
      predictions: ROWS.map(({ yhat }) => yhat),
      attributes: { sex: ROWS.map(({ sex }) => sex) },
      reference: { sex: 'M' },
    });
    expect(out).toMatch(/Disparate impact of sex F against M is 0\.5 /);
    expect(err).toContain(`Recorded as event ${request?.body.id ?? ''}, index 7.`);
  });

  it('has the event with --json, and 1 where the service refuses', async () => {
    const accepting = await startAudits();
    const args = ['fairness', at('data.csv'), ...COLUMNS, '--post', '--json', '--url'];
    const { out } = await runCli([...args, accepting.url]);
    accepting.close();
    expect(JSON.parse(out)).toMatchObject({ n: 600, event: { index: 7 } });
    const refusing = await startAudits({ status: 403, code: 'forbidden' });
    const { code, err } = await runCli([...args, refusing.url]);
    refusing.close();
    expect([code, (JSON.parse(err) as { error: { code: string } }).error.code]).toEqual([1, 'forbidden']);
  });
});
