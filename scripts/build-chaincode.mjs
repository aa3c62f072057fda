// Builds the chaincode, which is a package of its own: one file beside its package.json and lock file, into
// dist/ledger/chaincode or the folder named. Organisations compare the digest of that file, so the same sources give the same
// bytes: nothing of the machine or of the time goes in.
import { build } from 'esbuild';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const sources = join(root, 'ledger', 'chaincode');
const target = resolve(process.argv[2] ?? join(root, 'dist', 'ledger', 'chaincode'));

mkdirSync(target, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: [join('ledger', 'chaincode', 'index.ts')],
  outfile: join(target, 'index.cjs'),
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
  copyFileSync(join(sources, name), join(target, name));
}
