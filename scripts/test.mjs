// `npm test`: runs every test this machine can run and closes with what was skipped, why, and one line of counts.
// Arguments go to vitest as they are: `npm test -- test/unit/merkle`, `npm test -- --project unit`.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { obtainPythonLibraries } from './python-libraries.mjs';
import { summarise } from './test-summary.mjs';

const root = join(import.meta.dirname, '..');
/** A cold build took 157 s on two busy cores. */
const FABRIC_BUILD_MS = 25 * 60_000;

/** Runs a Node script to its end; SIGINT and SIGTERM reach it through the process group or from here. */
function run(script, args, timeout) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit', timeout });
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
  const sources = [
    'api',
    'fairness',
    'ledger',
    'numerics',
    'cli',
    'runtime',
    'package.json',
    'tsconfig.build.json',
    'scripts/build.mjs',
    'scripts/build-chaincode.mjs',
  ];
  const newest = Math.max(...sources.map((name) => newestMtime(join(root, name))));
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return 0;
  return run(join(root, 'scripts', 'build.mjs'), []);
}

/** The fast tests start no network. Folders of vitest.config.ts. */
const FAST = /^test\/(unit|property|conformance)(\/|$)/;

function needsFabric(args) {
  const project = args.findIndex((arg) => arg === '--project');
  if (args.includes('--project=unit') || (project >= 0 && args[project + 1] === 'unit')) return false;
  const filters = args.filter((arg) => !arg.startsWith('-') && arg.includes('/'));
  return filters.length === 0 || !filters.every((filter) => FAST.test(filter));
}

/**
 * Fabric's programs, found or built once. Where they cannot be had, the tests that start a network are skipped, with the
 * reason in their name.
 */
async function obtainFabricPrograms() {
  if (!needsFabric(process.argv.slice(2))) return;
  const code = await run(join(root, 'dist', 'cli', 'main.js'), ['devnet', 'programs'], FABRIC_BUILD_MS);
  if (code !== 0) console.log('without them the tests that start a network are skipped\n');
}

/** Only the fairness profiles are compared with Python libraries. */
function needsPython(args) {
  const filters = args.filter((arg) => !arg.startsWith('-') && arg.includes('/'));
  return filters.length === 0 || filters.some((filter) => filter.includes('fairness'));
}

/** AIF360, Fairlearn and Aequitas, installed once. Without them the tests that ask them are skipped, with the reason. */
function obtainPython() {
  if (!needsPython(process.argv.slice(2))) return;
  const python = obtainPythonLibraries();
  if (python.kind === 'missing')
    console.log(`${python.reason}\ntests that compare with Python libraries are skipped\n`);
}

const built = await buildIfStale();
if (built !== 0) {
  console.log('the build failed: no test was run\n0 passed, 1 failed, 0 skipped');
  process.exit(built);
}

await obtainFabricPrograms();
obtainPython();

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
