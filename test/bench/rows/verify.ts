/** `vericlin verify` as a process: one bundle, and a folder of them. @module */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchLog } from '../bench-log.ts';
import type { BenchContext, Row } from '../context.ts';
import type { Figure } from '../figures.ts';
import { medianSeconds, repeat, writeBundles } from '../verify-command.ts';

const ROW = 'verify';
const POSTERS = 4;
const ONE_UNDER_SECONDS = 0.25;
const LEAST_PER_SECOND = 5_000;

/** Receipts kept as files when they were answered: nearly each under a checkpoint of its own. Answers how many those were. */
async function writeReceipts(log: BenchLog, folder: string, count: number): Promise<number> {
  mkdirSync(folder);
  const checkpoints = new Set<string>();
  await repeat(count, POSTERS, async (at) => {
    const { entry, proof, checkpoint } = JSON.parse(await log.appendOne()) as Record<string, unknown>;
    checkpoints.add(String(checkpoint));
    const bundle = { format: 'vericlin-bundle/1', entry, proof, checkpoint, key: log.vkey, anchor: null };
    writeFileSync(join(folder, `${at}.json`), JSON.stringify(bundle));
  });
  return checkpoints.size;
}

async function run(context: BenchContext): Promise<Figure[]> {
  const { verify, runs } = context.sizes;
  const growing = await context.growing();
  const { log } = growing;
  await growing.fillTo(verify.bundles);
  const own = join(context.workDir, 'receipts');
  context.tell(`writing ${verify.bundles} bundles and ${verify.bundles} receipts`);
  const shared = await writeBundles(context, log, 'bundles', verify.bundles);
  const checkpoints = await writeReceipts(log, own, verify.bundles);
  const one = await medianSeconds(verify.processes, join(shared, '0.json'), ['--key', log.vkey]);
  const sharedSeconds = await medianSeconds(runs, shared, ['--key', log.vkey]);
  const ownSeconds = await medianSeconds(runs, own, ['--key', log.vkey]);
  const count = verify.bundles.toLocaleString('en-US');
  const target = { is: 'at least', value: LEAST_PER_SECOND } as const;
  return [
    {
      row: ROW,
      what: 'vericlin verify of one bundle, as a process',
      value: one,
      unit: 's',
      target: { is: 'under', value: ONE_UNDER_SECONDS },
      note: `median of ${verify.processes}, Node's start included; proof in a log of ${log.acknowledged.toLocaleString('en-US')} entries`,
    },
    {
      row: ROW,
      what: `vericlin verify of ${count} bundles in a folder, under one checkpoint`,
      value: verify.bundles / sharedSeconds,
      unit: 'bundles/s',
      target,
      note: `median of ${runs}, Node's start included; an export: the signature is verified once`,
    },
    {
      row: ROW,
      what: `vericlin verify of ${count} kept receipts in a folder`,
      value: verify.bundles / ownSeconds,
      unit: 'bundles/s',
      target,
      note: `under ${checkpoints.toLocaleString('en-US')} checkpoints, each signature verified`,
    },
  ];
}

/** Row `verify`. */
export const verifyRow: Row = { name: 'verify', about: 'vericlin verify of one bundle and of 10,000 in a folder', run };
