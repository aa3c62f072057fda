/** One command at a time in a folder: a lock that ends with its holder, however that ended. @module */
import { createHash, randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure, systemCode } from '../failure.ts';
import { identityOf } from './process-identity.ts';

const POLL_MS = 50;
const REMOVE_MS = 10_000;

export interface LockOptions {
  /** The lock file; its folder exists. */
  readonly path: string;
  /** How long to wait for another holder, in milliseconds. */
  readonly waitMs: number;
  /** Told once, when another holds it. */
  readonly onWait?: (pid: number) => void;
}

/** Runs `work` while holding the lock. @throws CommandFailure code `devnet_busy` where another holds it for too long */
export async function withLock<T>(options: LockOptions, work: () => Promise<T>): Promise<T> {
  const own = JSON.stringify({ pid: process.pid, identity: identityOf(process.pid), nonce: randomUUID() });
  await acquire(options, own);
  try {
    return await work();
  } finally {
    // Not another's: a holder that was taken for dead must not free the lock of the one that came after it.
    if ((await readText(options.path)) === own) await rm(options.path, { force: true });
  }
}

async function acquire(options: LockOptions, own: string): Promise<void> {
  const deadline = Date.now() + options.waitMs;
  let hasTold = false;
  while (!(await tryAcquire(options.path, own))) {
    const holder = await readText(options.path);
    if (holder === undefined) continue;
    const pid = livingHolder(holder);
    if (pid === undefined) {
      await removeDead(options.path, holder);
      continue;
    }
    if (!hasTold) options.onWait?.(pid);
    hasTold = true;
    if (Date.now() > deadline) {
      throw new CommandFailure(EXIT.failed, `process ${pid} is at work there: ${options.path}`, {
        code: 'devnet_busy',
        next: 'Wait until it has ended, or end it, and try again.',
      });
    }
    await sleep(POLL_MS);
  }
}

/** A hard link appears with its content or not at all, unlike a file that is created and then written. */
async function tryAcquire(path: string, own: string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, own, { flag: 'wx' });
  try {
    await link(temporary, path);
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === 'EEXIST') return false;
    throw thrown;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The process that holds the lock, or `undefined` where it has ended. */
function livingHolder(content: string): number | undefined {
  try {
    const { pid, identity } = JSON.parse(content) as { pid: number; identity: string };
    return identityOf(pid) === identity ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Two may find the same dead holder, and the second must not take away the lock that the first has got by then. So whoever
 * removes the lock of this very holder holds a lock for that.
 */
async function removeDead(path: string, content: string): Promise<void> {
  const holder = createHash('sha256').update(content).digest('hex').slice(0, 16);
  await withLock({ path: `${path}.${holder}`, waitMs: REMOVE_MS }, async () => {
    if ((await readText(path)) === content) await rm(path);
  });
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
