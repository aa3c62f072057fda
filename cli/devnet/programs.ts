/** Finds Fabric's programs. @module */
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { unusable } from '../failure.ts';
import { fabricEnvironment, runToEnd } from './run-program.ts';

/** The release that is built where there is none, and that is tested. */
export const FABRIC_RELEASE = '3.1.1';

export const PROGRAM_NAMES = ['peer', 'orderer', 'configtxgen', 'cryptogen', 'osnadmin'] as const;
const VERSION_MS = 10_000;

export type ProgramName = (typeof PROGRAM_NAMES)[number];

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where each program is, and how it was found. */
export interface Programs {
  readonly from: 'VERICLIN_FABRIC_BIN' | 'PATH' | 'cache';
  readonly paths: Readonly<Record<ProgramName, string>>;
}

/** The folder that programs are built into: they outlive every devnet. */
export function cacheFolder(env: Environment): string {
  const base = env['XDG_CACHE_HOME'];
  return join(
    base === undefined || base === '' ? join(env['HOME'] ?? homedir(), '.cache') : base,
    'vericlin',
    `fabric-${FABRIC_RELEASE}`,
  );
}

/**
 * All five programs from VERICLIN_FABRIC_BIN; where that is not set, from PATH; else from the cache. Never some from here
 * and some from there: they would be of different releases. `undefined` where they have to be built.
 *
 * @throws CommandFailure exit 2 where VERICLIN_FABRIC_BIN names a folder that does not hold them all
 */
export function findPrograms(env: Environment): Programs | undefined {
  const named = env['VERICLIN_FABRIC_BIN'];
  if (named !== undefined && named !== '') {
    const paths = programsIn([named]);
    if (paths !== undefined) return { from: 'VERICLIN_FABRIC_BIN', paths };
    throw unusable(
      `VERICLIN_FABRIC_BIN does not hold ${PROGRAM_NAMES.filter((name) => find(name, [named]) === undefined).join(', ')}`,
      'Name the folder that holds all of peer, orderer, configtxgen, cryptogen and osnadmin, or unset it.',
    );
  }
  const onPath = programsIn((env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''));
  if (onPath !== undefined) return { from: 'PATH', paths: onPath };
  const cached = programsIn([join(cacheFolder(env), 'bin')]);
  return cached === undefined ? undefined : { from: 'cache', paths: cached };
}

/** A program of any name on PATH. */
export function findOnPath(name: string, env: Environment): string | undefined {
  return find(name, (env['PATH'] ?? '').split(delimiter));
}

function programsIn(folders: readonly string[]): Programs['paths'] | undefined {
  const found: Partial<Record<ProgramName, string>> = {};
  for (const name of PROGRAM_NAMES) {
    const path = find(name, folders);
    if (path === undefined) return undefined;
    found[name] = path;
  }
  return found as Record<ProgramName, string>;
}

function find(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => resolve(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** What the programs say of their version, e.g. `3.1.1`; `undefined` where they are not there. */
export async function fabricVersion(env: Environment): Promise<string | undefined> {
  const programs = findPrograms(env);
  if (programs === undefined) return undefined;
  // Programs that were built from the module know no version of their own.
  if (programs.from === 'cache') return FABRIC_RELEASE;
  const { output } = await runToEnd({
    command: programs.paths.peer,
    args: ['version'],
    cwd: process.cwd(),
    env: fabricEnvironment(env),
    timeoutMs: VERSION_MS,
  });
  // "latest" is what a program says that was built without a release.
  return /Version: (v?\d\S*)/.exec(output)?.[1];
}
