/** Processes that outlive the command that starts them, and the lock that keeps commands apart: real ones. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../../cli/devnet/lock.ts';
import { identityOf } from '../../../cli/devnet/process-identity.ts';
import {
  runningPid,
  signalProcess,
  startProcess,
  stopProcess,
  waitUntilGone,
  type Program,
} from '../../../cli/devnet/processes.ts';

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'vericlin-devnet-processes-'));
});
afterEach(async () => {
  await stopProcess(join(work, 'run', 'node.pid'), 100);
  rmSync(work, { recursive: true, force: true });
});

/** A program of plain JavaScript. */
function program(code: string): Program {
  return {
    role: 'node',
    command: process.execPath,
    args: ['-e', code],
    cwd: work,
    env: { PATH: process.env['PATH'] ?? '' },
    logFile: join(work, 'logs', 'node.log'),
    recordFile: join(work, 'run', 'node.pid'),
  };
}

async function logSays(text: string): Promise<void> {
  while (!readFileSync(join(work, 'logs', 'node.log'), 'utf8').includes(text)) await sleep(10);
}

describe('a process', () => {
  it('records itself with the identity that others see', async () => {
    const { recordFile, ...rest } = program('console.log("up"); setInterval(() => {}, 1000)');
    const pid = await startProcess({ recordFile, ...rest });
    await logSays('up');
    expect(runningPid(recordFile)).toBe(pid);
    const [recordedPid, identity] = readFileSync(recordFile, 'utf8').split('\n');
    expect(recordedPid).toBe(String(pid));
    expect(identity?.trim()).toBe(identityOf(pid));
    expect(await stopProcess(recordFile, 5_000)).toBe('stopped');
    expect(identityOf(pid)).toBeUndefined();
    expect(existsSync(recordFile)).toBe(false);
  });

  it('that does not heed SIGTERM is killed', async () => {
    const { recordFile } = program('');
    const pid = await startProcess(
      program('process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)'),
    );
    await logSays('up');
    expect(await stopProcess(recordFile, 200)).toBe('killed');
    expect(identityOf(pid)).toBeUndefined();
  });

  it('that has got the id of another is left alone', async () => {
    const { recordFile } = program('');
    await startProcess(program('setInterval(() => {}, 1000)'));
    await stopProcess(recordFile, 2_000);
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    try {
      writeFileSync(recordFile, `${stranger.pid}\nan earlier start\n`);
      expect(runningPid(recordFile)).toBeUndefined();
      expect(signalProcess(recordFile, 'SIGKILL')).toBe(false);
      expect(await stopProcess(recordFile, 100)).toBe('not-running');
      await sleep(50);
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  it('that was killed does not run', async () => {
    const { recordFile } = program('');
    const pid = await startProcess(program('setInterval(() => {}, 1000)'));
    process.kill(pid, 'SIGKILL');
    expect(await waitUntilGone(recordFile, 5_000)).toBe(true);
  });

  it('that ended does not run, also while its parent has not collected it', async () => {
    const parent = spawn('/bin/sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 30'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const pid = Number(
        await new Promise<string>((resolve) =>
          parent.stdout.once('data', (chunk: Buffer) => {
            resolve(chunk.toString());
          }),
        ),
      );
      expect(identityOf(pid)).toBeDefined();
      await sleep(400);
      // The id is still taken: a signal can be sent to it.
      expect(process.kill(pid, 0)).toBe(true);
      expect(identityOf(pid)).toBeUndefined();
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('that cannot be started fails with what it said', async () => {
    const broken = { ...program(''), command: join(work, 'no-such-program') };
    await expect(startProcess(broken).then(async () => sleep(200))).rejects.toMatchObject({
      code: 'devnet_process',
      message: expect.stringMatching(/node ended at once[^]*no-such-program/) as string,
    });
  });

  it('that a killed command was about to start is waited for', async () => {
    const { recordFile } = program('');
    await startProcess(program('setInterval(() => {}, 1000)'));
    const record = readFileSync(recordFile, 'utf8');
    writeFileSync(recordFile, 'starting\n');
    setTimeout(() => {
      writeFileSync(recordFile, record);
    }, 200);
    expect(await stopProcess(recordFile, 5_000)).toBe('stopped');
  });
});

describe('the lock', () => {
  const options = (): { path: string; waitMs: number } => ({ path: join(work, 'lock'), waitMs: 10_000 });

  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () =>
        withLock(options(), async () => {
          inside += 1;
          most = Math.max(most, inside);
          await sleep(5);
          inside -= 1;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(existsSync(options().path)).toBe(false);
  });

  it('is free after an error', async () => {
    await expect(withLock(options(), async () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await withLock(options(), async () => Promise.resolve('in'))).toBe('in');
  });

  it('ends with its holder, also one whose id another process has got', async () => {
    for (const content of [
      JSON.stringify({ pid: 2 ** 22 + 1, identity: 'gone' }),
      JSON.stringify({ pid: process.pid, identity: 'an earlier start' }),
      'damaged',
    ]) {
      writeFileSync(options().path, content);
      let inside = 0;
      let most = 0;
      const enter = async (): Promise<void> =>
        withLock(options(), async () => {
          inside += 1;
          most = Math.max(most, inside);
          await sleep(5);
          inside -= 1;
        });
      await Promise.all([enter(), enter(), enter()]);
      expect(most).toBe(1);
    }
  });

  it('says whose it is to one who waits too long', async () => {
    await withLock(options(), async () => {
      const waited: number[] = [];
      const second = withLock({ ...options(), waitMs: 150, onWait: (pid) => waited.push(pid) }, async () =>
        Promise.resolve(),
      );
      await expect(second).rejects.toMatchObject({ code: 'devnet_busy' });
      expect(waited).toEqual([process.pid]);
    });
  });
});
