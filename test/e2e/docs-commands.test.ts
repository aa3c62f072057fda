/**
 * The commands that documents show are run as they stand there, block after block in one shell, against a real service.
 * Only the port and the place for temporary files are chosen here, by variables that the document itself reads.
 */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bundle, Receipt } from '../../ledger/types.ts';
import { takeDown } from '../../cli/devnet/down.ts';
import { findPrograms } from '../../cli/devnet/programs.ts';
import { devnetSkipNote, devnetUnavailable } from '../harness/devnet.ts';
import { readDocument } from '../support/markdown.ts';
import { hasSharedData, projectRoot } from '../support/project.ts';
import { freePort, hasCommand, runShell, type ShellOutcome } from '../support/shell.ts';

const canRun = hasCommand('bash') && hasCommand('curl');
const hasFabric = devnetUnavailable() === undefined;
const blocks = readDocument('README.md').blocks.filter(
  ({ mark }) => mark?.kind === 'run' && mark.text.startsWith('tour') && (hasFabric || mark.text !== 'tour-fabric'),
);

/** The programs that the tests use, for a shell that is otherwise a reader's. */
function fabricEnvironment(): Record<string, string> {
  const programs = hasFabric ? findPrograms(process.env) : undefined;
  return programs === undefined ? {} : { VERICLIN_FABRIC_BIN: dirname(programs.paths.peer) };
}

describe.skipIf(!canRun)('the tour of the README (needs bash and curl)', () => {
  let work: string;
  let tour: ShellOutcome;
  let files: string;

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'vericlin-tour-'));
    const env = { VERICLIN_PORT: String(await freePort()), TMPDIR: work, ...fabricEnvironment() };
    tour = await runShell(blocks.map(({ text }) => text).join('\n'), { cwd: projectRoot, env, timeoutMs: 230_000 });
    files = join(work, readdirSync(work).find((name) => name.startsWith('tmp.')) ?? '');
  }, 240_000);

  afterAll(async () => {
    // Its processes outlive a shell that was broken off.
    if (hasFabric) await takeDown(join(files, 'devnet'), true);
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

  test('the recorded audit is computed again with the same bytes, and drawn', () => {
    expect(tour.output).toContain('SAME: what was recorded is what this input gives.');
    expect(readFileSync(join(files, 'fairness.svg'), 'utf8')).toContain('disparate_impact');
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

  test.skipIf(!hasFabric)(`what was posted on the network is endorsed by both organisations${devnetSkipNote()}`, () => {
    const receipt = JSON.parse(readFileSync(join(files, 'anchored.json'), 'utf8')) as Receipt;
    expect(receipt.anchor?.size).toBeGreaterThan(receipt.index);
    for (const name of ['endorsed.json', 'erased-and-endorsed.json']) {
      const bundle = JSON.parse(readFileSync(join(files, name), 'utf8')) as Bundle;
      expect(bundle.anchor?.read.endorsements, name).toHaveLength(2);
    }
    for (const organization of ['Org1MSP', 'Org2MSP']) expect(tour.output).toContain(organization);
    expect(tour.output).toContain('exit code 3: endorsed, content lawfully erased');
  });

  test.skipIf(!hasFabric)(`nothing of the network runs any more${devnetSkipNote()}`, () => {
    expect(existsSync(join(files, 'devnet'))).toBe(false);
  });
});
