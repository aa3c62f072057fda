// Compiles the sources to dist/, the chaincode too, and puts the offline API page's script beside them. Run by `npm ci` through `prepare`.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const dist = join(root, 'dist');
if (process.argv.includes('--clean')) rmSync(dist, { recursive: true, force: true });

/** Runs a Node script to its end; its failure ends the build. */
function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

run(join(import.meta.dirname, 'build-chaincode.mjs'));
const tsc = join(dirname(require.resolve('@typescript/native/package.json')), 'bin', 'tsc');
run(tsc, '-p', join(root, 'tsconfig.build.json'));

const redoc = join(root, 'node_modules', 'redoc', 'bundles', 'redoc.standalone.js');
if (existsSync(redoc)) {
  mkdirSync(join(dist, 'api', 'docs'), { recursive: true });
  copyFileSync(redoc, join(dist, 'api', 'docs', 'redoc.standalone.js'));
}
chmodSync(join(dist, 'cli', 'main.js'), 0o755);

// npm links the commands of dependencies only; the README's tour finds the project's own beside them, as it is in a folder
// where the package is installed.
const commands = join(root, 'node_modules', '.bin');
if (process.platform !== 'win32' && existsSync(commands)) {
  const link = join(commands, 'vericlin');
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'dist', 'cli', 'main.js'), link);
}
