// The Python libraries that conformance tests compare with: a virtual environment in the user's cache, made once.
// `node scripts/python-libraries.mjs` makes it where it is missing and prints its interpreter; exit 1 and the reason where
// it cannot be made. VERICLIN_PYTHON names an interpreter that has the libraries, and nothing is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PINS = join(import.meta.dirname, 'python-libraries.txt');
const INSTALL_MS = 9 * 60_000;
const CHECK = 'import aif360, fairlearn, aequitas, sklearn';
/** numpy's oldest for these pins. */
const VERSION = 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else 3)';

const isWindows = process.platform === 'win32';
const interpreterOf = (folder) => (isWindows ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python'));
const missing = (reason) => ({ kind: 'missing', reason });

function cacheFolder(env) {
  const base = env.XDG_CACHE_HOME;
  const digest = createHash('sha256').update(readFileSync(PINS)).digest('hex').slice(0, 12);
  return join(
    base === undefined || base === '' ? join(homedir(), '.cache') : base,
    'vericlin',
    `python-fairness-${digest}`,
  );
}

/** The interpreter that has the libraries, if there is one. Installs nothing. */
export function findPythonLibraries(env = process.env) {
  const named = env.VERICLIN_PYTHON;
  if (named !== undefined && named !== '') {
    const code = spawnSync(named, ['-c', 'import aif360'], { stdio: 'ignore', timeout: 120_000 }).status;
    return code === 0 ? { kind: 'ready', value: named } : missing('the interpreter of VERICLIN_PYTHON has no aif360');
  }
  const interpreter = interpreterOf(cacheFolder(env));
  if (existsSync(interpreter)) return { kind: 'ready', value: interpreter };
  return missing('the Python libraries are not installed: node scripts/python-libraries.mjs');
}

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: INSTALL_MS,
    env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1' },
  });
  const last = `${stdout ?? ''}\n${stderr ?? ''}`.trim().split('\n').at(-1);
  return { ok: status === 0, status, last: error === undefined ? last : error.message };
}

/** Builds beside the final folder and renames at the end: nothing half done is ever found. */
function make(folder) {
  mkdirSync(dirname(folder), { recursive: true });
  const building = mkdtempSync(`${folder}-building-`);
  try {
    const venv = run('python3', ['-m', 'venv', building]);
    if (!venv.ok) return missing(`python3 makes no virtual environments here: ${venv.last}`);
    const python = interpreterOf(building);
    const install = run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary', ':all:', '-r', PINS]);
    if (!install.ok) return missing(`the Python libraries cannot be installed: ${install.last}`);
    const check = run(python, ['-W', 'ignore', '-c', CHECK]);
    if (!check.ok) return missing(`the Python libraries do not load: ${check.last}`);
    if (!existsSync(interpreterOf(folder))) renameSync(building, folder);
    return { kind: 'ready', value: interpreterOf(folder) };
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** The interpreter that has the libraries, which are installed once where they are missing. Takes a minute or two then. */
export function obtainPythonLibraries(env = process.env) {
  const found = findPythonLibraries(env);
  if (found.kind === 'ready' || (env.VERICLIN_PYTHON ?? '') !== '') return found;
  const version = run('python3', ['-c', VERSION]);
  if (!version.ok) return missing(version.status === 3 ? 'python3 is older than 3.11' : 'no python3 on this machine');
  return make(cacheFolder(env));
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const outcome = obtainPythonLibraries();
  console.log(outcome.kind === 'ready' ? outcome.value : outcome.reason);
  process.exitCode = outcome.kind === 'ready' ? 0 : 1;
}
