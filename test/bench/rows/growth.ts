/** Cost of an append and of a proof as the log grows. @module */
import { BATCH, type BenchLog, nextSeed } from '../bench-log.ts';
import type { BenchContext, Row } from '../context.ts';
import { type Figure, formatNumber, median } from '../figures.ts';

const ROW = 'growth';
const PROOF_CONNECTIONS = 16;
/** The windows at the smallest size would find a cold service: its events are posted, and proofs read, so often before. */
const WARMING_REPEATS = 6;
/** "Within 15 % of each other": the largest over the smallest. */
const MOST_RATIO = 1.15;

/** What one size showed; each the median of several windows, except CPU, which is over all of them. */
interface AtSize {
  readonly size: number;
  readonly appendsPerSecond: number;
  /** Service and PostgreSQL. */
  readonly appendCpuMicros: number;
  readonly proofsPerSecond: number;
  readonly proofCpuMicros: number;
  readonly spread: string;
}

interface Window {
  readonly perSecond: number;
  readonly count: number;
  readonly cpu: number;
}

async function windowsOf(count: number, once: () => Promise<Window>): Promise<Window[]> {
  const windows: Window[] = [];
  for (let at = 0; at < count; at += 1) windows.push(await once());
  return windows;
}

/** Microseconds each: over all windows, since the system counts CPU in ticks of 10 ms. */
function cpuMicros(windows: readonly Window[]): number {
  const sum = (of: (window: Window) => number): number => windows.reduce((total, window) => total + of(window), 0);
  return (sum(({ cpu }) => cpu) / sum(({ count }) => count)) * 1e6;
}

async function appendWindow(log: BenchLog, events: number): Promise<Window> {
  const { requests, seconds, serviceCpu, postgresCpu } = await log.appendBatches(events);
  return { perSecond: (requests * BATCH) / seconds, count: requests * BATCH, cpu: serviceCpu + postgresCpu };
}

async function proofWindow(log: BenchLog, proofs: number): Promise<Window> {
  const paths = log.someIds(proofs, nextSeed()).map((id) => `/v1/events/${id}/proof`);
  const measured = await log.read('integrator', { paths, accept: 'text/plain', connections: PROOF_CONNECTIONS });
  const { perSecond, requests, serviceCpu, postgresCpu } = measured;
  return { perSecond, count: requests, cpu: serviceCpu + postgresCpu };
}

async function measureAt(context: BenchContext, log: BenchLog, size: number): Promise<AtSize> {
  const { count, events, proofs } = context.sizes.windows;
  // The first window of each is a warm-up and not counted.
  await proofWindow(log, proofs);
  const proving = await windowsOf(count, () => proofWindow(log, proofs));
  await appendWindow(log, events);
  const appending = await windowsOf(count, () => appendWindow(log, events));
  await log.checkpoint();
  const rates = (windows: readonly Window[]): number[] => windows.map(({ perSecond }) => perSecond);
  return {
    size,
    appendsPerSecond: median(rates(appending)),
    appendCpuMicros: cpuMicros(appending),
    proofsPerSecond: median(rates(proving)),
    proofCpuMicros: cpuMicros(proving),
    spread: `appends ${rates(appending).map(Math.round).join(' ')}, proofs ${rates(proving).map(Math.round).join(' ')}`,
  };
}

async function warm(context: BenchContext, log: BenchLog): Promise<void> {
  await log.repeatBatches(WARMING_REPEATS);
  await windowsOf(WARMING_REPEATS, () => proofWindow(log, context.sizes.windows.proofs));
}

async function run(context: BenchContext): Promise<Figure[]> {
  const growing = await context.growing();
  const { log } = growing;
  const measured: AtSize[] = [];
  for (const size of context.sizes.logSizes) {
    await growing.fillTo(size);
    if (measured.length === 0) await warm(context, log);
    context.tell(`measuring from ${size} entries on`);
    measured.push(await measureAt(context, log, size));
  }
  const { events, seconds } = growing.filled;
  return [
    ...measured.flatMap((at) => figuresAt(at, measured[0]!)),
    ...spreadFigures(measured),
    { row: ROW, what: `filling, ${events.toLocaleString('en-US')} events`, value: seconds, unit: 's' },
  ];
}

function figuresAt(at: AtSize, first: AtSize): Figure[] {
  const where = `at ${at.size.toLocaleString('en-US')} entries`;
  const against = (of: (one: AtSize) => number): { ratios: Record<string, number> } => ({
    ratios: { [`that at ${first.size.toLocaleString('en-US')}`]: of(at) / of(first) },
  });
  const figure = (what: string, unit: string, of: (one: AtSize) => number): Figure => ({
    row: ROW,
    what: `${what} ${where}`,
    value: of(at),
    unit,
    ...(at === first ? {} : against(of)),
  });
  return [
    { ...figure('appends', 'events/s', (one) => one.appendsPerSecond), note: `windows ${where}: ${at.spread}` },
    figure('CPU of an append', 'µs', (one) => one.appendCpuMicros),
    figure('inclusion proofs', 'requests/s', (one) => one.proofsPerSecond),
    figure('CPU of a proof', 'µs', (one) => one.proofCpuMicros),
  ];
}

/** Largest over smallest, which is what "within 15 % of each other" means. */
function spreadFigures(measured: readonly AtSize[]): Figure[] {
  const figure = (what: string, of: (one: AtSize) => number): Figure => {
    const values = measured.map(of);
    return {
      row: ROW,
      what: `${what}: largest over smallest`,
      value: Math.max(...values) / Math.min(...values),
      unit: 'times',
      target: { is: 'at most', value: MOST_RATIO },
      note: `values: ${values.map(formatNumber).join(', ')}`,
    };
  };
  return [
    figure('append rate', (one) => one.appendsPerSecond),
    figure('CPU of an append', (one) => one.appendCpuMicros),
    figure('proof rate', (one) => one.proofsPerSecond),
    figure('CPU of a proof', (one) => one.proofCpuMicros),
  ];
}

/** Row `growth`. */
export const growthRow: Row = {
  name: 'growth',
  about: 'append rate and proof time at 10^4, 10^5 and 10^6 entries of one growing log',
  run,
};
