/** `npm run bench`: measures Vericlin on this machine and prints figures, targets and ratios. @module */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkLog } from './check-log.ts';
import { BenchContext, type Row } from './context.ts';
import { type Figure, figureTable, verdictOf } from './figures.ts';
import { describeMachine, type Machine, machineText } from './machine.ts';
import { type BenchOptions, helpText, parseOptions } from './options.ts';
import { anchorRow } from './rows/anchor.ts';
import { batchRow } from './rows/batch.ts';
import { fairnessRow } from './rows/fairness.ts';
import { floorHttp } from './rows/floor-http.ts';
import { floorPostgres } from './rows/floor-postgres.ts';
import { growthRow } from './rows/growth.ts';
import { memoryRow } from './rows/memory.ts';
import { proofsRow } from './rows/proofs.ts';
import { singleRow } from './rows/single.ts';
import { startRow } from './rows/start.ts';
import { verifyRow } from './rows/verify.ts';

/** In this order: floors first, then rows of their own, then those of the growing log, which leave it larger each. */
const ROWS: readonly Row[] = [
  floorPostgres,
  floorHttp,
  startRow,
  batchRow,
  singleRow,
  anchorRow,
  fairnessRow,
  growthRow,
  memoryRow,
  proofsRow,
  verifyRow,
];

interface Outcome {
  readonly machine: Machine;
  readonly figures: readonly Figure[];
  /** What went wrong, by row. */
  readonly faults: readonly string[];
}

async function measure(context: BenchContext, options: BenchOptions): Promise<Outcome> {
  const machine = await describeMachine(context.workDir);
  process.stdout.write(`${machineText(machine)}settings    ${settingsText(options)}\n\n`);
  const figures: Figure[] = [];
  const faults: string[] = [];
  const attempt = async (name: string, work: () => Promise<void>): Promise<void> => {
    const started = performance.now();
    process.stderr.write(`${name} …\n`);
    try {
      await work();
    } catch (error) {
      faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    context.tell(`${name} took ${((performance.now() - started) / 1_000).toFixed(0)} s`);
  };
  for (const row of ROWS.filter(({ name }) => options.only.includes(name))) {
    await attempt(row.name, async () => {
      figures.push(...(await row.run(context)));
    });
  }
  const growing = context.usedGrowing;
  if (growing !== undefined) {
    await attempt('check of the growing log', async () => {
      const checked = await checkLog(growing.log);
      context.tell(
        `${checked.acknowledged} events acknowledged, all in the log; ${checked.bundles} bundles and ${checked.consistencyProofs} consistency proofs verify`,
      );
    });
    await growing.close();
  }
  return { machine, figures, faults };
}

function settingsText({ isQuick }: BenchOptions): string {
  return `service, PostgreSQL and load generator on this machine; the service at its defaults, one process${isQuick ? '; QUICK: these figures mean nothing' : ''}`;
}

function report({ machine, figures, faults }: Outcome, options: BenchOptions): void {
  process.stdout.write(figureTable(figures));
  const judged = figures.map(verdictOf);
  const count = (verdict: string): number => judged.filter((one) => one === verdict).length;
  process.stdout.write(`\ntargets: ${count('reached')} reached, ${count('missed')} missed\n`);
  for (const fault of faults) process.stdout.write(`WRONG  ${fault}\n`);
  if (options.jsonFile === undefined) return;
  const document = {
    at: new Date().toISOString(),
    machine,
    settings: { quick: options.isQuick, rows: options.only, sizes: options.sizes },
    figures: figures.map((figure) => ({ ...figure, verdict: verdictOf(figure) })),
    faults,
  };
  writeFileSync(options.jsonFile, `${JSON.stringify(document, undefined, 2)}\n`);
}

async function main(): Promise<number> {
  let options: BenchOptions;
  try {
    options = parseOptions(
      process.argv.slice(2),
      ROWS.map(({ name }) => name),
    );
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nSee npm run bench -- --help\n`);
    return 2;
  }
  if (options.isHelp) {
    process.stdout.write(helpText(ROWS));
    return 0;
  }
  const workDir = mkdtempSync(join(options.dir, 'vericlin-bench-'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.stderr.write(`interrupted; data is left in ${workDir}\n`);
      process.exit(130);
    });
  }
  try {
    const outcome = await measure(new BenchContext(options.sizes, workDir), options);
    report(outcome, options);
    return outcome.faults.length === 0 ? 0 : 1;
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

process.exitCode = await main();
