/** `vericlin fairness` as it is shipped: a long file in little memory, a pipe, and no network. */
import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, type Compiled } from '../support/compiled.ts';

const ROWS = 400_000;
const PADDING = 'x'.repeat(400);
const ARGUMENTS = ['--label', 'y', '--prediction', 'yhat', '--attribute', 'sex', '--resamples', '0', '--json'];
let compiled: Compiled;
let folder: string;
let file: string;

beforeAll(async () => {
  compiled = compile();
  folder = await mkdtemp(join(tmpdir(), 'vericlin-fairness-'));
  file = join(folder, 'rows.csv');
  const out = createWriteStream(file);
  out.write('note,sex,y,yhat\n');
  for (let i = 0; i < ROWS; i += 1) {
    const row = `"${PADDING}, ""${i}""",${i % 2 === 0 ? 'F' : 'M'},${Number(i % 5 < 2)},${Number(i % 3 === 0)}\n`;
    if (!out.write(row)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}, 120_000);
afterAll(async () => {
  compiled.remove();
  await rm(folder, { recursive: true, force: true });
});

interface Measured {
  readonly n: number;
}

describe('vericlin fairness, compiled', () => {
  it('measures a file that is larger than the memory it may use', async () => {
    expect((await stat(file)).size).toBeGreaterThan(150 << 20);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--max-old-space-size=48', compiled.main, 'fairness', file, ...ARGUMENTS],
      { encoding: 'utf8', maxBuffer: 64 << 20 },
    );
    expect([status, stderr]).toEqual([0, '']);
    expect((JSON.parse(stdout) as Measured).n).toBe(ROWS);
  }, 120_000);

  it.skipIf(process.platform === 'win32')('reads a pipe to its end, wherever that is (needs /dev/stdin)', () => {
    const pipe = (bytes: number): ReturnType<typeof spawnSync> =>
      spawnSync(
        'sh',
        [
          '-c',
          'size=$1 file=$2 node=$3 main=$4; shift 4; head -c "$size" "$file" | "$node" "$main" fairness /dev/stdin "$@"',
          'sh',
          String(bytes),
          file,
          process.execPath,
          compiled.main,
        ].concat(ARGUMENTS),
        { encoding: 'utf8', maxBuffer: 64 << 20 },
      );
    // The cut goes through a row: the pipe ends inside a quote.
    const { status, stderr } = pipe(4_500_000);
    expect(status).toBe(2);
    const { error } = JSON.parse(String(stderr)) as { error: { code: string; message: string } };
    expect(error.code).toBe('row_malformed');
    expect(error.message).toMatch(/^row \d+ \(line \d+\): /);
    expect(error.message).not.toContain('xxx');
  });

  it('shows progress of a long file on stderr, and none with --json', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [compiled.main, 'fairness', file, ...ARGUMENTS.filter((one) => one !== '--json')],
      { encoding: 'utf8' },
    );
    expect(status).toBe(0);
    // No terminal: a line every few seconds, none where it is done before.
    expect(stderr).toMatch(/^(reading: \d+ of \d+ kB\n)*$/);
  }, 120_000);
});
