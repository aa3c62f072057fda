/** The service under test, as a user starts it, and the load process beside it. @module */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadJob, LoadSummary } from './load-process.ts';

export interface BenchService {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly secondsToReady: number;
  readonly adminKey: string;
  readonly residentMiB: () => number;
  /** CPU seconds (user and system) so far, of the service and of its PostgreSQL. */
  readonly cpuSeconds: () => { readonly service: number; readonly postgres: number };
  readonly stop: (options?: { readonly keepData: boolean }) => Promise<void>;
}

const DIST = join(import.meta.dirname, '..', '..');

/** Starts `vericlin serve` with an embedded database in a folder of its own. */
export async function startService(
  dataDir = mkdtempSync(join(tmpdir(), 'vericlin-bench-')),
  adminKey?: string,
): Promise<BenchService> {
  const started = performance.now();
  const { VERICLIN_BENCH_NODE_FLAGS: _flags, ...inherited } = process.env;
  const env = { ...inherited, VERICLIN_DATA_DIR: dataDir, VERICLIN_PORT: '0', VERICLIN_LOG_LEVEL: 'warn' };
  const child = spawn(
    process.execPath,
    [...(process.env['VERICLIN_BENCH_NODE_FLAGS']?.split(' ') ?? []), join(DIST, 'cli', 'main.js'), 'serve'],
    { env, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines = await firstLines(child);
  const secondsToReady = (performance.now() - started) / 1000;
  const [, host = '', port = ''] = /listening on http:\/\/(.+):(\d+)/.exec(lines) ?? [];
  const key = /bootstrap key: (\S+)/.exec(lines)?.[1] ?? adminKey ?? '';
  return {
    host,
    port: Number(port),
    dataDir,
    secondsToReady,
    adminKey: key,
    residentMiB: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    cpuSeconds: () => ({ service: cpuOf(child.pid ?? 0), postgres: postgresCpu(dataDir) }),
    stop: async ({ keepData } = { keepData: false }) => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      if (!keepData) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const CLOCK_TICKS = 100;

/** utime + stime of /proc/PID/stat, with those of ended children where asked for. */
function cpuOf(pid: number, withChildren = false): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return [11, 12, ...(withChildren ? [13, 14] : [])].reduce((sum, at) => sum + Number(fields[at]), 0) / CLOCK_TICKS;
  } catch {
    return 0;
  }
}

function postgresCpu(dataDir: string): number {
  const postmaster = Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  return children.reduce((sum, pid) => sum + cpuOf(pid), cpuOf(postmaster, true));
}

function firstLines(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('listening on')) resolve(text);
    });
    child.once('exit', (code) => {
      reject(new Error(`the service ended with ${code ?? 'a signal'} before it was ready`));
    });
  });
}

/** Makes an API key over HTTP. */
export async function makeKey(service: BenchService, role: string): Promise<string> {
  const response = await fetch(`http://${service.host}:${service.port}/v1/keys`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${service.adminKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ role, name: `bench-${role}` }),
  });
  const { key } = (await response.json()) as { key?: string };
  if (key === undefined) throw new Error(`no key for ${role}: ${response.status}`);
  return key;
}

/** Runs one job in the load process. */
export function load(job: LoadJob): Promise<LoadSummary> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'load-process.js'));
    child.once('message', (message: { summary?: LoadSummary; error?: string }) => {
      child.kill();
      if (message.summary === undefined) reject(new Error(message.error ?? 'the load process failed'));
      else resolve(message.summary);
    });
    child.send(job);
  });
}
