/**
 * The data folder, for one service at a time. The lock is an abstract socket on Linux, which the kernel gives back however
 * the process ends, and a socket file elsewhere.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LedgerError } from '../ledger/errors.ts';

export interface DataDir {
  readonly path: string;
  readonly release: () => void;
}

function isAnswered(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}

function listen(address: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on('error', (error) => {
      if ((error as { code?: unknown }).code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      server.unref();
      resolve(() => {
        server.close();
      });
    });
  });
}

async function lock(path: string): Promise<() => void> {
  const name = `vericlin-${createHash('sha256').update(path).digest('hex').slice(0, 32)}`;
  const isAbstract = process.platform === 'linux';
  const address = isAbstract ? `\0${name}` : join(tmpdir(), `${name}.sock`);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const release = await listen(address);
    if (release !== undefined) return release;
    if (isAbstract || (await isAnswered(address))) break;
    rmSync(address, { force: true }); // left by a process that was killed
  }
  throw new LedgerError(
    'data_dir_in_use',
    'another service uses this data folder: stop it, or set VERICLIN_DATA_DIR to another folder',
  );
}

/** Makes the folder (mode 0700, where it is new) and locks it. @throws LedgerError `data_dir_in_use` */
export async function openDataDir(path: string): Promise<DataDir> {
  // Root's database runs as another user, who has to pass through; the key files inside are 0600.
  mkdirSync(path, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const real = realpathSync(path);
  return { path: real, release: await lock(real) };
}
