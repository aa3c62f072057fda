/** Runs one of Fabric's programs to its end. @module */
import { spawn } from 'node:child_process';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';

export interface ProgramRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Killed after this long, in milliseconds. */
  readonly timeoutMs: number;
}

export interface ProgramResult {
  /** `undefined` where it was ended by a signal. */
  readonly exitCode: number | undefined;
  /** Standard output and error, as they came. */
  readonly output: string;
}

/** @throws CommandFailure code `devnet_programs` where it cannot be started at all */
export async function runToEnd(run: ProgramRun): Promise<ProgramResult> {
  const child = spawn(run.command, run.args, {
    cwd: run.cwd,
    env: run.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: run.timeoutMs,
    killSignal: 'SIGKILL',
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      const message = `${run.command} cannot be run (${cause.message})`;
      reject(new CommandFailure(EXIT.failed, message, { code: 'devnet_programs', cause }));
    });
    child.once('close', (code) => {
      resolve({ exitCode: code ?? undefined, output });
    });
  });
}

/** Runs it and refuses every other exit than 0. @throws CommandFailure code `devnet_step` with what it said last */
export async function runOrFail(what: string, run: ProgramRun): Promise<string> {
  const { exitCode, output } = await runToEnd(run);
  if (exitCode === 0) return output;
  throw stepFailure(what, output);
}

/** A step of the start that did not work, with what the program said last. */
export function stepFailure(what: string, output: string): CommandFailure {
  const tail = output.trimEnd().split('\n').slice(-6).join('\n');
  return new CommandFailure(EXIT.failed, `${what} failed:\n${tail}`, { code: 'devnet_step' });
}

/** What Fabric's programs need of the surroundings and no more: a stray CORE_… or ORDERER_… would change their settings. */
export function fabricEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  own: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const passed = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), FABRIC_LOGGING_SPEC: 'info:grpc=error', ...own };
}
