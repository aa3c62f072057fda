import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from 'commander';
import { buildProgram } from '../../../cli/program.ts';
import { retryAfterMs } from '../../../cli/service/connection.ts';
import { expiry } from '../../../cli/service/run-keys.ts';
import { parseMapping } from '../../../cli/import/mapping.ts';
import { parse } from 'yaml';
import { runCli, type CliResult } from '../../support/cli.ts';
import { readDocument } from '../../support/markdown.ts';

function leaves(command: Command, path: readonly string[] = []): string[][] {
  const own = command.commands.filter((one) => one.name() !== 'help');
  if (own.length === 0) return [[...path]];
  return own.flatMap((one) => leaves(one, [...path, one.name()]));
}

const silent = { out: () => undefined, err: () => undefined, progressStream: undefined, env: {} };
const commands = leaves(buildProgram({ terminal: silent, exitCode: 0 }));

describe('every command', () => {
  it('is one of these', () => {
    expect(commands.map((path) => path.join(' ')).sort()).toEqual([
      'audit-peer',
      'devnet down',
      'devnet programs',
      'devnet status',
      'devnet up',
      'events get',
      'events proof',
      'events search',
      'export',
      'fairness',
      'fsck',
      'import',
      'keys create',
      'keys list',
      'keys revoke',
      'keys rotate-kek',
      'replay',
      'serve',
      'verify',
    ]);
  });

  it.each(commands)('%s %s has help with examples on stdout', async (...path) => {
    const { code, out, err } = await runCli([...path.filter((name) => typeof name === 'string'), '--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/Examples?:\n {2}.*vericlin /);
  });

  it.each(commands.filter(([name]) => name !== 'serve'))('%s %s has --json', async (...path) => {
    expect((await runCli([...path.filter((name) => typeof name === 'string'), '--help'])).out).toContain('--json');
  });

  it.each(commands)('%s %s refuses an unknown option with 2', async (...path) => {
    const { code, out, err } = await runCli([...path.filter((name) => typeof name === 'string'), '--no-such-option']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('error: ');
  });

  it('is told apart from one that does not exist', async () => {
    expect((await runCli(['replay'])).code).toBe(2);
    expect((await runCli([])).code).toBe(2);
    expect((await runCli(['keys'])).code).toBe(2);
    expect(await runCli(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as unknown,
    });
  });
});

describe('talking to a service', () => {
  let folder: string;
  let server: Server;
  let url: string;
  let answers: { status: number; body: unknown; headers?: Record<string, string> }[];
  let seen: {
    method: string | undefined;
    path: string | undefined;
    key: string | undefined;
    body: string;
    accept: string | undefined;
  }[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vericlin-cli-'));
    answers = [];
    seen = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        const { authorization: key, accept } = request.headers;
        seen.push({ method: request.method, path: request.url, key, body, accept });
        const next = answers.shift() ?? { status: 500, body: {} };
        response.writeHead(next.status, next.headers ?? {});
        response.end(typeof next.body === 'string' ? next.body : JSON.stringify(next.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });

  const id = '0197A1C2-5a3e-7000-8000-000000000001';
  const cli = (args: string[], env: Record<string, string> = {}): Promise<CliResult> =>
    runCli([...args, '--url', url], env);
  const key = {
    id,
    role: 'auditor',
    name: 'n',
    actor: 'a',
    grants: ['phi'],
    prefix: 'vk_abc',
    createdAt: 't',
    expiresAt: 'later',
    revokedAt: null,
    lastUsedAt: null,
  };

  it('sends the key of --key-file, and else of VERICLIN_API_KEY', async () => {
    await writeFile(join(folder, 'k'), 'vk_file\n');
    answers.push({ status: 200, body: { a: 1 } }, { status: 200, body: {} }, { status: 200, body: {} });
    const { out } = await cli(['events', 'get', id, '--key-file', join(folder, 'k')], { VERICLIN_API_KEY: 'vk_env' });
    await cli(['events', 'get', id], { VERICLIN_API_KEY: 'vk_env' });
    await cli(['events', 'get', id]);
    expect(JSON.parse(out)).toEqual({ a: 1 });
    expect(seen.map((one) => one.key)).toEqual(['Bearer vk_file', 'Bearer vk_env', undefined]);
    expect(seen[0]?.path).toBe(`/v1/events/${id.toLowerCase()}`);
  });

  it('makes a refusal readable: title, detail, code, place, and what to do next', async () => {
    const problem = {
      status: 401,
      code: 'unauthenticated',
      title: 'No valid key',
      detail: 'It has expired.',
      pointer: '/x',
    };
    answers.push({ status: 401, body: problem }, { status: 401, body: problem });
    const { code, out, err } = await cli(['events', 'get', id]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      'vericlin: No valid key: It has expired. (unauthenticated, at "/x")\nGive a key that is valid and not expired: --key-file <file> or VERICLIN_API_KEY.\n',
    );
    const json = await cli(['events', 'get', id, '--json']);
    expect(JSON.parse(json.err)).toMatchObject({
      error: { code: 'unauthenticated', next: expect.any(String) as unknown },
    });
  });

  it('survives an answer that is no problem document, and one that is no JSON', async () => {
    answers.push({ status: 502, body: '<html>Bad gateway</html>' }, { status: 200, body: '<html></html>' });
    expect(await cli(['events', 'get', id])).toMatchObject({
      code: 1,
      err: expect.stringContaining('http_502') as unknown,
    });
    expect(await cli(['events', 'get', id])).toMatchObject({
      code: 1,
      err: expect.stringContaining('--url') as unknown,
    });
  });

  it('tries again on 503 and 429, and waits as long as it is told', async () => {
    answers.push(
      { status: 503, body: {}, headers: { 'retry-after': '0' } },
      { status: 429, body: {} },
      { status: 200, body: {} },
    );
    expect((await cli(['events', 'get', id])).code).toBe(0);
    expect(seen).toHaveLength(3);
    expect([retryAfterMs('2'), retryAfterMs(null), retryAfterMs('soon')]).toEqual([2_000, undefined, undefined]);
    expect(retryAfterMs('Tue, 24 Nov 2026 10:00:05 GMT', Date.parse('2026-11-24T10:00:00Z'))).toBe(5_000);
  });

  it('never makes a key twice by trying again', async () => {
    answers.push({ status: 503, body: { code: 'stopping' } });
    expect((await cli(['keys', 'create', '--role', 'auditor', '--name', 'n'])).code).toBe(1);
    expect(seen).toHaveLength(1);
  });

  it('writes a secret into a new file for its owner alone, and not to the terminal', async () => {
    const file = join(folder, 'auditor.key');
    answers.push({ status: 201, body: { ...key, key: 'vk_secret' } });
    const { code, out, err } = await cli([
      'keys',
      'create',
      '--role',
      'auditor',
      '--name',
      'n',
      '--grant',
      'phi',
      '--expires-in',
      '2w',
      '--out',
      file,
    ]);
    expect(code).toBe(0);
    expect(out + err).not.toContain('vk_secret');
    expect(await readFile(file, 'utf8')).toBe('vk_secret\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const body = JSON.parse(seen[0]?.body ?? '') as { expiresAt: string };
    expect(body).toMatchObject({ role: 'auditor', name: 'n', grants: ['phi'] });
    expect(Date.parse(body.expiresAt) - Date.now()).toBeGreaterThan(13.9 * 86_400_000);
    expect((await cli(['keys', 'create', '--role', 'auditor', '--name', 'n', '--out', file])).code).toBe(2);
    expect(seen).toHaveLength(1);
  });

  it('prints a secret alone on stdout, so that it can be piped', async () => {
    answers.push({ status: 201, body: { ...key, key: 'vk_secret' } });
    expect((await cli(['keys', 'create', '--role', 'auditor', '--name', 'n'])).out).toBe('vk_secret\n');
  });

  it('lists keys as a table in which nothing can move the cursor', async () => {
    answers.push({ status: 200, body: { keys: [{ ...key, name: 'evil\u001b[2Jname' }] } });
    const { out } = await cli(['keys', 'list']);
    expect(out).toContain('evil\\u001b[2Jname');
    expect(out).not.toContain('\u001b');
  });

  it('searches page by page up to the limit; conditions that may be PHI come from a file, never from the arguments', async () => {
    const event = (n: number) => ({ id: `id-${n}`, index: n, type: 'prediction', recordedAt: 't' });
    answers.push(
      { status: 200, body: { events: [event(1), event(2)], nextCursor: 'c1' } },
      { status: 200, body: { events: [event(3)], nextCursor: 'c2' } },
    );
    await writeFile(join(folder, 'q.json'), '{"subject":"MRN-0042"}');
    const args = [
      '--type',
      'prediction',
      '--model',
      'readmission@3.1.0',
      '--from-index',
      '1',
      '--query',
      join(folder, 'q.json'),
    ];
    const { code, out } = await cli(['events', 'search', ...args, '--limit', '3', '--json']);
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { index: number }).index),
    ).toEqual([1, 2, 3]);
    expect(seen.map((one) => JSON.parse(one.body) as unknown)).toEqual([
      {
        subject: 'MRN-0042',
        types: ['prediction'],
        model: { name: 'readmission', version: '3.1.0' },
        fromIndex: 1,
        limit: 3,
      },
      {
        subject: 'MRN-0042',
        types: ['prediction'],
        model: { name: 'readmission', version: '3.1.0' },
        fromIndex: 1,
        limit: 1,
        cursor: 'c1',
      },
    ]);
    expect(seen.every((one) => one.path === '/v1/events:search')).toBe(true);
  });

  it('writes a proof exactly as it came', async () => {
    answers.push({ status: 200, body: '{ "format" : "x" }' }, { status: 200, body: 'c2sp.org/tlog-proof@v1\n' });
    await cli(['events', 'proof', id, '--out', join(folder, 'p.json')]);
    await cli(['events', 'proof', id, '--opening', '--tlog-proof', '--out', join(folder, 'p.txt')]);
    expect(await readFile(join(folder, 'p.json'), 'utf8')).toBe('{ "format" : "x" }');
    expect(seen.map((one) => [one.path?.split('/').at(-1), one.accept])).toEqual([
      ['proof', 'application/json'],
      ['proof?opening=true', 'text/plain'],
    ]);
    expect((await stat(join(folder, 'p.txt'))).mode & 0o777).toBe(0o600);
  });

  it.each([
    [['events', 'get', '../keys']],
    [['events', 'search', '--limit', 'x']],
    [['events', 'search', '--query', '/nowhere']],
    [['keys', 'revoke', 'x']],
    [['keys', 'create', '--role', 'king', '--name', 'n']],
    [['keys', 'create', '--role', 'auditor', '--name', 'n', '--expires-in', '0d']],
    [['events', 'get', id, '--key-file', '/nowhere']],
    [['events', 'get', id, '--url', 'ftp://x']],
    [['events', 'get', id, '--url', 'http://user:pw@127.0.0.1/']],
  ])('%j is unusable: 2, and nothing is sent', async (args) => {
    const { code, out, err } = await runCli(args.includes('--url') ? args : [...args, '--url', url]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^vericlin: /);
    expect(seen).toEqual([]);
  });
});

describe('durations', () => {
  it.each([
    ['90m', 90 * 60_000],
    ['12h', 12 * 3_600_000],
    ['30d', 30 * 86_400_000],
    ['52w', 52 * 604_800_000],
  ])('%s', (text, lengthMs) => {
    expect(Date.parse(expiry(text, 1_000)) - 1_000).toBe(lengthMs);
  });

  it.each(['', '30', 'd', '-1d', '1y', '1.5d', '0h'])('%j is refused', (text) => {
    expect(() => expiry(text, 0)).toThrow('--expires-in');
  });
});

describe('docs/import.md', () => {
  it('shows a mapping that is valid', () => {
    const [block] = readDocument('docs/import.md').blocks.filter(({ language }) => language === 'yaml');
    expect(parseMapping(parse(block?.text ?? '')).events).toHaveLength(2);
  });
});
