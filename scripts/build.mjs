// Compiles the sources to dist/ and puts the offline API page's script beside them. Run by `npm ci` through `prepare`.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const dist = join(root, 'dist');
if (process.argv.includes('--clean')) rmSync(dist, { recursive: true, force: true });

// The chaincode is a package of its own: one file beside its package.json, which peers' organisations can compare by digest.
// The same sources give the same bytes: nothing of the machine or of the time goes in.
const chaincode = join(root, 'ledger', 'chaincode');
await build({
  absWorkingDir: root,
  entryPoints: [join('ledger', 'chaincode', 'index.ts')],
  outfile: join('dist', 'ledger', 'chaincode', 'index.cjs'),
  bundle: true,
  platform: 'node',
  target: 'node18',
  format: 'cjs',
  external: ['fabric-shim'],
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
});
for (const name of ['package.json', 'package-lock.json', 'README.md']) {
  copyFileSync(join(chaincode, name), join(dist, 'ledger', 'chaincode', name));
}

const tsc = join(dirname(require.resolve('@typescript/native/package.json')), 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

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
