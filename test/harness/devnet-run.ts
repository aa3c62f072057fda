/**
 * Vitest's global set-up for development networks: gives the run a folder for them, and ends at the end whatever still runs
 * there. Starts nothing itself: most runs need no network.
 *
 * @module
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeDown } from '../../cli/devnet/down.ts';
import { identityOf } from '../../cli/devnet/process-identity.ts';

const VARIABLE = 'TEST_DEVNETS';
const PREFIX = 'vericlin-devnets-';

/** Folder of the network that the test files of this run share. Workers know it through the environment. */
export function sharedDevnetFolder(): string {
  const folder = process.env[VARIABLE];
  if (folder === undefined) throw new Error('this project has no globalSetup of test/harness/devnet-run.ts');
  return join(folder, 'shared');
}

/** Called by vitest, once for each project that names this file; the projects of a run share one folder. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[VARIABLE] !== undefined) return undefined;
  await removeAbandoned();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  process.env[VARIABLE] = folder;
  return async () => {
    await endAll(folder);
  };
}

/** Networks of runs that were killed. */
async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && identityOf(Number(pid)) === undefined) await endAll(join(tmpdir(), name));
  }
}

async function endAll(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) await takeDown(join(folder, name), true);
  rmSync(folder, { recursive: true, force: true });
}
