/**
 * The real AIF360, Fairlearn and Aequitas, asked by one Python process for each script.
 *
 * `npm test` installs them once into the user's cache (scripts/python-libraries.mjs); VERICLIN_PYTHON names an interpreter
 * that has them. Where they are missing, tests are skipped with the reason in their name.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findPythonLibraries as find } from '../../scripts/python-libraries.mjs';
import type { Outside } from './outside-tools.ts';

/** The interpreter, or why there is none. Use with `skipNote` and `describe.skipIf`. */
export function findPythonLibraries(): Outside<string> {
  return find();
}

const TIMEOUT_MS = 110_000;

/**
 * Runs a script of test/conformance/fairness with `question` as JSON on its standard input, and reads its answer as JSON.
 *
 * Numbers that JSON does not have travel as the texts `NaN`, `Infinity` and `-Infinity`, both ways; {@link number} reads
 * them. Scripts import `read_question` and `write_answer` from `exchange.py` beside them, which do the same.
 */
export async function askPython(interpreter: string, script: URL, question: unknown): Promise<unknown> {
  const child = spawn(interpreter, ['-W', 'ignore', fileURLToPath(script)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
    timeout: TIMEOUT_MS,
  });
  let out = '';
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A script that ends before it has read everything is reported by its exit code, not by a broken pipe.
  child.stdin.once('error', () => undefined);
  child.stdin.end(JSON.stringify(question, (_, value: unknown) => plain(value)));
  const code = await ended;
  if (code !== 0) throw new Error(`${script.pathname.split('/').at(-1)} ended with ${code}: ${log.slice(-4_000)}`);
  return JSON.parse(out) as unknown;
}

function plain(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** A number of an answer, the three that JSON does not have included. */
export function number(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  throw new Error(`not a number: ${JSON.stringify(value)}`);
}

/**
 * Whether two numbers agree: both NaN, the same infinity, or no further apart than `tolerance`, relative to the larger of
 * the two and 1.
 */
export function agrees(ours: number, theirs: number, tolerance = 1e-12): boolean {
  if (Number.isNaN(ours) || Number.isNaN(theirs)) return Number.isNaN(ours) && Number.isNaN(theirs);
  if (!Number.isFinite(ours) || !Number.isFinite(theirs)) return ours === theirs;
  return Math.abs(ours - theirs) <= tolerance * Math.max(1, Math.abs(ours), Math.abs(theirs));
}
