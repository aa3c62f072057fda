/** A real C2SP witness: litewitness of filippo.io/torchwood, with its key in an ssh-agent. @module */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheFolder, findFreePort, findMissingCommand, type Outside } from './outside-tools.ts';

const MODULE = 'filippo.io/torchwood/cmd/litewitness@v0.9.0';
/** SHA-256 of nothing: the root of the empty tree that the witness starts from. */
const EMPTY_ROOT = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
const START_TIMEOUT_MS = 20_000;

export interface Litewitness {
  /** Submission prefix. */
  readonly url: string;
  /** The witness's verifier key (type 0x04), as it prints it. */
  readonly vkey: string;
  readonly stop: () => Promise<void>;
}

/** Installs litewitness once per machine. The first time takes about a minute. */
export function findLitewitness(): Outside<string> {
  const missing = findMissingCommand(['go', 'ssh-agent', 'ssh-add', 'ssh-keygen', 'sqlite3']);
  if (missing !== undefined) return { kind: 'missing', reason: `no ${missing} on this machine` };
  const folder = cacheFolder('litewitness-0.9.0');
  const binary = join(folder, 'litewitness');
  if (existsSync(binary)) return { kind: 'ready', value: binary };
  const install = spawnSync('go', ['install', MODULE], {
    env: { ...process.env, GOBIN: folder, GOTOOLCHAIN: 'local' },
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (install.status === 0) return { kind: 'ready', value: binary };
  return { kind: 'missing', reason: `litewitness could not be installed with this Go (exit ${install.status})` };
}

/** The log that a witness knows, and the witness's own name. */
export interface LitewitnessOptions {
  readonly origin: string;
  readonly vkey: string;
  readonly name?: string;
}

/** Starts a witness that knows one log. Everything it makes is in a temporary folder, removed by `stop`. */
export async function startLitewitness(options: LitewitnessOptions): Promise<Litewitness> {
  const { name = 'witness.example/w1' } = options;
  const found = findLitewitness();
  if (found.kind === 'missing') throw new Error(found.reason);
  const folder = mkdtempSync(join(tmpdir(), 'litewitness-'));
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.reverse().map(stopChild));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const socket = join(folder, 'agent.sock');
    const fingerprint = await startAgent(folder, socket, children);
    const port = await findFreePort();
    const database = join(folder, 'w.db');
    const args = ['-key', fingerprint, '-ssh-agent', socket, '-db', database, '-name', name];
    const witness = spawn(found.value, [...args, '-listen', `127.0.0.1:${port}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(witness);
    const vkey = await readVkey(witness);
    addLog(database, options);
    const url = `http://127.0.0.1:${port}`;
    await waitUntilListening(url);
    return { url, vkey, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes a key, holds it in an agent, and answers its fingerprint. */
async function startAgent(folder: string, socket: string, children: ChildProcess[]): Promise<string> {
  const key = join(folder, 'key');
  run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  children.push(spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' }));
  for (let waitedMs = 0; !existsSync(socket); waitedMs += 20) {
    if (waitedMs > START_TIMEOUT_MS) throw new Error('ssh-agent did not start');
    await delay(20);
  }
  run('ssh-add', ['-q', key], { SSH_AUTH_SOCK: socket });
  return run('ssh-keygen', ['-lf', `${key}.pub`]).split(' ')[1]!;
}

/** Its admin tool does no more than these two rows. */
function addLog(database: string, { origin, vkey }: { readonly origin: string; readonly vkey: string }): void {
  if (/['\n]/.test(origin + vkey)) throw new Error('an origin or key with quotes');
  const sql = `INSERT INTO log VALUES('${origin}',0,'${EMPTY_ROOT}'); INSERT INTO key VALUES('${origin}','${vkey}');`;
  run('sqlite3', ['-cmd', '.timeout 5000', database, sql]);
}

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const result = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (result.status !== 0) throw new Error(`${command} failed: ${result.stderr}`);
  return result.stdout;
}

async function readVkey(witness: ChildProcess): Promise<string> {
  let log = '';
  const signal = AbortSignal.timeout(START_TIMEOUT_MS);
  return await new Promise<string>((resolve, reject) => {
    const fail = (): void => {
      reject(new Error(`litewitness did not start: ${log}`));
    };
    signal.addEventListener('abort', fail);
    witness.once('exit', fail);
    witness.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString('utf8');
      const vkey = /vkey=(\S+)/.exec(log)?.[1];
      if (vkey !== undefined && log.includes('listening')) resolve(vkey);
    });
  });
}

async function waitUntilListening(url: string): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 20) {
    try {
      await (await fetch(url)).arrayBuffer();
      return;
    } catch (error) {
      if (waitedMs > START_TIMEOUT_MS) throw error;
      await delay(20);
    }
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const killed = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(killed);
}
