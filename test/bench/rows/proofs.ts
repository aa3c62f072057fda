/** Proofs per second on a large log, right after a start and warm. @module */
import { type BenchLog, type Measured, nextSeed } from '../bench-log.ts';
import type { BenchContext, Row } from '../context.ts';
import { type Figure, median } from '../figures.ts';
import { mix } from '../workload.ts';

const ROW = 'proofs';
const CONNECTIONS = 16;
const LEAST_PER_SECOND = 3_000;

interface Kind {
  readonly what: string;
  readonly once: (log: BenchLog, requests: number) => Promise<Measured>;
}

function proofPaths(log: BenchLog, requests: number): string[] {
  return log.someIds(requests, nextSeed()).map((id) => `/v1/events/${id}/proof`);
}

/** Pairs of sizes, any with any. */
function consistencyPaths(log: BenchLog, requests: number): string[] {
  const seed = nextSeed();
  const size = log.acknowledged;
  return Array.from({ length: requests }, (_, at) => {
    const [a, b] = [mix(seed * 2, at), mix(seed * 2 + 1, at)].map((random) => 1 + (random % size)) as [number, number];
    return `/log/consistency?from=${Math.min(a, b)}&to=${Math.max(a, b)}`;
  });
}

const KINDS: readonly Kind[] = [
  {
    what: 'bundle (receipt as a file, JSON)',
    once: (log, requests) => log.read('integrator', { paths: proofPaths(log, requests), connections: CONNECTIONS }),
  },
  {
    what: 'inclusion proof (tlog-proof)',
    once: (log, requests) =>
      log.read('integrator', { paths: proofPaths(log, requests), accept: 'text/plain', connections: CONNECTIONS }),
  },
  {
    what: 'consistency proof',
    once: (log, requests) => log.read('auditor', { paths: consistencyPaths(log, requests), connections: CONNECTIONS }),
  },
];

async function measure(context: BenchContext, log: BenchLog, kind: Kind): Promise<Figure[]> {
  const { requests, runs } = context.sizes.proofs;
  await log.restart();
  const cold = await kind.once(log, requests);
  const warm: Measured[] = [];
  for (let at = 0; at < runs; at += 1) warm.push(await kind.once(log, requests));
  const middle = (of: (run: Measured) => number): number => median(warm.map(of));
  const target = { is: 'at least', value: LEAST_PER_SECOND } as const;
  const cpu = (of: (run: Measured) => number): string => middle((run) => (of(run) / run.requests) * 1e6).toFixed(0);
  return [
    {
      row: ROW,
      what: `${kind.what}, warm`,
      value: middle(({ perSecond }) => perSecond),
      unit: 'requests/s',
      target,
      note: `runs: ${warm.map(({ perSecond }) => Math.round(perSecond)).join(', ')}; p50 ${middle(({ p50Ms }) => p50Ms).toFixed(1)} ms, p95 ${middle(({ p95Ms }) => p95Ms).toFixed(1)} ms; CPU each: service ${cpu(({ serviceCpu }) => serviceCpu)} µs, PostgreSQL ${cpu(({ postgresCpu }) => postgresCpu)} µs, load generator ${cpu(({ loadCpuSeconds }) => loadCpuSeconds)} µs`,
    },
    {
      row: ROW,
      what: `${kind.what}, cold`,
      value: cold.perSecond,
      unit: 'requests/s',
      target,
      note: `the first ${cold.requests} after a start: nothing compiled, caches of service and PostgreSQL empty, those of the system not; p95 ${cold.p95Ms.toFixed(1)} ms`,
    },
  ];
}

async function run(context: BenchContext): Promise<Figure[]> {
  const growing = await context.growing();
  const { log } = growing;
  await growing.fillTo(Math.max(...context.sizes.logSizes));
  context.tell(`${CONNECTIONS} connections, random places in ${log.acknowledged} entries`);
  const figures: Figure[] = [];
  for (const kind of KINDS) figures.push(...(await measure(context, log, kind)));
  const what = `a start at ${log.acknowledged.toLocaleString('en-US')} entries to ready`;
  return [...figures, { row: ROW, what, value: log.service.secondsToReady, unit: 's' }];
}

/** Row `proofs`. */
export const proofsRow: Row = {
  name: 'proofs',
  about: 'bundles, inclusion and consistency proofs at 10^6 entries, 16 connections',
  run,
};
