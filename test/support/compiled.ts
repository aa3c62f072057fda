/** The command compiled as it is shipped, into a folder of its own, so that no stale build is tested. @module */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from './project.ts';

export interface Compiled {
  /** `dist/cli/main.js`. */
  readonly main: string;
  readonly remove: () => void;
}

/** What the package holds beside the compiled sources, as far as a service needs it. */
const SHIPPED = ['package.json', 'api/openapi.yaml', 'ledger/store/migrations'];

export function compile(): Compiled {
  const folder = mkdtempSync(join(tmpdir(), 'vericlin-compiled-'));
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  for (const file of SHIPPED) cpSync(join(projectRoot, file), join(folder, file), { recursive: true });
  const tsc = join(dirname(createRequire(import.meta.url).resolve('@typescript/native/package.json')), 'bin', 'tsc');
  const options = ['-p', join(projectRoot, 'tsconfig.build.json'), '--outDir', join(folder, 'dist'), '--noCheck'];
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...options], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the compiler failed:\n${stdout}`);
  return {
    main: join(folder, 'dist', 'cli', 'main.js'),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
