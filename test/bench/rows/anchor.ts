/** Anchoring on a development network: everything on the same machine. @module */
import { readFileSync } from 'node:fs';
import { createVerifier } from '../../../ledger/verify/index.ts';
import { createFabricTrust } from '../../../ledger/verify/fabric/index.ts';
import { nodePrimitives } from '../../../ledger/verify/node-primitives.ts';
import { type AnchorSample, untilAnchored, watchWhile } from '../anchor-watch.ts';
import { BATCH, BenchLog, nextSeed } from '../bench-log.ts';
import { type BenchNetwork, startNetwork } from '../bench-network.ts';
import { checkLog } from '../check-log.ts';
import type { BenchContext, Row } from '../context.ts';
import { BenchFault } from '../fault.ts';
import { type Figure, median } from '../figures.ts';
import { medianSeconds, writeBundles } from '../verify-command.ts';

const ROW = 'anchor';
const SUSTAINED_PER_SECOND = 5_000;
const PAUSE_MS = 10;
const TARGET = {
  upSeconds: { is: 'under', value: 10 },
  leavesPerSecond: { is: 'at least', value: 80_000 },
  waitedMs: { is: 'under', value: 60 },
  lagSeconds: { is: 'at most', value: 3 },
  share: { is: 'at least', value: 0.6 },
  inProcessMs: { is: 'under', value: 20 },
  commandSeconds: { is: 'at most', value: 0.3 },
  manyPerSecond: { is: 'at least', value: 300 },
  bytes: { is: 'at most', value: 6_144 },
} as const;

async function run(context: BenchContext): Promise<Figure[]> {
  let network: BenchNetwork;
  try {
    network = await startNetwork(context.workDir);
  } catch (error) {
    context.tell(`not measured: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
  const log = await BenchLog.open(context.workDir);
  try {
    const figures: Figure[] = [
      {
        row: ROW,
        what: 'vericlin devnet up, from nothing',
        value: network.seconds,
        unit: 's',
        target: TARGET.upSeconds,
      },
      ...(await throughput(context, log, network)),
      ...(await waited(context, log)),
      ...(await sustained(context, log)),
      ...(await evidence(context, log, network)),
    ];
    const checked = await checkLog(log);
    context.tell(`${checked.acknowledged} events acknowledged, all in the log; ${checked.bundles} bundles verify`);
    return figures;
  } finally {
    await log.close();
    await network.close();
  }
}

/** Batches without a chain, then the whole log anchored at once, then batches beside anchoring. */
async function throughput(context: BenchContext, log: BenchLog, { profile }: BenchNetwork): Promise<Figure[]> {
  const { anchor, runs } = context.sizes;
  const perSecond = async (): Promise<number> => {
    const all: number[] = [];
    for (let at = 0; at < runs; at += 1) {
      const { requests, seconds } = await log.appendBatches(anchor.events);
      all.push((requests * BATCH) / seconds);
    }
    return median(all);
  };
  await log.appendBatches(anchor.events);
  const without = await perSecond();
  await log.restart(profile);
  const catchingUp = leavesPerSecond(await untilAnchored(log));
  await log.appendBatches(anchor.events / 4);
  const { result: beside, samples } = await watchWhile(log, perSecond);
  const lag = Math.max(...samples.map(({ lagSeconds }) => lagSeconds));
  await untilAnchored(log);
  const what = `POST /v1/events:batch, ${BATCH} events`;
  return [
    {
      row: ROW,
      what: 'anchoring of a log, batches of 16,384',
      value: catchingUp,
      unit: 'leaves/s',
      target: TARGET.leavesPerSecond,
      note: 'leaf hashes read from the database, committed by both organisations, signed read stored; two peers, two chaincode processes and the orderer on the same cores',
    },
    { row: ROW, what: `${what}, nothing anchored`, value: without, unit: 'events/s' },
    { row: ROW, what: `${what}, while anchoring`, value: beside, unit: 'events/s' },
    {
      row: ROW,
      what: 'share of the throughput that is left',
      value: beside / without,
      unit: '',
      target: TARGET.share,
      note: `${Math.round(anchoredPerSecond(samples)).toLocaleString('en-US')} leaves/s were anchored meanwhile; lag ${lag.toFixed(1)} s at worst; the idle network ran beside the batches without anchoring, too`,
    },
  ];
}

function anchoredPerSecond(samples: readonly AnchorSample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return Number.NaN;
  return ((last.size - first.size) / (last.atMs - first.atMs)) * 1_000;
}

/** From the first progress to the last: the start of the service is not anchoring. */
function leavesPerSecond(samples: readonly AnchorSample[]): number {
  const moving = samples.filter(({ size }) => size > 0);
  const first = moving[0];
  const last = moving.find(({ size }) => size === moving.at(-1)?.size);
  if (first === undefined || last === undefined) return Number.NaN;
  return anchoredPerSecond([first, last]);
}

async function waited(context: BenchContext, log: BenchLog): Promise<Figure[]> {
  const options = { pauseMs: PAUSE_MS, wait: 'anchored' } as const;
  await log.appendSingles(Math.ceil(context.sizes.anchor.waited / 5), 1, options);
  const { p50Ms, p95Ms } = await log.appendSingles(context.sizes.anchor.waited, 1, options);
  const what = 'POST /v1/events?wait=anchored, alone';
  return [
    {
      row: ROW,
      what: `${what}: p50`,
      value: p50Ms,
      unit: 'ms',
      target: TARGET.waitedMs,
      note: `${context.sizes.anchor.waited} requests over one connection, ${PAUSE_MS} ms apart; each answer carries the evidence`,
    },
    { row: ROW, what: `${what}: p95`, value: p95Ms, unit: 'ms' },
  ];
}

async function sustained(context: BenchContext, log: BenchLog): Promise<Figure[]> {
  const seconds = context.sizes.anchor.sustainedSeconds;
  const events = SUSTAINED_PER_SECOND * seconds;
  const { result, samples } = await watchWhile(log, () => log.appendBatches(events, nextSeed(), SUSTAINED_PER_SECOND));
  const ended = performance.now();
  const settled = await untilAnchored(log);
  const worst = Math.max(...samples.map(({ lagSeconds }) => lagSeconds));
  return [
    {
      row: ROW,
      what: `lag at ${SUSTAINED_PER_SECOND.toLocaleString('en-US')} events/s by batch for ${seconds} s, at worst`,
      value: worst,
      unit: 's',
      target: TARGET.lagSeconds,
      note: `${Math.round((result.requests * BATCH) / result.seconds).toLocaleString('en-US')} events/s were taken; everything was anchored ${(((settled.at(-1)?.atMs ?? ended) - ended) / 1_000).toFixed(1)} s after the last answer`,
    },
  ];
}

async function evidence(context: BenchContext, log: BenchLog, network: BenchNetwork): Promise<Figure[]> {
  const { bundles } = context.sizes.anchor;
  const { processes } = context.sizes.verify;
  const folder = await writeBundles(context, log, 'anchored', bundles);
  const options = ['--key', log.vkey, ...network.verifyOptions];
  const one = await medianSeconds(processes, `${folder}/0.json`, options);
  const many = await medianSeconds(context.sizes.runs, folder, options);
  const texts = Array.from({ length: Math.min(bundles, 100) }, (_, at) => readFileSync(`${folder}/${at}.json`, 'utf8'));
  const sizes = texts.map((text) => JSON.stringify((JSON.parse(text) as { anchor?: unknown }).anchor).length);
  return [
    {
      row: ROW,
      what: 'verification of one bundle with evidence, in process',
      value: inProcessMs(texts, log.vkey, network),
      unit: 'ms',
      target: TARGET.inProcessMs,
      note: 'median over bundles, nothing remembered from one to the next',
    },
    { row: ROW, what: 'the same as a command', value: one, unit: 's', target: TARGET.commandSeconds },
    {
      row: ROW,
      what: `vericlin verify of ${bundles.toLocaleString('en-US')} such bundles in a folder`,
      value: bundles / many,
      unit: 'bundles/s',
      target: TARGET.manyPerSecond,
    },
    { row: ROW, what: 'evidence in a bundle', value: Math.max(...sizes), unit: 'bytes', target: TARGET.bytes },
  ];
}

function inProcessMs(texts: readonly string[], vkey: string, { cas }: BenchNetwork): number {
  const settings = cas.map(({ mspId, ca }) => ({ mspId, pem: readFileSync(ca, 'utf8') }));
  const all = texts.map((text) => {
    const started = performance.now();
    const fabric = createFabricTrust(nodePrimitives, { cas: settings });
    const verifier = createVerifier({ primitives: nodePrimitives, pinnedKeys: [vkey], fabric });
    const { outcome, checks } = verifier.verifyBundle(text);
    const ms = performance.now() - started;
    if (outcome !== 'valid') throw new BenchFault(`a bundle is ${outcome}: ${JSON.stringify(checks)}`);
    return ms;
  });
  return median(all);
}

/** Row `anchor`. */
export const anchorRow: Row = {
  name: ROW,
  about: 'anchoring on two organisations: throughput, latency, lag, slow-down, evidence; needs the Fabric programs',
  run,
};
