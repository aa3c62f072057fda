/** Outside programs that tests run against: where they are kept, and whether they are there. @module */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Either what a test needs, or why it cannot be had here. */
export type Outside<T> =
  { readonly kind: 'ready'; readonly value: T } | { readonly kind: 'missing'; readonly reason: string };

/** A folder outside the work tree that outlives the run: installing is slow. */
export function cacheFolder(name: string): string {
  const base = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(base, 'vericlin-tests', name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The first of `commands` that is not on the path. */
export function findMissingCommand(commands: readonly string[]): string | undefined {
  return commands.find((command) => spawnSync('which', [command]).status !== 0);
}

/** Appended to the name of a suite that is skipped, so that the run says why. */
export function skipNote(outside: Outside<unknown>): string {
  return outside.kind === 'ready' ? '' : ` (skipped: ${outside.reason})`;
}

/** A loopback port that was free a moment ago, for programs that cannot say which one they took. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
