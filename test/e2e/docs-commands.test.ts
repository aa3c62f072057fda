/**
 * The commands that documents show are run as they stand there, block after block in one shell, against a real service.
 * Only the port and the place for temporary files are chosen here, by variables that the document itself reads.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDocument } from '../support/markdown.ts';
import { hasSharedData, projectRoot } from '../support/project.ts';
import { freePort, hasCommand, runShell, type ShellOutcome } from '../support/shell.ts';

const blocks = readDocument('README.md').blocks.filter(
  ({ mark }) => mark?.kind === 'run' && mark.text.startsWith('tour'),
);
const canRun = hasCommand('bash') && hasCommand('curl');

describe.skipIf(!canRun)('the tour of the README (needs bash and curl)', () => {
  let work: string;
  let tour: ShellOutcome;
  let files: string;

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'vericlin-tour-'));
    const env = { VERICLIN_PORT: String(await freePort()), TMPDIR: work };
    tour = await runShell(blocks.map(({ text }) => text).join('\n'), { cwd: projectRoot, env, timeoutMs: 170_000 });
    files = join(work, readdirSync(work).find((name) => name.startsWith('tmp.')) ?? '');
  }, 180_000);

  afterAll(() => {
    rmSync(work, { recursive: true, force: true });
  });

  test('every command ends as the document says', () => {
    expect(blocks.length).toBeGreaterThan(5);
    expect(tour.output + readFileSync(join(files, 'service.log'), 'utf8')).toContain('listening on');
    expect({ code: tour.code, output: tour.code === 0 ? '' : tour.output }).toEqual({ code: 0, output: '' });
  });

  test('the forged file is told from the real one, and the erased one from both', () => {
    expect(tour.output).toContain('exit code 1: not what was recorded');
    expect(tour.output).toContain('exit code 3: valid, content lawfully erased');
  });

  test('what the log holds names no patient', () => {
    const receipt = JSON.parse(readFileSync(join(files, 'receipt.json'), 'utf8')) as { entry: string };
    const entry = Buffer.from(receipt.entry, 'base64').toString('utf8');
    expect(tour.output).toContain(entry);
    for (const value of ['MRN-0042', 'E-77', 'svc-scoring', '0.83', '2026']) expect(entry).not.toContain(value);
    expect(readFileSync(join(files, 'opened.json'), 'utf8')).toContain('MRN-0042');
    for (const name of ['bundle.json', 'erased.json'])
      expect(readFileSync(join(files, name), 'utf8')).not.toContain('MRN-0042');
  });

  test('the service stopped, and its log names no patient', () => {
    const log = readFileSync(join(files, 'service.log'), 'utf8');
    expect(log).not.toContain('MRN-0042');
    expect(() => readFileSync(join(files, 'data', 'postgres', 'postmaster.pid'))).toThrow('ENOENT');
  });

  test.skipIf(!hasSharedData)('the data set was imported (needs ../shared/data)', () => {
    const checkpoint = readFileSync(join(files, 'log', 'checkpoint'), 'utf8');
    expect(Number(checkpoint.split('\n')[1])).toBeGreaterThan(9_000);
  });
});
