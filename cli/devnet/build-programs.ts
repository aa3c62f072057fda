/** Builds Fabric's programs once from their Go module, into a cache. @module */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../runtime/package-root.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure, unusable } from '../failure.ts';
import { startProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { withLock } from './lock.ts';
import { cacheFolder, FABRIC_RELEASE, findOnPath, findPrograms, PROGRAM_NAMES, type Programs } from './programs.ts';
import type { Steps } from './steps.ts';

/** A cold build takes minutes on a small machine with a slow line. */
const BUILD_MS = 30 * 60_000;
const TAIL_LINES = 8;

/** Finds the programs, or builds them. @throws CommandFailure exit 2 where they can be had in no way */
export async function obtainPrograms(terminal: Terminal, steps: Steps, silent: boolean): Promise<Programs> {
  const found = findPrograms(terminal.env);
  if (found !== undefined) return found;
  const go = findOnPath('go', terminal.env);
  if (go === undefined) {
    throw new CommandFailure(
      EXIT.unusable,
      `Fabric's programs (${PROGRAM_NAMES.join(', ')}) were not found, and there is no go to build them`,
      {
        code: 'devnet_programs',
        next:
          'Either unpack a release of Hyperledger Fabric (2.5 or 3.1) and set VERICLIN_FABRIC_BIN to its bin folder, or ' +
          'install Go 1.24 or later: they are then built once.',
      },
    );
  }
  const cache = cacheFolder(terminal.env);
  mkdirSync(cache, { recursive: true });
  return withLock(
    {
      path: join(cache, '.lock'),
      waitMs: BUILD_MS,
      onWait: (pid) => {
        steps.say(`waiting for process ${pid}, which is building Fabric's programs`);
      },
    },
    async () => findPrograms(terminal.env) ?? (await build(go, cache, { terminal, steps, silent })),
  );
}

interface Showing {
  readonly terminal: Terminal;
  readonly steps: Steps;
  readonly silent: boolean;
}

/** Into a folder of its own that takes the place of `bin` when it is complete: half a build is never found. */
async function build(go: string, cache: string, showing: Showing): Promise<Programs> {
  for (const name of readdirSync(cache)) {
    if (name.startsWith('building-')) rmSync(join(cache, name), { recursive: true, force: true });
  }
  const temporary = mkdtempSync(join(cache, 'building-'));
  try {
    showing.steps.say(`Building Fabric ${FABRIC_RELEASE} once into ${cache}: a few minutes, 1 GB of Go's caches.`);
    await runGo(go, temporary, showing);
    const bin = join(cache, 'bin');
    if (existsSync(bin)) renameSync(bin, join(temporary, 'incomplete'));
    renameSync(join(temporary, 'bin'), bin);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  const programs = findPrograms(showing.terminal.env);
  if (programs === undefined) throw unusable('the build made other programs than expected');
  return programs;
}

/** The versions of everything are pinned by go.mod and go.sum of this package. */
async function runGo(go: string, temporary: string, { terminal, silent }: Showing): Promise<void> {
  const progress = await startProgress(terminal, {
    label: 'building Fabric',
    unit: 'packages and downloads',
    total: undefined,
    silent,
  });
  const options = ['-v', '-mod=readonly', '-trimpath', '-ldflags', '-s -w'];
  const child = spawn(go, ['build', ...options, '-o', `${join(temporary, 'bin')}/`, 'tool'], {
    cwd: join(packageRoot(), 'cli', 'devnet', 'fabric-tools'),
    env: { ...terminal.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: BUILD_MS,
  });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    progress.advance(1);
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      resolve(status ?? -1);
    });
  });
  progress.stop();
  if (code === 0) return;
  const what = `building Fabric's programs failed:\n${said.slice(-TAIL_LINES).join('\n')}`;
  throw new CommandFailure(EXIT.failed, what, {
    code: 'devnet_programs',
    next: 'Try again, or unpack a release of Hyperledger Fabric and set VERICLIN_FABRIC_BIN to its bin folder.',
  });
}
