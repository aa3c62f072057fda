/** What `/readyz` says of anchoring, over time. @module */
import type { BenchLog } from './bench-log.ts';
import { BenchFault } from './fault.ts';

/** One look. */
export interface AnchorSample {
  readonly atMs: number;
  /** Entries anchored. */
  readonly size: number;
  readonly lagEntries: number;
  readonly lagSeconds: number;
}

const EVERY_MS = 50;
const PATIENCE_MS = 120_000;

async function look(log: BenchLog): Promise<AnchorSample> {
  const { host, port } = log.service;
  const answer = await fetch(`http://${host}:${port}/readyz`);
  const { anchor, anchoring } = (await answer.json()) as {
    readonly anchor: string;
    readonly anchoring?: Omit<AnchorSample, 'atMs'>;
  };
  if (anchor === 'disagrees' || anchoring === undefined) throw new BenchFault(`the anchor's state is ${anchor}`);
  return { atMs: performance.now(), ...anchoring };
}

/** Looks until everything is anchored. @throws BenchFault after two minutes without progress */
export async function untilAnchored(log: BenchLog): Promise<readonly AnchorSample[]> {
  const samples: AnchorSample[] = [];
  let progressedAt = performance.now();
  for (;;) {
    const sample = await look(log);
    if (sample.size > (samples.at(-1)?.size ?? -1)) progressedAt = sample.atMs;
    samples.push(sample);
    if (sample.lagEntries === 0 && sample.size >= log.acknowledged) return samples;
    if (sample.atMs - progressedAt > PATIENCE_MS) throw new BenchFault(`anchoring stands still at ${sample.size}`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

/** Looks while `work` lasts. */
export async function watchWhile<T>(
  log: BenchLog,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly samples: readonly AnchorSample[] }> {
  const samples: AnchorSample[] = [];
  const ended: { is: boolean } = { is: false };
  const watching = (async (): Promise<void> => {
    while (!ended.is) {
      samples.push(await look(log));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  try {
    const result = await work();
    return { result, samples };
  } finally {
    ended.is = true;
    await watching;
  }
}
