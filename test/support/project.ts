/** Where the project is, for tests that look at its files. @module */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';

/** The folder of package.json. */
export const projectRoot = join(import.meta.dirname, '..', '..');

/** Public data laid beside the project; absent on most machines. */
export const sharedData = join(projectRoot, '..', 'shared', 'data');

/** Whether the public data is there. Tests that need it skip with the reason in their name where it is not. */
export const hasSharedData = existsSync(sharedData);

/**
 * Paths, relative to the project, of every file that belongs to it: tracked, or new and not ignored. Outside a git work
 * tree (an unpacked archive), `undefined`.
 */
export function projectFiles(): readonly string[] | undefined {
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: projectRoot,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (listed.status !== 0) return undefined;
  return listed.stdout.split('\0').filter((path) => path !== '' && existsSync(join(projectRoot, path)));
}
