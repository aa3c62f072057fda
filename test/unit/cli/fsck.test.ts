import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli, type CliResult } from '../../support/cli.ts';
import { cheapEntry, serveLog, tiledLog, writeLog, type StaticLog, type TiledLog } from '../../support/tiled-log.ts';

let folder: string;
/** For what is not part of the log. */
let apart: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vericlin-fsck-'));
  apart = await mkdtemp(join(tmpdir(), 'vericlin-since-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(apart, { recursive: true, force: true });
});

interface Report {
  outcome: string;
  fault: { path: string; index: number | null; reason: string } | null;
  log: { size: number } | null;
  key: { pinned: boolean } | null;
  since: { size: number; extended: boolean } | null;
}

async function fsck(
  files: ReadonlyMap<string, Uint8Array>,
  ...args: string[]
): Promise<CliResult & { report: Report }> {
  await rm(folder, { recursive: true, force: true });
  await writeLog(folder, files);
  const result = await runCli(['fsck', folder, '--json', ...args]);
  return { ...result, report: JSON.parse(result.out === '' ? '{}' : result.out) as Report };
}

function changed(log: TiledLog, path: string, change: (bytes: Buffer) => Buffer | undefined): Map<string, Buffer> {
  const files = new Map(log.files);
  const bytes = change(Buffer.from(files.get(path)!));
  if (bytes === undefined) files.delete(path);
  else files.set(path, bytes);
  return files;
}

function flip(at: number): (bytes: Buffer) => Buffer {
  return (bytes) => {
    bytes[at] = bytes[at]! ^ 1;
    return bytes;
  };
}

describe('a good log', () => {
  it.each([0, 1, 255, 256, 257, 512, 700, 65_536, 70_000])('of %i entries passes', async (size) => {
    const log = tiledLog(size);
    const { code, report } = await fsck(log.files, '--key', log.vkey);
    expect(report.fault).toBeNull();
    expect([code, report.outcome, report.log?.size, report.key?.pinned]).toEqual([0, 'valid', size, true]);
  });

  it('says that its key is its own claim where none is given', async () => {
    const result = await runCliOn(tiledLog(3), []);
    expect(result.code).toBe(0);
    expect(result.out).toContain('what the log says of itself');
  });

  async function runCliOn(log: TiledLog, args: readonly string[]) {
    await writeLog(folder, log.files);
    return await runCli(['fsck', folder, ...args]);
  }
});

describe('one flipped bit', () => {
  let log: TiledLog;
  let whole: string;
  beforeAll(async () => {
    log = tiledLog(70_000);
    whole = await mkdtemp(join(tmpdir(), 'vericlin-whole-'));
    await writeLog(whole, log.files);
  });
  afterAll(async () => {
    await rm(whole, { recursive: true, force: true });
  });

  it.each([
    ['tile/entries/005', 5_000, 5 * 256 + Math.floor(5_000 / (cheapEntry(0).length + 2))],
    ['tile/entries/273.p/112', 40, 273 * 256],
    ['tile/0/007', 100, 7 * 256],
    ['tile/0/273.p/112', 33, 273 * 256 + 1],
    ['tile/1/000', 8_191, 0],
    ['tile/1/001.p/17', 32 * 3, (256 + 3) * 256],
    ['tile/2/000.p/1', 0, 0],
  ])('in %s is found there', async (path, at, index) => {
    await writeFile(join(whole, path), flip(at)(Buffer.from(log.files.get(path)!)));
    const { code, out } = await runCli(['fsck', whole, '--json', '--key', log.vkey]);
    await writeFile(join(whole, path), log.files.get(path)!);
    const { outcome, fault } = JSON.parse(out) as Report;
    expect([code, outcome, fault?.path, fault?.index]).toEqual([1, 'invalid', path, index]);
  });

  it('in any line of the checkpoint is found', async () => {
    const small = tiledLog(3);
    for (let at = 0; at < small.checkpoint.length; at += 7) {
      const { code, report } = await fsck(changed(small, 'checkpoint', flip(at)), '--key', small.vkey);
      expect([at, code, report.fault?.path]).toEqual([at, 1, 'checkpoint']);
    }
  });
});

describe('other damage', () => {
  const log = tiledLog(700);

  it.each(['tile/0/001', 'tile/entries/001', 'tile/0/002.p/188', 'tile/1/000.p/2', 'tile/entries/002.p/188'])(
    'a missing %s is named',
    async (path) => {
      const { code, report } = await fsck(
        changed(log, path, () => undefined),
        '--key',
        log.vkey,
      );
      expect([code, report.fault?.path, report.fault?.reason]).toEqual([1, path, expect.stringContaining('missing')]);
    },
  );

  it.each(['tile/0/001', 'tile/entries/001', 'tile/0/002.p/188', 'tile/1/000.p/2', 'tile/entries/002.p/188'])(
    'a longer and a shorter %s is named',
    async (path) => {
      const longer = await fsck(
        changed(log, path, (bytes) => Buffer.concat([bytes, Buffer.of(0)])),
        '--key',
        log.vkey,
      );
      expect([longer.code, longer.report.fault?.path]).toEqual([1, path]);
      const shorter = await fsck(
        changed(log, path, (bytes) => bytes.subarray(1)),
        '--key',
        log.vkey,
      );
      expect([shorter.code, shorter.report.fault?.path]).toEqual([1, path]);
    },
  );

  it('takes the full tile where a server dropped the partial one', async () => {
    const grown = tiledLog(800);
    const files = new Map([...grown.files, ['checkpoint', log.files.get('checkpoint')!] as const]);
    for (const [path, bytes] of log.files) if (path.startsWith('tile/1')) files.set(path, bytes);
    expect((await fsck(files, '--key', log.vkey)).code).toBe(0);
  });

  it('a log of another key is refused', async () => {
    const other = tiledLog(3, 'other.example/log');
    const { code, report } = await fsck(log.files, '--key', other.vkey);
    expect([code, report.fault?.path, report.fault?.reason]).toEqual([
      1,
      'checkpoint',
      expect.stringContaining('not signed'),
    ]);
  });

  it('an entry that is no entry is named, though every hash fits', async () => {
    const odd = tiledLog(300, undefined, (n) => (n === 270 ? Buffer.from('{"v":1}') : cheapEntry(n)));
    const { code, report } = await fsck(odd.files, '--key', odd.vkey);
    expect([code, report.fault?.index, report.fault?.path]).toEqual([1, 270, 'tile/entries/001.p/44']);
  });

  it('of two faults the first is named', async () => {
    const files = changed(log, 'tile/entries/001', flip(50));
    const both = changed({ ...log, files }, 'tile/entries/000', flip(50));
    expect((await fsck(both, '--key', log.vkey)).report.fault?.path).toBe('tile/entries/000');
  });
});

describe('--since', () => {
  it.each([
    [1, 2],
    [256, 300],
    [300, 300],
    [300, 70_000],
    [65_536, 70_000],
    [65_537, 70_000],
  ])('proves that %i entries were extended to %i', async (from, to) => {
    const since = join(apart, 'checkpoint');
    await writeFile(since, tiledLog(from).checkpoint);
    const { code, report } = await fsck(tiledLog(to).files, '--since', since);
    expect([code, report.since]).toEqual([0, { size: from, extended: true }]);
  });

  it('finds a history that was rewritten, and a log that shrank', async () => {
    const since = join(apart, 'checkpoint');
    await writeFile(since, tiledLog(300, undefined, (n) => cheapEntry(n === 5 ? 9_999 : n)).checkpoint);
    const rewritten = await fsck(tiledLog(700).files, '--since', since);
    expect([rewritten.code, rewritten.report.fault?.reason]).toEqual([1, expect.stringContaining('does not extend')]);
    const shrunk = await fsck(tiledLog(200).files, '--since', since);
    expect([shrunk.code, shrunk.report.fault?.reason]).toEqual([1, expect.stringContaining('had 300 before')]);
  });
});

describe('over HTTP', () => {
  let served: StaticLog;
  const log = tiledLog(700);
  beforeAll(async () => {
    served = await serveLog(log.files);
  });
  afterAll(() => {
    served.server.close();
    served.server.closeAllConnections();
  });

  it.each(['/log', ''])('checks a service at its address%s', async (suffix) => {
    const result = await runCli(['fsck', served.url + suffix, '--key', log.vkey]);
    expect(result.err).toBe('');
    expect([result.code, result.out]).toEqual([0, expect.stringContaining('GOOD')]);
  });

  it('calls what it cannot reach unchecked, not bad', async () => {
    const result = await runCli(['fsck', 'http://127.0.0.1:9/log', '--key', log.vkey, '--json']);
    expect([result.code, JSON.parse(result.err)]).toEqual([
      2,
      { error: expect.objectContaining({ code: 'service_unreachable' }) as unknown },
    ]);
  }, 20_000);
});

describe('unusable input', () => {
  it.each([
    [['fsck', '/nowhere']],
    [['fsck', tmpdir(), '--key', 'nonsense']],
    [['fsck']],
    [['fsck', tmpdir(), '--what']],
  ])('%j ends with 2 and says why on stderr', async (args) => {
    const result = await runCli(args);
    expect([result.code, result.out]).toEqual([2, '']);
    expect(result.err).not.toBe('');
  });
});
