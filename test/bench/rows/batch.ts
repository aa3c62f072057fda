/** `POST /v1/events:batch`. @module */
import { BATCH, BATCH_CONNECTIONS, BenchLog, type Measured } from '../bench-log.ts';
import { checkLog } from '../check-log.ts';
import type { BenchContext, Row } from '../context.ts';
import { type Figure, median } from '../figures.ts';
import { benchEvent } from '../workload.ts';

const LEAST_PER_SECOND = 15_000;

/** Mean bytes of an event as posted. */
function eventBytes(): number {
  const count = 1_000;
  return Array.from({ length: count }, (_, at) => benchEvent(1, at).length).reduce((a, b) => a + b) / count;
}

async function run(context: BenchContext): Promise<Figure[]> {
  const { batch, runs } = context.sizes;
  const log = await BenchLog.open(context.workDir);
  try {
    await log.appendBatches(batch.warmUp);
    const measured: Measured[] = [];
    for (let at = 0; at < runs; at += 1) measured.push(await log.appendBatches(batch.events));
    const checked = await checkLog(log);
    context.tell(`${checked.acknowledged} events acknowledged, all in the log; ${checked.bundles} bundles verify`);
    return figures(context, measured);
  } finally {
    await log.close();
  }
}

function figures(context: BenchContext, measured: readonly Measured[]): Figure[] {
  const row = 'batch';
  const perSecond = measured.map(({ requests, seconds }) => (requests * BATCH) / seconds);
  const cpu = (of: (run: Measured) => number): number =>
    median(measured.map((run) => (of(run) / (run.requests * BATCH)) * 1e6));
  const value = median(perSecond);
  return [
    {
      row,
      what: `POST /v1/events:batch, ${BATCH} events, ${BATCH_CONNECTIONS} connections`,
      value,
      unit: 'events/s',
      target: { is: 'at least', value: LEAST_PER_SECOND },
      ...context.ratios(value, 'PostgreSQL floor', 'HTTP floor, batches'),
      note: `runs: ${perSecond.map(Math.round).join(', ')}; ${Math.round(eventBytes())} bytes an event; each durable, integrated and under a signed checkpoint when answered; aim 30,000/s`,
    },
    { row, what: 'a batch: p50', value: median(measured.map(({ p50Ms }) => p50Ms)), unit: 'ms' },
    { row, what: 'a batch: p95', value: median(measured.map(({ p95Ms }) => p95Ms)), unit: 'ms' },
    { row, what: 'CPU of the service', value: cpu(({ serviceCpu }) => serviceCpu), unit: 'µs/event' },
    { row, what: 'CPU of PostgreSQL', value: cpu(({ postgresCpu }) => postgresCpu), unit: 'µs/event' },
    { row, what: 'CPU of the load generator', value: cpu(({ loadCpuSeconds }) => loadCpuSeconds), unit: 'µs/event' },
  ];
}

/** Row `batch`. */
export const batchRow: Row = { name: 'batch', about: 'POST /v1/events:batch, 500 events, 8 connections', run };
