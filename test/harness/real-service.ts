/**
 * The service as users run it: compiled, its own process, its own embedded PostgreSQL, and ways to hurt both. Every test
 * file installs it once and starts it as often as it likes.
 */
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { newSecret } from '../../api/auth/api-keys.ts';
import { ROLES, type Role } from '../../ledger/ports.ts';
import { compile, type Compiled } from '../support/compiled.ts';
import { projectRoot } from '../support/project.ts';
import { caller, type Answer, type CallOptions } from './served.ts';

/** A build of its own with the files that the package ships beside it. Readable by every user. */
export function install(): Compiled {
  const compiled = compile();
  const folder = join(dirname(compiled.main), '..', '..');
  chmodSync(folder, 0o755);
  const migrations = join('ledger', 'store', 'migrations');
  for (const name of [
    'api/openapi.yaml',
    ...readdirSync(join(projectRoot, migrations)).map((n) => join(migrations, n)),
  ]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(join(projectRoot, name), join(folder, name));
  }
  return compiled;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServiceOptions {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly ids?: { readonly uid: number; readonly gid: number };
  /** For a service that gets one instead of a free one. */
  readonly port?: number;
}

export interface RealService {
  readonly pid: number;
  readonly dataDir: string;
  /** Of this start; throws before it is ready. */
  readonly url: string;
  readonly port: number;
  /** Settles when it listens, rejects when it ends before. */
  readonly ready: Promise<void>;
  readonly exited: Promise<Exit>;
  readonly hasExited: () => boolean;
  readonly out: () => string;
  readonly err: () => string;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** SIGTERM and wait. */
  readonly stop: () => Promise<Exit>;
}

/** The admin key of every service started here. */
export const ADMIN_KEY = newSecret();

/** Starts the process; await `ready` for the rest. */
export function launch({ main }: Compiled, { dataDir, env = {}, ids, port = 0 }: ServiceOptions): RealService {
  const child = spawn(process.execPath, ['--enable-source-maps', main, 'serve'], {
    // Below the test's folder, so that the test finds it there whatever happens.
    cwd: dirname(dataDir),
    env: {
      PATH: process.env['PATH'],
      VERICLIN_DATA_DIR: dataDir,
      VERICLIN_PORT: String(port),
      VERICLIN_BOOTSTRAP_KEY: ADMIN_KEY,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...ids,
  });
  const chunks: { out: Buffer[]; err: Buffer[] } = { out: [], err: [] };
  const text = (name: 'out' | 'err'): string => Buffer.concat(chunks[name]).toString('utf8');
  let exit: Exit | undefined;
  let url: string | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      resolve(exit);
    });
  });
  const ready = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.out.push(chunk);
      url ??= /^listening on (\S+)$/m.exec(text('out'))?.[1];
      if (url !== undefined) resolve();
    });
    child.stderr.on('data', (chunk: Buffer) => chunks.err.push(chunk));
    child.once('close', (code, signal) => {
      reject(new Error(`the service ended (${code ?? signal}) before it was ready:\n${text('err').slice(-3_000)}`));
    });
  });
  ready.catch(() => undefined);
  const listening = (): string => {
    if (url === undefined) throw new Error('the service does not listen yet');
    return url;
  };
  return {
    pid: child.pid ?? 0,
    dataDir,
    get url() {
      return listening();
    },
    get port() {
      return Number(new URL(listening()).port);
    },
    ready,
    exited,
    hasExited: () => exit !== undefined,
    out: () => text('out'),
    err: () => text('err'),
    signal: (signal) => {
      child.kill(signal);
    },
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

/** Starts the process and waits until it is ready. */
export async function start(compiled: Compiled, options: ServiceOptions): Promise<RealService> {
  const service = launch(compiled, options);
  await service.ready;
  return service;
}

/** A folder for one test, and what removes it with everything that still runs in it. */
export async function workFolder(
  owner?: ServiceOptions['ids'],
): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = realpathSync(await mkdtemp(join(tmpdir(), 'vericlin-e2e-')));
  // Root's database runs as another user, who has to pass through.
  chmodSync(path, 0o711);
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
  return {
    path,
    remove: async () => {
      await until(() => {
        const left = processesBelow(path);
        for (const pid of left) killHard(pid);
        return left.length === 0;
      }, 'the processes of the test ended');
      await rm(path, { recursive: true, force: true });
    },
  };
}

function numbersIn(folder: string): number[] {
  return readdirSync(folder)
    .map(Number)
    .filter((pid) => pid > 1);
}

/** Processes that work in a folder of `root`: services, and PostgreSQL's, whose working directory is their data folder. Linux. */
export function processesBelow(root: string): number[] {
  return numbersIn('/proc').filter((pid) => {
    try {
      const cwd = readlinkSync(`/proc/${pid}/cwd`);
      const isZombie = /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      return !isZombie && (cwd === root || cwd.startsWith(`${root}/`));
    } catch {
      return false;
    }
  });
}

/** The postmaster of a data folder, while it lives. */
export function postmasterOf(dataDir: string): number | undefined {
  const here = processesBelow(join(dataDir, 'postgres'));
  return here.find((pid) => !here.includes(parentOf(pid)));
}

/** The postmaster's children of some kind, by how PostgreSQL titles them. */
export function backendsOf(dataDir: string, title: RegExp): number[] {
  return processesBelow(join(dataDir, 'postgres')).filter((pid) => {
    try {
      return title.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      return false;
    }
  });
}

function parentOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
  } catch {
    return 0;
  }
}

/** Kills a process that may be gone already. */
export function killHard(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for a condition. @throws after `seconds` */
export async function until(condition: () => boolean | Promise<boolean>, what: string, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await pause(25);
  }
}

/** Whether `/readyz` answers 200. No answer within ten seconds is none. */
export async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(10_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

export type Call = (method: string, path: string, options?: CallOptions) => Promise<Answer>;

/** Makes one API key for each role over HTTP. The clinician's actor is `clinician`. */
export async function makeKeys(url: string): Promise<Readonly<Record<Role, string>>> {
  const keys: Record<string, string> = { admin: ADMIN_KEY };
  const call = caller(url, keys as Record<Role, string>);
  for (const role of ROLES.filter((name) => name !== 'admin')) {
    const body = { role, name: role, ...(role === 'clinician' && { actor: 'clinician' }) };
    const made = await call('POST', '/v1/keys', { role: 'admin', body });
    if (made.status !== 201) throw new Error(`no key for ${role}: ${made.text}`);
    keys[role] = made.json({ key: '' }).key;
  }
  return keys as Record<Role, string>;
}
