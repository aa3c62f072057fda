/** The embedded PostgreSQL through the life of its service: starts, stops, deaths, and folders of every kind. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkLog } from '../harness/check-log.ts';
import {
  install,
  killHard,
  launch,
  makeKeys,
  pause,
  postmasterOf,
  processesBelow,
  start,
  until,
  workFolder,
  type RealService,
} from '../harness/real-service.ts';
import { caller } from '../harness/served.ts';
import type { Compiled } from '../support/compiled.ts';

const isRoot = process.getuid?.() === 0;
const canMakeNamespaces =
  isRoot && spawnSync('unshare', ['--user', '--map-user=65534', '--map-group=65534', '--', 'true']).status === 0;

function idsOf(user: string): { uid: number; gid: number } | undefined {
  const id = (flag: string): number => Number(spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout || Number.NaN);
  const ids = { uid: id('-u'), gid: id('-g') };
  return Number.isInteger(ids.uid) && Number.isInteger(ids.gid) ? ids : undefined;
}

const event = (n: number) => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  type: 'prediction',
  occurredAt: '2026-11-23T10:15:00Z',
  subject: `MRN-${n}`,
  model: { name: 'readmission', version: '3.1.0' },
  payload: { riskScore: 0.5 },
});

let compiled: Compiled;
let folder: Awaited<ReturnType<typeof workFolder>>;
beforeAll(() => {
  compiled = install();
});
afterAll(() => {
  compiled.remove();
});
beforeEach(async () => {
  folder = await workFolder();
});
afterEach(async () => {
  await folder.remove();
});

let integrator = '';
async function post(service: RealService, n: number): Promise<number> {
  const call = caller(service.url, {} as never);
  return (await call('POST', '/v1/events', { key: integrator, body: event(n) })).status;
}

async function expectStopped(service: RealService): Promise<void> {
  expect(await service.stop()).toEqual({ code: 0, signal: null });
  expect(processesBelow(folder.path)).toEqual([]);
}

/** First start, an event, a stop, a later start that still has it. */
async function expectLives(options: Parameters<typeof start>[1]): Promise<void> {
  const first = await start(compiled, options);
  integrator = (await makeKeys(first.url)).integrator;
  expect(await post(first, 1)).toBe(201);
  await expectStopped(first);
  const later = await start(compiled, options);
  expect([await post(later, 1), await post(later, 2)]).toEqual([200, 201]);
  await expectStopped(later);
}

describe('embedded PostgreSQL', () => {
  it('is made at the first start, kept for later ones, and no process outlives a stop', async () => {
    await expectLives({ dataDir: join(folder.path, 'data') });
  });

  it('listens on no TCP port, and nobody else may enter its socket folder', async () => {
    const service = await start(compiled, { dataDir: join(folder.path, 'data') });
    const settings = readFileSync(join(service.dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
    // Line 6: the first TCP address, empty where there is none.
    expect([settings[4], settings[5]]).toEqual([join(service.dataDir, 'postgres'), '']);
    expect(statSync(join(service.dataDir, 'postgres')).mode & 0o077).toBe(0);
    await expectStopped(service);
  });

  it('outlives a service that was killed, and the next start takes it over', async () => {
    const dataDir = join(folder.path, 'data');
    const first = await start(compiled, { dataDir });
    integrator = (await makeKeys(first.url)).integrator;
    expect(await post(first, 1)).toBe(201);
    const postmaster = postmasterOf(dataDir);
    first.signal('SIGKILL');
    await first.exited;
    expect(postmasterOf(dataDir)).toBe(postmaster);
    const next = await start(compiled, { dataDir });
    expect(postmasterOf(dataDir)).toBe(postmaster);
    expect([await post(next, 1), await post(next, 2)]).toEqual([200, 201]);
    await expectStopped(next);
  });

  it('a stale pid file with the number of another program is not taken for a server', async () => {
    const dataDir = join(folder.path, 'data');
    const first = await start(compiled, { dataDir });
    integrator = (await makeKeys(first.url)).integrator;
    const postmaster = postmasterOf(dataDir);
    for (const pid of [first.pid, ...processesBelow(dataDir)]) killHard(pid);
    await until(() => processesBelow(folder.path).length === 0, 'all is dead');
    const file = join(dataDir, 'postgres', 'postmaster.pid');
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines[0]).toBe(String(postmaster));
    await writeFile(file, [String(process.pid), ...lines.slice(1)].join('\n'));
    const next = await start(compiled, { dataDir });
    expect(await post(next, 1)).toBe(201);
    await expectStopped(next);
  });

  describe('killed while it is being made', () => {
    for (const victim of ['the service alone', 'the service and initdb'] as const) {
      it(`${victim}: the next start makes it anew`, async () => {
        const dataDir = join(folder.path, 'data');
        for (const ms of [20, 150, 400]) {
          const interrupted = launch(compiled, { dataDir });
          await until(() => initialisers(dataDir).length > 0, 'initdb runs');
          await pause(ms);
          killHard(interrupted.pid);
          if (victim !== 'the service alone') for (const pid of initialisers(dataDir)) killHard(pid);
          await interrupted.exited;
          expect(existsSync(join(dataDir, 'postgres', 'vericlin-initialised'))).toBe(false);
        }
        // At once: what the killed one left running may still be writing.
        await expectLives({ dataDir });
        expect(readdirSync(dataDir).filter((name) => name.includes('initialising'))).toEqual([]);
      });
    }
  });

  it('a second service on the same folder refuses, and the first goes on', async () => {
    const dataDir = join(folder.path, 'data');
    const first = await start(compiled, { dataDir });
    integrator = (await makeKeys(first.url)).integrator;
    const second = launch(compiled, { dataDir });
    await expect(second.ready).rejects.toThrow('another service uses this data folder');
    expect((await second.exited).code).toBeGreaterThan(0);
    expect(second.err()).toContain('data_dir_in_use');
    expect(await post(first, 1)).toBe(201);
    await expectStopped(first);
  });

  it('of several services started at once exactly one lives', async () => {
    const dataDir = join(folder.path, 'data');
    const all = Array.from({ length: 3 }, () => launch(compiled, { dataDir }));
    const settled = await Promise.allSettled(all.map((service) => service.ready));
    const living = all.filter((_, i) => settled[i]?.status === 'fulfilled');
    expect(living).toHaveLength(1);
    await expectStopped(living[0]!);
  });

  for (const [what, name] of [
    ['a path longer than a socket address', join('a'.repeat(60), 'b'.repeat(60), 'data')],
    ['spaces', 'with  two spaces '],
    ['quotes', `it's "quoted"`],
    ['commas and shell characters', '$HOME,`x`;%41 \\ #&?'],
    ['characters beyond ASCII', 'Größe ☃ 数据'],
  ] as const) {
    it(`lives in a folder with ${what}`, async () => {
      await expectLives({ dataDir: join(await made(folder.path, name, '..'), name.split('/').at(-1)!) });
    });
  }

  it.skipIf(!canMakeNamespaces)(
    canMakeNamespaces
      ? 'as root below a folder that only root may enter'
      : 'as root below a folder that only root may enter (skipped: needs root and user namespaces)',
    async () => {
      await mkdir(join(folder.path, 'private'), { mode: 0o700 });
      await expectLives({ dataDir: join(folder.path, 'private', 'data') });
    },
  );

  for (const user of ['nobody', 'postgres']) {
    const ids = isRoot ? idsOf(user) : undefined;
    it.skipIf(ids === undefined)(
      ids === undefined
        ? `as the ordinary user ${user} (skipped: needs root and that user)`
        : `as the ordinary user ${user}, to whom everything then belongs`,
      async () => {
        const home = join(folder.path, 'home');
        await mkdir(home);
        execFileSync('chown', [`${ids!.uid}:${ids!.gid}`, home]);
        const dataDir = join(home, 'data');
        await expectLives({ dataDir, ids: ids! });
        const owners = readdirSync(dataDir).map((name) => statSync(join(dataDir, name)).uid);
        expect(new Set(owners)).toEqual(new Set([ids!.uid]));
        expect(statSync(dataDir).mode & 0o077).toBe(0);
      },
    );
  }

  it('a folder that somebody else made is refused and left as it is', async () => {
    const postgres = join(folder.path, 'data', 'postgres');
    await mkdir(join(postgres, 'base'), { recursive: true });
    await writeFile(join(postgres, 'PG_VERSION'), '15\n');
    await writeFile(join(postgres, 'base', 'precious'), 'theirs');
    const seen = (): unknown =>
      ['', 'PG_VERSION', 'base', 'base/precious'].map((name) => {
        const { uid, gid, mode, mtimeMs } = statSync(join(postgres, name));
        return { name, uid, gid, mode, mtimeMs };
      });
    const before = seen();
    const refused = launch(compiled, { dataDir: join(folder.path, 'data') });
    await expect(refused.ready).rejects.toThrow('was not made by Vericlin');
    await refused.exited;
    expect(seen()).toEqual(before);
    expect(processesBelow(folder.path)).toEqual([]);
  });

  it('a log written through all of it is whole', async () => {
    const dataDir = join(folder.path, 'data');
    let service = await start(compiled, { dataDir });
    integrator = (await makeKeys(service.url)).integrator;
    for (let n = 1; n <= 3; n += 1) {
      expect(await post(service, n)).toBe(201);
      killHard(postmasterOf(dataDir));
      killHard(service.pid);
      await service.exited;
      service = await start(compiled, { dataDir });
    }
    const log = await checkLog({ host: join(dataDir, 'postgres'), port: 5432, user: 'vericlin', database: 'vericlin' });
    expect(log.ids).toEqual(expect.arrayContaining([1, 2, 3].map((n) => event(n).id)));
    await expectStopped(service);
  });
});

/** initdb and what it runs, in the folders of this data folder. */
function initialisers(dataDir: string): number[] {
  return processesBelow(dataDir).filter((pid) => {
    try {
      return /initdb|--boot|--single|postgres/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      return false;
    }
  });
}

async function made(...parts: string[]): Promise<string> {
  const path = join(...parts);
  await mkdir(path, { recursive: true });
  return path;
}
