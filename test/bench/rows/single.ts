/** `POST /v1/events`, under load and alone. @module */
import { BenchLog, type Measured } from '../bench-log.ts';
import { checkLog } from '../check-log.ts';
import type { BenchContext, Row } from '../context.ts';
import { type Figure, median } from '../figures.ts';

/** Connections of the load of single events. */
export const SINGLE_CONNECTIONS = 64;
/** Rest between two requests of the idle service: enough for each to find the sequencer idle. */
const IDLE_PAUSE_MS = 10;
const LEAST_PER_SECOND = 3_500;
const P95_UNDER_MS = 50;
const IDLE_P50_UNDER_MS = 5;

async function run(context: BenchContext): Promise<Figure[]> {
  const { single, runs } = context.sizes;
  const log = await BenchLog.open(context.workDir);
  try {
    await log.appendSingles(single.warmUp, SINGLE_CONNECTIONS);
    const measured: Measured[] = [];
    for (let at = 0; at < runs; at += 1) measured.push(await log.appendSingles(single.events, SINGLE_CONNECTIONS));
    const idle = await log.appendSingles(single.idle, 1, { pauseMs: IDLE_PAUSE_MS });
    const checked = await checkLog(log);
    context.tell(`${checked.acknowledged} events acknowledged, all in the log; ${checked.bundles} bundles verify`);
    return [...loadFigures(context, measured), ...idleFigures(idle)];
  } finally {
    await log.close();
  }
}

function loadFigures(context: BenchContext, measured: readonly Measured[]): Figure[] {
  const row = 'single';
  const middle = (of: (run: Measured) => number): number => median(measured.map(of));
  const cpu = (of: (run: Measured) => number): number => middle((run) => (of(run) / run.requests) * 1e6);
  const value = middle(({ perSecond }) => perSecond);
  const what = `POST /v1/events, ${SINGLE_CONNECTIONS} connections`;
  return [
    {
      row,
      what,
      value,
      unit: 'requests/s',
      target: { is: 'at least', value: LEAST_PER_SECOND },
      ...context.ratios(value, 'HTTP floor, single'),
      note: `runs: ${measured.map(({ perSecond }) => Math.round(perSecond)).join(', ')}; each answer is a receipt with inclusion proof and checkpoint`,
    },
    { row, what: `${what}: p50`, value: middle(({ p50Ms }) => p50Ms), unit: 'ms' },
    {
      row,
      what: `${what}: p95`,
      value: middle(({ p95Ms }) => p95Ms),
      unit: 'ms',
      target: { is: 'under', value: P95_UNDER_MS },
    },
    { row, what: 'CPU of the service', value: cpu(({ serviceCpu }) => serviceCpu), unit: 'µs/event' },
    { row, what: 'CPU of PostgreSQL', value: cpu(({ postgresCpu }) => postgresCpu), unit: 'µs/event' },
    { row, what: 'CPU of the load generator', value: cpu(({ loadCpuSeconds }) => loadCpuSeconds), unit: 'µs/event' },
  ];
}

function idleFigures(idle: Measured): Figure[] {
  const row = 'single';
  const what = `POST /v1/events, alone, ${IDLE_PAUSE_MS} ms apart`;
  return [
    {
      row,
      what: `${what}: p50`,
      value: idle.p50Ms,
      unit: 'ms',
      target: { is: 'under', value: IDLE_P50_UNDER_MS },
      note: `${idle.requests} requests over one connection`,
    },
    { row, what: `${what}: p95`, value: idle.p95Ms, unit: 'ms' },
  ];
}

/** Row `single`. */
export const singleRow: Row = { name: 'single', about: 'POST /v1/events, 64 connections, and alone', run };
