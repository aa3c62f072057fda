// `npm test`: runs every test this machine can run and closes with what was skipped, why, and one line of counts.
// Arguments go to vitest as they are: `npm test -- test/unit/merkle`, `npm test -- --project unit`.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summarise } from './test-summary.mjs';

const root = join(import.meta.dirname, '..');

/** Runs a Node script to its end; SIGINT and SIGTERM reach it through the process group or from here. */
function run(script, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
    const forward = (signal) => child.kill(signal);
    process.once('SIGTERM', forward);
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('SIGTERM', forward);
      resolve(code ?? 1);
    });
  });
}

function newestMtime(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestMtime(join(path, name))));
}

/** Tests of the command start dist/cli/main.js: it has to be what the sources say. */
async function buildIfStale() {
  const built = join(root, 'dist', 'cli', 'main.js');
  const sources = ['api', 'ledger', 'cli', 'runtime', 'package.json', 'tsconfig.build.json', 'scripts/build.mjs'];
  const newest = Math.max(...sources.map((name) => newestMtime(join(root, name))));
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return 0;
  return run(join(root, 'scripts', 'build.mjs'), []);
}

const built = await buildIfStale();
if (built !== 0) {
  console.log('the build failed: no test was run\n0 passed, 1 failed, 0 skipped');
  process.exit(built);
}

const work = mkdtempSync(join(tmpdir(), 'vericlin-test-'));
const report = join(work, 'report.json');
try {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await run(vitest, ['run', ...reporters, ...process.argv.slice(2)]);
  const { lines, exitCode } = summarise(
    existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined,
    code,
  );
  console.log(lines.join('\n'));
  process.exitCode = exitCode;
} finally {
  rmSync(work, { recursive: true, force: true });
}
