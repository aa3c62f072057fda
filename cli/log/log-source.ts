import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCode } from '../failure.ts';
import { ServiceRefusal, type Connection } from '../service/connection.ts';

/** Where a C2SP tlog-tiles log is read from. Every byte of it is attacker-controlled. */
export interface LogSource {
  /** The file at a path of the log (`checkpoint`, `tile/…`, `key`), or `undefined` if there is none. */
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
}

/** An exported folder. */
export function folderSource(folder: string): LogSource {
  return {
    async read(path) {
      try {
        return await readFile(join(folder, path));
      } catch (thrown) {
        if (['ENOENT', 'ENOTDIR'].includes(systemCode(thrown) ?? '')) return undefined;
        throw thrown;
      }
    },
  };
}

/** Any server of tlog-tiles; the connection's address is the log's prefix. */
export function httpSource(connection: Connection): LogSource {
  return {
    async read(path) {
      try {
        return (await connection.send({ method: 'GET', path: `/${path}` })).bytes;
      } catch (thrown) {
        if (thrown instanceof ServiceRefusal && thrown.problem.status === 404) return undefined;
        throw thrown;
      }
    },
  };
}

/** Writes a file of the log in one step: whoever reads sees none or the whole of it, also after a crash. */
export async function writeLogFile(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const target = join(folder, path);
  const draft = `${target}.tmp`;
  await mkdir(dirname(target), { recursive: true });
  const handle = await open(draft, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(draft, target);
}
