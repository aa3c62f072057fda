/** The HTTP floor: the same requests, answered by an app that only parses them. @module */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { BATCH, BATCH_CONNECTIONS, nextSeed, requireAnswers } from '../bench-log.ts';
import type { BenchContext, Row } from '../context.ts';
import { type Figure, median } from '../figures.ts';
import { load } from '../service-process.ts';
import { SINGLE_CONNECTIONS } from './single.ts';

async function withFloorApp<T>(use: (port: number) => Promise<T>): Promise<T> {
  const child = fork(join(import.meta.dirname, '..', 'floor-app.js'));
  try {
    const { port } = await new Promise<{ port: number }>((resolve, reject) => {
      child.once('message', resolve as (message: unknown) => void);
      child.once('exit', () => {
        reject(new Error('the floor app ended'));
      });
    });
    return await use(port);
  } finally {
    child.kill();
  }
}

/** Loads `runs` times after a warm-up; answers the rates. */
async function rates(runs: number, once: (isWarmUp: boolean) => Promise<number>): Promise<number[]> {
  await once(true);
  const measured: number[] = [];
  for (let at = 0; at < runs; at += 1) measured.push(await once(false));
  return measured;
}

async function run(context: BenchContext): Promise<Figure[]> {
  const { batch, single, runs } = context.sizes;
  const [batched, singles] = await withFloorApp(async (port) => {
    const base = { host: '127.0.0.1', port, key: 'vk_floor' };
    const batchRates = await rates(runs, async (isWarmUp) => {
      const batches = (isWarmUp ? batch.warmUp : batch.events) / BATCH;
      const job = { kind: 'batch', batches, eventsPerBatch: BATCH, connections: BATCH_CONNECTIONS } as const;
      const summary = await load({ ...base, ...job, seed: nextSeed() });
      requireAnswers(summary, batches, '201');
      return (batches * BATCH) / summary.seconds;
    });
    const singleRates = await rates(runs, async (isWarmUp) => {
      const events = isWarmUp ? single.warmUp : single.events;
      const job = { kind: 'single', events, connections: SINGLE_CONNECTIONS } as const;
      const summary = await load({ ...base, ...job, seed: nextSeed() });
      requireAnswers(summary, events, '201');
      return summary.perSecond;
    });
    return [batchRates, singleRates] as const;
  });
  context.setFloor('HTTP floor, batches', median(batched));
  context.setFloor('HTTP floor, single', median(singles));
  const row = 'floor-http';
  const noteOf = (all: readonly number[]): string => `runs: ${all.map(Math.round).join(', ')}`;
  return [
    {
      row,
      what: 'HTTP floor, batches: Express that splits and parses',
      value: median(batched),
      unit: 'events/s',
      note: noteOf(batched),
    },
    {
      row,
      what: 'HTTP floor, single: Express that parses',
      value: median(singles),
      unit: 'requests/s',
      note: noteOf(singles),
    },
  ];
}

/** Row `floor-http`. */
export const floorHttp: Row = {
  name: 'floor-http',
  about: 'the same requests, answered by an Express app that only parses them',
  run,
};
