import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode, unusable } from '../failure.ts';

/** Where evidence is looked for. `isFolder` decides whether other files are passed over. */
export interface EvidencePath {
  readonly path: string;
  readonly isFolder: boolean;
}

/** @throws CommandFailure exit 2 where a path is not there */
export async function openPaths(paths: readonly string[]): Promise<EvidencePath[]> {
  return await Promise.all(
    paths.map(async (path) => {
      try {
        return { path, isFolder: (await stat(path)).isDirectory() };
      } catch (cause) {
        throw unusable(`cannot read ${path} (${systemCode(cause) ?? 'unreadable'})`, undefined, cause);
      }
    }),
  );
}

const EVIDENCE = /\.(json|tlog-proof)$/i;

/**
 * Files to verify: those named, and in folders all `.json` and `.tlog-proof` files, recursively and without following
 * links. Streams: a folder may hold millions.
 */
export async function* findFiles(paths: readonly EvidencePath[]): AsyncGenerator<string> {
  for (const { path, isFolder } of paths) {
    if (isFolder) yield* filesIn(path);
    else yield path;
  }
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const item of await opendir(folder, { bufferSize: 1024 })) {
    const path = join(folder, item.name);
    if (item.isDirectory()) yield* filesIn(path);
    else if (item.isFile() && EVIDENCE.test(item.name)) yield path;
  }
}

/** How many there are, for the progress bar. */
export async function countFiles(paths: readonly EvidencePath[]): Promise<number> {
  let count = 0;
  for await (const path of findFiles(paths)) count += path === '' ? 0 : 1;
  return count;
}
