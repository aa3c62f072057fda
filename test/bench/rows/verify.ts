/** `vericlin verify` as a process: one bundle, and a folder of them. @module */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchLog, nextSeed } from '../bench-log.ts';
import type { BenchContext, Row } from '../context.ts';
import { BenchFault } from '../fault.ts';
import { type Figure, median } from '../figures.ts';
import { COMMAND } from '../service-process.ts';

const ROW = 'verify';
const READERS = 16;
const POSTERS = 4;
const ONE_UNDER_SECONDS = 0.25;
const LEAST_PER_SECOND = 5_000;

/** Wall seconds of one `vericlin verify`, Node's start included. */
async function verifySeconds(path: string, vkey: string): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, [COMMAND, 'verify', path, '--key', vkey], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const seconds = (performance.now() - started) / 1_000;
  if (code !== 0) throw new BenchFault(`vericlin verify ended with ${code ?? 'a signal'}: ${output.slice(-500)}`);
  return seconds;
}

/** Runs `once` `count` times, `width` at a time. */
async function repeat(count: number, width: number, once: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await once(next++);
  };
  await Promise.all(Array.from({ length: width }, work));
}

/** Bundles as the log hands them out now: all under its newest checkpoint. */
async function writeBundles(log: BenchLog, folder: string, count: number): Promise<void> {
  mkdirSync(folder);
  const ids = log.someIds(count, nextSeed());
  await repeat(count, READERS, async (at) => {
    const text = await log.get(`/v1/events/${ids[at]!}/proof`, 'integrator');
    writeFileSync(join(folder, `${at}.json`), text);
  });
}

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

async function medianSeconds(times: number, path: string, vkey: string): Promise<number> {
  const all: number[] = [];
  for (let at = 0; at < times; at += 1) all.push(await verifySeconds(path, vkey));
  return median(all);
}

async function run(context: BenchContext): Promise<Figure[]> {
  const { verify, runs } = context.sizes;
  const growing = await context.growing();
  const { log } = growing;
  await growing.fillTo(verify.bundles);
  const [shared, own] = ['bundles', 'receipts'].map((name) => join(context.workDir, name)) as [string, string];
  context.tell(`writing ${verify.bundles} bundles and ${verify.bundles} receipts`);
  await writeBundles(log, shared, verify.bundles);
  const checkpoints = await writeReceipts(log, own, verify.bundles);
  const one = await medianSeconds(verify.processes, join(shared, '0.json'), log.vkey);
  const sharedSeconds = await medianSeconds(runs, shared, log.vkey);
  const ownSeconds = await medianSeconds(runs, own, log.vkey);
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
