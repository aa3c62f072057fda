/**
 * The processes of a devnet. They outlive the command that started them. Each records its own process id and identity
 * before it becomes the program, so that nothing runs unrecorded even if the command is killed in between.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { identityOf, SHELL_IDENTITY } from './process-identity.ts';

/** What to run, and where it leaves its traces. */
export interface Program {
  /** As people know it, e.g. `peer1`. */
  readonly role: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Process id and identity of the process, by lines. */
  readonly recordFile: string;
}

/** Written before the start, replaced by the process itself. */
const STARTING = 'starting\n';
/** How long a process may take to record itself. */
const RECORD_MS = 5_000;
const POLL_MS = 20;
const TAIL_LINES = 12;

const WRAPPER = `record=$1
shift
${SHELL_IDENTITY}
printf '%s\\n%s\\n' "$$" "$identity" > "$record.new" && mv "$record.new" "$record" && exec "$@"`;

/** Starts a program, detached, and waits until it has recorded itself. @throws CommandFailure code `devnet_process` */
export async function startProcess(program: Program): Promise<number> {
  mkdirSync(dirname(program.logFile), { recursive: true });
  mkdirSync(dirname(program.recordFile), { recursive: true });
  writeFileSync(program.recordFile, STARTING);
  const log = openSync(program.logFile, 'a', 0o600);
  try {
    const child = spawn('/bin/sh', ['-c', WRAPPER, 'sh', program.recordFile, program.command, ...program.args], {
      cwd: program.cwd,
      env: program.env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.once('error', () => undefined);
    child.unref();
  } finally {
    closeSync(log);
  }
  await settledRecord(program.recordFile);
  const pid = runningPid(program.recordFile);
  if (pid === undefined) throw await processFailure(program, 'ended at once');
  return pid;
}

/** The process id, or `undefined` where the process does not run (any more). */
export function runningPid(recordFile: string): number | undefined {
  const record = readRecord(recordFile);
  return record !== undefined && record !== 'starting' && identityOf(record.pid) === record.identity
    ? record.pid
    : undefined;
}

/**
 * Ends a process: SIGTERM, and SIGKILL after `graceMs`. Does nothing where it does not run. Another process that has got
 * its process id is left alone.
 */
export async function stopProcess(recordFile: string, graceMs: number): Promise<'not-running' | 'stopped' | 'killed'> {
  await settledRecord(recordFile);
  if (!signalProcess(recordFile, 'SIGTERM')) {
    rmSync(recordFile, { force: true });
    return 'not-running';
  }
  const isGone = await waitUntilGone(recordFile, graceMs);
  if (!isGone) {
    signalProcess(recordFile, 'SIGKILL');
    await waitUntilGone(recordFile, RECORD_MS);
  }
  rmSync(recordFile, { force: true });
  return isGone ? 'stopped' : 'killed';
}

/** Sends a signal to the recorded process and no other. Answers whether there was one. */
export function signalProcess(recordFile: string, signal: NodeJS.Signals): boolean {
  const pid = runningPid(recordFile);
  if (pid === undefined) return false;
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the recorded process has ended. Answers whether it has. */
export async function waitUntilGone(recordFile: string, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (runningPid(recordFile) !== undefined) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** A command that was killed between starting a process and its record leaves `starting` behind for a moment. */
export async function settledRecord(recordFile: string): Promise<void> {
  const deadline = Date.now() + RECORD_MS;
  while (readRecord(recordFile) === 'starting' && Date.now() < deadline) await sleep(POLL_MS);
}

/** What a program that did not do its work said last. */
export async function processFailure(program: Program, what: string): Promise<CommandFailure> {
  const tail = await logTail(program.logFile);
  return new CommandFailure(EXIT.failed, `${program.role} ${what}${tail === '' ? '' : `. Its last lines:\n${tail}`}`, {
    code: 'devnet_process',
    next: `Its log is ${program.logFile}.`,
  });
}

/** The last lines of a log, or nothing. */
export async function logTail(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}

function readRecord(recordFile: string): { readonly pid: number; readonly identity: string } | 'starting' | undefined {
  let text: string;
  try {
    text = readFileSync(recordFile, 'utf8');
  } catch {
    return undefined;
  }
  if (text === STARTING) return 'starting';
  const [pid = '', identity = ''] = text.split('\n');
  return /^\d+$/.test(pid) ? { pid: Number(pid), identity: identity.trim() } : undefined;
}
