/** Fairness metrics: a million rows, beside the Python libraries on the same rows. @module */
import { execFile, spawnSync } from 'node:child_process';
import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { promisify } from 'node:util';
import type { AuditColumns } from '../../../fairness/columns.ts';
import type { BenchContext, Row } from '../context.ts';
import { benchColumns, csvLines } from '../fairness/data.ts';
import type { FairnessWork } from '../fairness/work.ts';
import { BenchFault } from '../fault.ts';
import { type Figure, median } from '../figures.ts';
import { COMMAND } from '../service-process.ts';

const ROW = 'fairness';
const PROJECT = join(import.meta.dirname, '..', '..', '..', '..');
const TARGET = {
  groupMs: { is: 'at most', value: 40 },
  memoryMb: { is: 'at most', value: 400 },
  intersectionsMs: { is: 'at most', value: 15 },
  bootstrapMs: { is: 'at most', value: 1_000 },
  consistencyMs: { is: 'at most', value: 1_000 },
  scanMs: { is: 'at most', value: 1_000 },
  csvSeconds: { is: 'at most', value: 3 },
} as const;

const runFile = promisify(execFile);

interface Python {
  readonly medians: Readonly<Record<string, number>>;
  readonly disparateImpact: number;
  readonly peakMb: number;
}

/** The libraries on the same rows; `undefined`, and why, where they are not there. */
async function python(context: BenchContext, columns: AuditColumns): Promise<Python | undefined> {
  const found = spawnSync(process.execPath, [join(PROJECT, 'scripts', 'python-libraries.mjs')], { encoding: 'utf8' });
  const said = found.stdout.trim();
  if (found.status !== 0) {
    context.tell(`nothing to compare with: ${said}`);
    return undefined;
  }
  const { rows, cells, attributes } = columns;
  const bytes = new Uint8Array(rows * 4);
  for (let i = 0; i < rows; i += 1) {
    bytes[i] = Math.floor((cells[i] ?? 0) / 3);
    bytes[rows + i] = (cells[i] ?? 0) % 3;
    bytes[2 * rows + i] = attributes[0]?.codes[i] ?? 0;
    bytes[3 * rows + i] = attributes[1]?.codes[i] ?? 0;
  }
  const file = join(context.workDir, 'rows.bin');
  writeFileSync(file, bytes);
  const script = join(PROJECT, 'test', 'bench', 'fairness', 'libraries.py');
  const speed = context.sizes.fairness.slowLibraries ? 'slow' : 'fast';
  const { stdout } = await runFile(said, ['-W', 'ignore', script, file, String(rows), speed], { maxBuffer: 1 << 24 });
  return JSON.parse(stdout.slice(stdout.lastIndexOf('{"medians"'))) as Python;
}

/** Seconds of `vericlin fairness` over a CSV file, Node's start included, and its peak memory. */
async function csv(
  context: BenchContext,
  columns: AuditColumns,
): Promise<{ readonly seconds: number; readonly peakMb: number }> {
  const file = join(context.workDir, 'rows.csv');
  const out = createWriteStream(file);
  for (const line of csvLines(columns)) if (!out.write(line)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
  const args = [
    'fairness',
    file,
    '--label',
    'y',
    '--prediction',
    'yhat',
    '--attribute',
    'sex',
    '--attribute',
    'race',
    '--json',
  ];
  const all: number[] = [];
  let peakMb = 0;
  for (let at = 0; at < 3; at += 1) {
    const started = performance.now();
    const measured = spawnSync('/usr/bin/env', [process.execPath, '--import', PEAK, COMMAND, ...args], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    all.push((performance.now() - started) / 1_000);
    if (measured.status !== 0)
      throw new BenchFault(
        `vericlin fairness ended with ${measured.status ?? 'a signal'}: ${measured.stderr.slice(-500)}`,
      );
    peakMb = Math.max(peakMb, Number(/peak (\d+)/.exec(measured.stderr)?.[1]));
  }
  return { seconds: median(all), peakMb };
}

/** Has the command say its peak memory, KB, when it ends. */
const PEAK = `data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS+'\\n'))`;

async function run(context: BenchContext): Promise<Figure[]> {
  const { rows } = context.sizes.fairness;
  const worker = join(import.meta.dirname, '..', 'fairness', 'work.js');
  const { stdout } = await runFile(process.execPath, [worker, String(rows)], { maxBuffer: 1 << 24 });
  const work = JSON.parse(stdout) as FairnessWork;
  const columns = benchColumns(rows, 2, { scores: true });
  const others = await python(context, benchColumns(rows, 2, { scores: false }));
  if (others !== undefined && Math.abs(others.disparateImpact - work.disparateImpact) > 1e-12) {
    throw new BenchFault(
      `disparate impact differs from AIF360's: ${work.disparateImpact} and ${others.disparateImpact}`,
    );
  }
  const file = await csv(context, columns);
  const count = rows.toLocaleString('en-US');
  const figure = (what: string, value: number | undefined, unit: string, more: Partial<Figure>): Figure[] =>
    value === undefined ? [] : [{ row: ROW, what, value, unit, ...more }];
  const ms = (name: string, what: string, target: Figure['target']): Figure[] =>
    figure(what, work.medians[name], 'ms', { ...(target === undefined ? {} : { target }) });
  const library = (name: string): Figure[] => figure(`  Python: ${name}`, others?.medians[name], 'ms', {});
  const perRow = (what: string, bySize: Readonly<Record<string, number>>): Figure[] =>
    Object.entries(bySize).flatMap(([size, value]) =>
      figure(`${what}, a row, at ${Number(size).toLocaleString('en-US')} rows`, value, 'ns', {}),
    );
  return [
    ...ms('group metrics', `all group metrics, four profiles, ${count} rows x 2 attributes`, TARGET.groupMs),
    ...library('aif360 build'),
    ...library('aif360 group metrics'),
    ...library('fairlearn 6 metrics'),
    ...figure('peak memory of all of this', work.peakMb, 'MB', {
      target: TARGET.memoryMb,
      note: 'resident, Node included',
    }),
    ...figure('  Python: AIF360 and Fairlearn', others?.peakMb, 'MB', {}),
    ...ms('10 intersections', `10 intersections, ${count} rows, confusion counts`, TARGET.intersectionsMs),
    ...ms('bootstrap', `bootstrap of composites, 1,000 resamples, ${count} rows`, TARGET.bootstrapMs),
    ...ms(
      'consistency',
      `consistency, 5-NN, ${(rows / 100).toLocaleString('en-US')} rows x 20 features, exact`,
      TARGET.consistencyMs,
    ),
    ...library('aif360 consistency'),
    ...ms(
      'mdss',
      `MDSS scan, ${(rows / 10).toLocaleString('en-US')} rows x 6 attributes, 10 restarts, both directions`,
      TARGET.scanMs,
    ),
    ...library('aif360 mdss'),
    ...figure(`vericlin fairness, CSV of ${count} rows`, file.seconds, 's', {
      target: TARGET.csvSeconds,
      note: `the whole command, ${Math.round(file.peakMb / 1_000)} MB at its peak`,
    }),
    ...perRow('counting', work.counting),
    ...perRow('figures after counting', work.figures),
  ];
}

/** Row `fairness`. */
export const fairnessRow: Row = {
  name: 'fairness',
  about: 'group metrics, intersections, bootstrap, consistency, MDSS, CSV',
  run,
};
