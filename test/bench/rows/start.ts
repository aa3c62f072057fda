/** `npm start` to ready, as a user runs it. @module */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchContext, Row } from '../context.ts';
import { type Figure, median } from '../figures.ts';
import { postmasterOf } from '../postgres-process.ts';
import { firstLines, serviceEnvironment } from '../service-process.ts';

const ROW = 'start';
const PROJECT = join(import.meta.dirname, '..', '..', '..', '..');
const FIRST_UNDER_SECONDS = 8;
const LATER_UNDER_SECONDS = 4;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

function endGroup(group: number): void {
  if (isGroupAlive(group)) process.kill(-group, 'SIGTERM');
}

/** Ends npm, its shell and the service, which are one process group, and waits for all and for the database. */
async function stop(child: ChildProcess, dataDir: string): Promise<void> {
  const group = child.pid!;
  endGroup(group);
  while (isGroupAlive(group) || postmasterOf(dataDir) !== undefined) await sleep(20);
}

/** Seconds from the command to its line `listening on …`. */
async function startOnce(dataDir: string): Promise<number> {
  const started = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: PROJECT,
    env: serviceEnvironment(dataDir),
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const endEarly = (): void => {
    endGroup(child.pid!);
  };
  process.once('exit', endEarly);
  try {
    await firstLines(child);
    return (performance.now() - started) / 1_000;
  } finally {
    process.off('exit', endEarly);
    await stop(child, dataDir);
  }
}

async function run(context: BenchContext): Promise<Figure[]> {
  const first: number[] = [];
  const later: number[] = [];
  for (let at = 0; at < context.sizes.starts; at += 1) {
    const dataDir = mkdtempSync(join(context.workDir, 'start-'));
    first.push(await startOnce(dataDir));
    later.push(await startOnce(dataDir));
    rmSync(dataDir, { recursive: true, force: true });
  }
  const figure = (what: string, all: readonly number[], value: number): Figure => ({
    row: ROW,
    what: `npm start to ready, ${what}`,
    value: median(all),
    unit: 's',
    target: { is: 'under', value },
    note: `${what}: ${all.map((seconds) => seconds.toFixed(2)).join(', ')} s`,
  });
  return [figure('first', first, FIRST_UNDER_SECONDS), figure('later', later, LATER_UNDER_SECONDS)];
}

/** Row `start`. */
export const startRow: Row = { name: 'start', about: 'npm start to ready, first and later', run };
