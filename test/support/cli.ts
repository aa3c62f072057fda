/** Runs the command line in this process or as its own. @module */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runProgram } from '../../cli/program.ts';
import { projectRoot } from './project.ts';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** In this process, with a terminal that collects. */
export async function runCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  let out = '';
  let err = '';
  const code = await runProgram(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    progressStream: undefined,
    env,
  });
  return { code, out, err };
}

export const mainSource = join(projectRoot, 'cli', 'main.ts');

/** As its own process, from the sources: `node --import tsx cli/main.ts`. */
export async function spawnCli(
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    /** Kills the process, unasked, when it settles. The code is then -1. */
    readonly killWhen?: Promise<unknown>;
  } = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), mainSource, ...args], {
    cwd: options.cwd ?? projectRoot,
    env: { PATH: process.env['PATH'], ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  void options.killWhen?.then(() => child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      resolve(status ?? -1);
    });
  });
  return { code, out, err };
}
