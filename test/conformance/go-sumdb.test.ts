import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entriesPath, partialTiles, tilePath } from '../../ledger/merkle/tile-layout.ts';
import { sampleEnvelope, SampleLog, sampleUuid } from '../support/sample-log.ts';

const PATH = `${process.env['PATH'] ?? ''}${delimiter}/usr/local/go/bin`;
const env = { ...process.env, PATH };
const hasGo = spawnSync('go', ['version'], { env }).status === 0;
const SOURCE = join(import.meta.dirname, 'go-sumdb');
/** More than one full tile of level 1 would take 65,536 entries; this has full and partial tiles at level 0 and one at level 1. */
const SIZE = 1300;

function write(path: string, data: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
}

function bundleOf(entries: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    entries.flatMap((entry) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );
}

/** The log as static files, with checkpoints of some earlier sizes and some proofs. */
function writeLog(dir: string): SampleLog {
  const log = new SampleLog();
  for (let n = 0; n < SIZE; n++) {
    log.append(sampleEnvelope(n, n > 0 ? { refs: [sampleUuid(n - 1)] } : {}));
    if ([1, 2, 255, 256, 257, 1024, 1299].includes(log.edge.size))
      write(join(dir, `checkpoint.${log.edge.size}`), log.checkpoint());
  }
  write(join(dir, 'checkpoint'), log.checkpoint());
  for (const { level, n, pyramid } of [...log.edge.completed, ...log.edge.openTiles()]) {
    write(join(dir, tilePath(level, n, pyramid.width)), pyramid.hashes());
  }
  for (let n = 0; n * 256 < SIZE; n++) {
    const entries = log.events.slice(n * 256, (n + 1) * 256).map(({ entry }) => entry);
    write(join(dir, entriesPath(n, entries.length)), bundleOf(entries));
  }
  for (const index of [0, 1, 255, 256, 700, 1279, 1280, 1299])
    write(join(dir, 'proofs', String(index)), log.tlogProof(index));
  return log;
}

describe.skipIf(!hasGo)(hasGo ? 'read by Go’s sumdb' : 'read by Go’s sumdb (skipped: no go command here)', () => {
  let dir = '';
  let program = '';
  let log: SampleLog;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'vericlin-go-'));
    program = join(dir, 'go-sumdb');
    execFileSync('go', ['build', '-o', program, '.'], { cwd: SOURCE, env });
    log = writeLog(join(dir, 'log'));
  }, 300_000);
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  const run = (vkey = log.vkey) => spawnSync(program, [join(dir, 'log'), vkey], { encoding: 'utf8' });

  test('note, tiles, entries, inclusion proofs and consistency', () => {
    expect(partialTiles(SIZE).map(({ level }) => level)).toEqual([0, 1]);
    const { status, stdout, stderr } = run();
    expect(stderr).toBe('');
    expect(stdout).toBe(`verified ${SIZE} entries, 8 proofs, 7 older checkpoints\n`);
    expect(status).toBe(0);
  });

  test.each([
    'checkpoint',
    'checkpoint.255',
    'tile/0/000',
    'tile/0/005.p/20',
    'tile/1/000.p/5',
    'tile/entries/003',
    'proofs/700',
  ])('a flipped bit in %s is noticed', (name) => {
    const path = join(dir, 'log', name);
    expect(existsSync(path)).toBe(true);
    const good = readFileSync(path);
    const bad = Buffer.from(good);
    bad[Math.floor(bad.length / 2)]! ^= 1;
    writeFileSync(path, bad);
    expect(run().status).toBe(1);
    writeFileSync(path, good);
    expect(run().status).toBe(0);
  });

  test('under another key it is refused', () => {
    expect(run(new SampleLog('other.example/log').vkey).status).toBe(1);
  });
});
