/** `vericlin verify` as a process, and bundles for it. @module */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchLog, nextSeed } from './bench-log.ts';
import type { BenchContext } from './context.ts';
import { BenchFault } from './fault.ts';
import { median } from './figures.ts';
import { COMMAND } from './service-process.ts';

const READERS = 16;

/** Wall seconds of one `vericlin verify`, Node's start included. */
async function verifySeconds(path: string, options: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, [COMMAND, 'verify', path, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
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

/** Median of several runs. @throws BenchFault unless the outcome is `valid` */
export async function medianSeconds(times: number, path: string, options: readonly string[]): Promise<number> {
  const all: number[] = [];
  for (let at = 0; at < times; at += 1) all.push(await verifySeconds(path, options));
  return median(all);
}

/** Runs `once` `count` times, `width` at a time. */
export async function repeat(count: number, width: number, once: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await once(next++);
  };
  await Promise.all(Array.from({ length: width }, work));
}

/** Bundles as the log hands them out now: all under one checkpoint. Answers the folder, with files `0.json` and so on. */
export async function writeBundles(context: BenchContext, log: BenchLog, name: string, count: number): Promise<string> {
  const folder = join(context.workDir, name);
  mkdirSync(folder);
  const ids = log.someIds(count, nextSeed());
  await repeat(count, READERS, async (at) => {
    writeFileSync(join(folder, `${at}.json`), await log.get(`/v1/events/${ids[at] ?? ''}/proof`, 'integrator'));
  });
  return folder;
}
