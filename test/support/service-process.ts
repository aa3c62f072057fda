/** The real service as its own process, from the sources unless compiled, with an embedded PostgreSQL in a temporary folder. @module */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { mainSource } from './cli.ts';

export interface ServiceProcess {
  readonly url: string;
  /** The bootstrap key: role admin. */
  readonly adminKey: string;
  readonly folder: string;
  /** Stops it by SIGTERM, as an operator does, and removes its data. */
  readonly stop: () => Promise<void>;
}

const START_MS = 90_000;

/** @param main the compiled `cli/main.js`; absent: the sources */
export async function startServiceProcess(
  env: Readonly<Record<string, string>> = {},
  main?: string,
): Promise<ServiceProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'vericlin-service-'));
  const program = main === undefined ? ['--import', import.meta.resolve('tsx'), mainSource] : [main];
  const child = spawn(process.execPath, [...program, 'serve'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], VERICLIN_DATA_DIR: join(folder, 'data'), VERICLIN_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  try {
    const { url, adminKey } = await ready(child, exited);
    const stop = async (): Promise<void> => {
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    };
    return { url, adminKey, folder, stop };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

async function ready(child: ChildProcess, exited: Promise<number | null>): Promise<{ url: string; adminKey: string }> {
  let adminKey = '';
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4_000)));
  const listening = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      adminKey = /^bootstrap key: (vk_\S+)$/.exec(line)?.[1] ?? adminKey;
      const url = /^listening on (\S+)$/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  const gone = exited.then((code) => {
    throw new Error(`the service ended with ${code} before it was ready:\n${log}`);
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`the service was not ready in time:\n${log}`));
    }, START_MS);
  });
  const url = await Promise.race([listening, gone, late]);
  gone.catch(() => undefined);
  clearTimeout(timer);
  return { url, adminKey };
}
