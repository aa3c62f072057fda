/** `vericlin devnet down`, and the same for tests. @module */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unusable } from '../failure.ts';
import { withLock } from './lock.ts';
import { layoutOf, recordFileOf, type Layout } from './network.ts';
import { stopProcess } from './processes.ts';

/** How long a process may take to end by itself, in milliseconds. */
const GRACE_MS = 10_000;
const LOCK_MS = 120_000;

export interface DownResult {
  readonly stopped: readonly string[];
  /** Did not end by SIGTERM. */
  readonly killed: readonly string[];
  readonly isRemoved: boolean;
}

/**
 * Ends every process of a devnet, those of a start that was broken off included, and removes its folder if asked to. A folder
 * that is no devnet's is never removed.
 *
 * @throws CommandFailure exit 2 where the folder holds other things
 */
export async function takeDown(folder: string, remove: boolean): Promise<DownResult> {
  const layout = layoutOf(folder);
  if (!existsSync(layout.marker)) {
    if (existsSync(folder) && readdirSync(folder).length > 0) throw unusable(`${folder} is no devnet`);
    return { stopped: [], killed: [], isRemoved: false };
  }
  const { stopped, killed } = await withLock({ path: layout.lock, waitMs: LOCK_MS }, async () => stopAll(layout));
  if (remove) rmSync(folder, { recursive: true, force: true });
  return { stopped, killed, isRemoved: remove };
}

/** By the records, not by the description of the network: that may not have been written yet. */
async function stopAll(layout: Layout): Promise<Pick<DownResult, 'stopped' | 'killed'>> {
  const outcomes = await Promise.all(
    recordedRoles(layout).map(async (role) => ({
      role,
      outcome: await stopProcess(recordFileOf(layout, role), GRACE_MS),
    })),
  );
  const of = (wanted: string): readonly string[] =>
    outcomes.filter(({ outcome }) => outcome === wanted).map(({ role }) => role);
  return { stopped: of('stopped'), killed: of('killed') };
}

/** Processes that were started and not stopped. */
export function recordedRoles(layout: Layout): readonly string[] {
  const folder = join(layout.folder, 'run');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.pid'))
    .map((name) => name.slice(0, -'.pid'.length));
}
