/**
 * PostgreSQL refuses to run as root. Where the service does (a container, a test machine), it runs PostgreSQL as an
 * ordinary user that can reach the data folder and the programs; where no such user can, in a user namespace of its own,
 * where the files' owner is not called root.
 *
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LedgerError } from '../../ledger/errors.ts';

export interface RunAs {
  /** Words to put before the command. */
  readonly prefix: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

const CANDIDATES = ['postgres', 'nobody'];
const NAMESPACE = ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--'];

function idsOf(user: string): { uid: number; gid: number } | undefined {
  try {
    const id = (flag: string): number =>
      Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

function canRun(command: string, args: readonly string[], ids: { uid?: number; gid?: number }): boolean {
  return spawnSync(command, args, { ...ids, cwd: '/', stdio: 'ignore', timeout: 10_000 }).status === 0;
}

function canReach(folder: string, program: string, ids: { uid: number; gid: number }): boolean {
  chownSync(folder, ids.uid, ids.gid);
  return canRun('/bin/sh', ['-c', 'test -x "$0" && cd "$1"', program, folder], ids);
}

/** Who owns a cluster that was made before: it stays theirs. */
function ownerOf(folder: string): { uid: number; gid: number } | undefined {
  try {
    const { uid, gid } = statSync(join(folder, 'PG_VERSION'));
    return { uid, gid };
  } catch {
    return undefined;
  }
}

function inNamespace(folder: string): RunAs | undefined {
  const [command = '', ...args] = NAMESPACE;
  if (!canRun(command, [...args, 'true'], {})) return undefined;
  chownSync(folder, 0, 0);
  return { prefix: NAMESPACE };
}

function asUser(folder: string, program: string): RunAs | undefined {
  const owner = ownerOf(folder);
  if (owner?.uid === 0) return undefined;
  const candidates = owner === undefined ? CANDIDATES.map(idsOf) : [owner];
  for (const ids of candidates) {
    if (ids !== undefined && canReach(folder, program, ids)) return { prefix: [], ...ids };
  }
  return undefined;
}

/**
 * Decides once, at start, and gives the folder to the user.
 * @param folder the database's folder, which exists
 * @param program that the user must be able to run
 * @throws LedgerError `config_invalid` if nothing works
 */
export function chooseRunAs(folder: string, program: string): RunAs {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const chosen = asUser(folder, program) ?? inNamespace(folder);
  if (chosen !== undefined) return chosen;
  const message =
    'PostgreSQL cannot run as root, and no ordinary user can reach the data folder: run the service as another user, set VERICLIN_DATA_DIR to a folder that user "postgres" can reach, or set DATABASE_URL';
  throw new LedgerError('config_invalid', message);
}
