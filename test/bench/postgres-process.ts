/** The PostgreSQL of a data folder as processes: what CPU it used, and its end where nobody else sees to it. @module */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** CPU seconds are counted in ticks of 10 ms on every Linux that Node runs on. */
const CLOCK_TICKS = 100;

/** utime and stime of /proc/PID/stat, with those of ended children where asked for. 0 where there is no such process. */
export function cpuSecondsOf(pid: number, withChildren = false): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return [11, 12, ...(withChildren ? [13, 14] : [])].reduce((sum, at) => sum + Number(fields[at]), 0) / CLOCK_TICKS;
  } catch {
    return 0; // it ended: its time is with its parent's
  }
}

/** The server of a data folder, if it runs. */
export function postmasterOf(dataDir: string): number | undefined {
  const file = join(dataDir, 'postgres', 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

/** CPU seconds of the server's processes and of those that ended. NaN where that cannot be known. */
export function postgresCpuSeconds(dataDir: string): number {
  const postmaster = postmasterOf(dataDir) ?? 0;
  const listed = `/proc/${postmaster}/task/${postmaster}/children`;
  if (!existsSync(listed)) return Number.NaN;
  const children = readFileSync(listed, 'utf8').trim().split(' ').map(Number);
  return children.reduce((sum, pid) => sum + cpuSecondsOf(pid), cpuSecondsOf(postmaster, true));
}

/** Asks the server for a fast shutdown, if it runs; for a bench that ends early. */
export function interruptPostgres(dataDir: string): void {
  const postmaster = postmasterOf(dataDir);
  if (postmaster === undefined) return;
  try {
    process.kill(postmaster, 'SIGINT');
  } catch {
    // it ended in between
  }
}

const SHUTDOWN_MS = 30_000;

/** The same, and waits until it is down. */
export async function endPostgres(dataDir: string): Promise<void> {
  interruptPostgres(dataDir);
  const deadline = performance.now() + SHUTDOWN_MS;
  while (postmasterOf(dataDir) !== undefined && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
