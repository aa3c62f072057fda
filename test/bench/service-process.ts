/** The service under test, as a user starts it, and the load process beside it. @module */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadJob, LoadSummary } from './load-process.ts';
import { cpuSecondsOf, endPostgres, postgresCpuSeconds } from './postgres-process.ts';

/** A running service. */
export interface BenchService {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly secondsToReady: number;
  readonly adminKey: string;
  /** RSS in MB (10^6 bytes), of the service without PostgreSQL; NaN where there is no /proc. */
  readonly residentMb: () => number;
  /** CPU seconds (user and system) so far, of the service and of its PostgreSQL. */
  readonly cpuSeconds: () => { readonly service: number; readonly postgres: number };
  readonly stop: (options?: { readonly keepData: boolean }) => Promise<void>;
}

export interface ServiceOptions {
  /** Of an existing data folder. */
  readonly adminKey?: string;
  /** Unset: nothing is anchored. */
  readonly fabricProfile?: string;
}

const DIST = join(import.meta.dirname, '..', '..');

/** The compiled `vericlin` command. */
export const COMMAND = join(DIST, 'cli', 'main.js');

/** This process's environment with the service's defaults, an embedded database in `dataDir` and a free port. */
export function serviceEnvironment(dataDir: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(VERICLIN_|DATABASE_URL$)/.test(name));
  return { ...Object.fromEntries(kept), VERICLIN_DATA_DIR: dataDir, VERICLIN_PORT: '0' };
}

const running = new Set<ChildProcess>();
// A bench that is interrupted leaves no service behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/** Node's flags of `npm start`, so that what is measured is what users run. */
function startFlags(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(DIST, '..', 'package.json'), 'utf8')) as {
    readonly scripts: { readonly start: string };
  };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

/**
 * Starts `vericlin serve` with an embedded database in `dataDir`. `VERICLIN_BENCH_NODE_FLAGS` goes to its Node (to profile
 * it, for example). An existing `dataDir` needs its `adminKey`, which is printed at the first start alone.
 */
export async function startService(
  dataDir: string,
  { adminKey, fabricProfile }: ServiceOptions = {},
): Promise<BenchService> {
  const started = performance.now();
  // Requests are logged at `debug` alone: this keeps starts and stops out of the bench's output and changes no figure.
  const env = {
    ...serviceEnvironment(dataDir),
    VERICLIN_LOG_LEVEL: 'warn',
    ...(fabricProfile !== undefined && { VERICLIN_FABRIC_PROFILE: fabricProfile }),
  };
  const child = spawn(
    process.execPath,
    [...startFlags(), ...(process.env['VERICLIN_BENCH_NODE_FLAGS']?.split(' ') ?? []), COMMAND, 'serve'],
    { env, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  running.add(child);
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
    residentMb: () => residentMb(child.pid ?? 0),
    cpuSeconds: () => ({ service: cpuSecondsOf(child.pid ?? 0), postgres: postgresCpuSeconds(dataDir) }),
    stop: async ({ keepData } = { keepData: false }) => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
      }
      await endPostgres(dataDir); // runs on where the service was killed
      running.delete(child);
      if (!keepData) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function residentMb(pid: number): number {
  try {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return (Number(kib) * 1024) / 1e6;
  } catch {
    return Number.NaN;
  }
}

/** What a service prints up to `listening on …`. */
export function firstLines(child: ChildProcess): Promise<string> {
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
