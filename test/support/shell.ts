/** Runs a script as a reader would, in bash, and ends everything that it started. @module */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { spawnSync } from 'node:child_process';

export interface ShellOutcome {
  readonly code: number | null;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

/** Whether a command is there to be run. */
export function hasCommand(name: string): boolean {
  return spawnSync('bash', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0;
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The environment without what would configure a service or npm differently than a reader's shell does. */
function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_|VERICLIN_|DATABASE_URL$|NODE_OPTIONS$|NODE_ENV$|VITEST|VITE_|TEST$|DEV$|PROD$|MODE$|SSR$|BASE_URL$)/.test(
        name,
      ),
  );
  return Object.fromEntries(kept) as Record<string, string>;
}

/** Runs the script with `set -euo pipefail` in a process group of its own, which is ended when the script is. */
export async function runShell(
  script: string,
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>>; readonly timeoutMs: number },
): Promise<ShellOutcome> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const endGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-child.pid!, signal);
    } catch {
      // Nothing of the group is left.
    }
  };
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const timer = setTimeout(endGroup, options.timeoutMs, 'SIGTERM');
  try {
    // `exit`, not `close`: a service that the script left running still holds the pipes.
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    return { code, output: Buffer.concat(chunks).toString('utf8') };
  } finally {
    clearTimeout(timer);
    endGroup('SIGTERM');
  }
}
