import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../support/cli.ts';
import { cheapEntry, serveLog, tiledLog, type StaticLog, type TiledLog } from '../../support/tiled-log.ts';

let folder: string;
let served: StaticLog;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vericlin-export-'));
});
afterEach(async () => {
  served.server.close();
  served.server.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

async function serve(log: TiledLog): Promise<void> {
  served = await serveLog(log.files);
}

const exportLog = (...args: string[]) => runCli(['export', '--out', folder, '--url', served.url, ...args]);

async function filesIn(path: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const name of await readdir(path, { recursive: true })) {
    const file = join(path, name);
    if ((await stat(file)).isFile()) found.set(name, await readFile(file));
  }
  return found;
}

const damaged = (log: TiledLog, path: string): Map<string, Buffer> => {
  const bytes = Buffer.from(log.files.get(path)!);
  bytes[20]! ^= 1;
  return new Map([...log.files, [path, bytes]]);
};

describe('vericlin export', () => {
  it.each([0, 1, 256, 700, 66_000])('writes a log of %i entries byte for byte', async (size) => {
    const log = tiledLog(size);
    await serve(log);
    const result = await exportLog('--key', log.vkey, '--json');
    expect([result.code, result.err]).toEqual([0, '']);
    expect(JSON.parse(result.out)).toMatchObject({ size, key: log.vkey, pinned: true, origin: 'vericlin.example/log' });
    const written = await filesIn(folder);
    expect([...written.keys()].sort()).toEqual([...log.files.keys()].sort());
    for (const [path, bytes] of log.files) expect(written.get(path)?.equals(bytes)).toBe(true);
    expect((await runCli(['fsck', folder, '--key', log.vkey])).code).toBe(0);
  });

  it('goes on after an interruption, fetches only what is missing, and mends what was damaged', async () => {
    const log = tiledLog(2_000);
    await serve(log);
    served.files = new Map([...log.files].filter(([path]) => path !== 'tile/entries/006'));
    const broken = await exportLog('--key', log.vkey);
    expect([broken.code, broken.err]).toEqual([1, expect.stringContaining('tile/entries/006')]);
    expect((await filesIn(folder)).has('checkpoint')).toBe(false);
    await writeFile(join(folder, 'tile/0/001'), 'damaged');
    served.files = log.files;
    served.asked.length = 0;
    expect((await exportLog('--key', log.vkey)).code).toBe(0);
    expect(served.asked).toContain('tile/0/001');
    expect(served.asked).toContain('tile/entries/006');
    expect(served.asked).not.toContain('tile/entries/002');
    expect((await runCli(['fsck', folder, '--key', log.vkey])).code).toBe(0);
  });

  it('brings an older export up to date', async () => {
    await serve(tiledLog(700));
    expect((await exportLog()).code).toBe(0);
    const grown = tiledLog(1_500);
    served.files = grown.files;
    served.asked.length = 0;
    expect((await exportLog()).code).toBe(0);
    expect(served.asked).not.toContain('tile/entries/001');
    expect(await readFile(join(folder, 'checkpoint'), 'utf8')).toBe(grown.checkpoint);
    expect((await runCli(['fsck', folder, '--key', grown.vkey])).code).toBe(0);
  });

  it.each(['tile/0/003', 'tile/entries/004', 'tile/1/000.p/7', 'tile/0/007.p/208'])(
    'takes over nothing of a log whose %s is altered, and writes no checkpoint',
    async (path) => {
      const log = tiledLog(2_000);
      await serve(log);
      served.files = damaged(log, path);
      const result = await exportLog('--key', log.vkey);
      expect([result.code, result.err]).toEqual([1, expect.stringContaining('not what it claims')]);
      const written = await filesIn(folder);
      expect(written.has('checkpoint')).toBe(false);
      expect(written.has(path)).toBe(false);
    },
  );

  it('refuses a log that rewrote what was exported before, or that shrank', async () => {
    await serve(tiledLog(700));
    expect((await exportLog()).code).toBe(0);
    served.files = tiledLog(900, undefined, (n) => cheapEntry(n === 5 ? 9_999 : n)).files;
    const rewritten = await exportLog();
    expect([rewritten.code, rewritten.err]).toEqual([1, expect.stringContaining('does not extend')]);
    served.files = tiledLog(100).files;
    const shrunk = await exportLog();
    expect([shrunk.code, shrunk.err]).toEqual([1, expect.stringContaining('had 700')]);
  });

  it('does not write among files of something else, nor into the export of another log', async () => {
    await serve(tiledLog(3));
    await writeFile(join(folder, 'thesis.txt'), '');
    expect(await exportLog()).toMatchObject({ code: 2, err: expect.stringContaining('other files') as unknown });
    await rm(join(folder, 'thesis.txt'));
    expect((await exportLog()).code).toBe(0);
    served.files = tiledLog(5, 'other.example/log').files;
    expect(await exportLog()).toMatchObject({ code: 2, err: expect.stringContaining('another log') as unknown });
  });

  it('refuses a log that is signed by another key than the given one', async () => {
    await serve(tiledLog(3));
    const result = await exportLog('--key', tiledLog(3, 'other.example/log').vkey);
    expect([result.code, result.err]).toEqual([1, expect.stringContaining('not signed by')]);
  });
});
