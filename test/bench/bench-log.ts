/** A log under measurement: a service, what was sent to it, and whether all of that is there afterwards. @module */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, openCheckpoint } from '../../ledger/checkpoint/checkpoint.ts';
import { parseVerifierKey } from '../../ledger/checkpoint/key.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { BenchFault } from './fault.ts';
import type { LoadJob, LoadSummary } from './load-process.ts';
import { type BenchService, load, makeKey, startService } from './service-process.ts';
import { benchEvent, benchEventId, mix } from './workload.ts';

/** Events of a batch request. */
export const BATCH = 500;
export const BATCH_CONNECTIONS = 8;

/** A load with what it cost on the server's side. */
export interface Measured extends LoadSummary {
  /** CPU seconds, user and system. */
  readonly serviceCpu: number;
  readonly postgresCpu: number;
}

type Keys = Readonly<Record<'integrator' | 'auditor', string>>;
type Paths = { readonly paths: readonly string[]; readonly accept?: string; readonly connections: number };

/** Events acknowledged under one seed: `benchEvent(seed, 0)` to `benchEvent(seed, count - 1)`. */
interface Sent {
  readonly seed: number;
  readonly count: number;
}

let lastSeed = 0;
/** A seed that no other load of this run has. */
export function nextSeed(): number {
  lastSeed += 1;
  return lastSeed;
}

export class BenchLog {
  /** The log's vkey. */
  readonly vkey: string;
  /** Signed states seen so far, oldest first. */
  readonly checkpoints: Checkpoint[] = [];
  #service: BenchService;
  readonly #keys: Keys;
  readonly #sent: Sent[] = [];
  #acknowledged = 0;

  private constructor(service: BenchService, keys: Keys, vkey: string) {
    this.#service = service;
    this.#keys = keys;
    this.vkey = vkey;
  }

  /** Starts a service on an empty data folder. */
  static async open(workDir: string): Promise<BenchLog> {
    const service = await startService(mkdtempSync(join(workDir, 'log-')));
    const keys = { integrator: await makeKey(service, 'integrator'), auditor: await makeKey(service, 'auditor') };
    const vkey = await getText(service, '/log/key', keys.auditor);
    const log = new BenchLog(service, keys, vkey.trim());
    await log.checkpoint();
    return log;
  }

  get service(): BenchService {
    return this.#service;
  }

  /** Events acknowledged in this run. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** The newest checkpoint; its signature is verified. */
  async checkpoint(): Promise<Checkpoint> {
    const opened = openCheckpoint(
      await this.get('/log/checkpoint', 'auditor'),
      [parseVerifierKey(nodePrimitives.sha256, this.vkey)],
      nodePrimitives,
    );
    if (opened.kind === 'rejected') throw new BenchFault(`the checkpoint does not verify: ${opened.reason}`);
    this.checkpoints.push(opened.checkpoint);
    return opened.checkpoint;
  }

  /** Batches over 8 connections; `events` is rounded up to whole batches. `eventsPerSecond`: no faster than this. */
  async appendBatches(events: number, seed = nextSeed(), eventsPerSecond?: number): Promise<Measured> {
    const batches = Math.ceil(events / BATCH);
    const job = {
      kind: 'batch' as const,
      batches,
      eventsPerBatch: BATCH,
      seed,
      connections: BATCH_CONNECTIONS,
      ...(eventsPerSecond !== undefined && { requestsPerSecond: eventsPerSecond / BATCH }),
    };
    const measured = await this.#measure({ ...this.#base('integrator'), ...job }, batches, '201');
    this.#acknowledge(seed, batches * BATCH);
    return measured;
  }

  /** The newest batches once more: nothing is appended, but the service gets warm. */
  async repeatBatches(times: number): Promise<void> {
    const { seed, count } = this.#sent.at(-1)!;
    const job = { kind: 'batch', eventsPerBatch: BATCH, seed, connections: BATCH_CONNECTIONS } as const;
    for (let time = 0; time < times; time += 1) {
      await this.#measure({ ...this.#base('integrator'), ...job, batches: count / BATCH }, count / BATCH, '200');
    }
  }

  /** One event a request; `wait`: for the chain too. */
  async appendSingles(
    events: number,
    connections: number,
    { pauseMs = 0, wait = 'integrated' }: { readonly pauseMs?: number; readonly wait?: 'integrated' | 'anchored' } = {},
  ): Promise<Measured> {
    const seed = nextSeed();
    const path = wait === 'anchored' ? '/v1/events?wait=anchored' : '/v1/events';
    const job = { kind: 'single', events, seed, connections, pauseMs, path } as const;
    const measured = await this.#measure({ ...this.#base('integrator'), ...job }, events, '201');
    this.#acknowledge(seed, events);
    return measured;
  }

  /** One event; answers its receipt as JSON. */
  async appendOne(): Promise<string> {
    const seed = nextSeed();
    const { host, port } = this.#service;
    const response = await fetch(`http://${host}:${port}/v1/events`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.#keys.integrator}`, 'Content-Type': 'application/json' },
      body: benchEvent(seed, 0),
    });
    if (response.status !== 201) throw new BenchFault(`an event was answered ${response.status}`);
    this.#acknowledge(seed, 1);
    return await response.text();
  }

  /** GET requests, each path once. */
  read(role: keyof Keys, { paths, accept, connections }: Paths): Promise<Measured> {
    const job = { kind: 'get', paths, seed: 0, connections, ...(accept === undefined ? {} : { accept }) } as const;
    return this.#measure({ ...this.#base(role), ...job }, paths.length, '200');
  }

  /** One GET. */
  get(path: string, role: keyof Keys): Promise<string> {
    return getText(this.#service, path, this.#keys[role]);
  }

  /** Ids of acknowledged events, any number of them, evenly from all; the same for the same seed. */
  someIds(count: number, seed: number): string[] {
    return Array.from({ length: count }, (_, at) => {
      let place = mix(seed, at) % this.#acknowledged;
      const sent = this.#sent.find((one) => (place -= one.count) < 0)!;
      return benchEventId(sent.seed, place + sent.count);
    });
  }

  /** A stop and a start on the same data, anchored if a profile is given: caches of the service and of PostgreSQL are empty, the system's are not. */
  async restart(fabricProfile?: string): Promise<void> {
    const { dataDir, adminKey } = this.#service;
    await this.#service.stop({ keepData: true });
    this.#service = await startService(dataDir, { adminKey, ...(fabricProfile !== undefined && { fabricProfile }) });
  }

  /** Stops the service and removes its data. */
  async close(): Promise<void> {
    await this.#service.stop();
  }

  #acknowledge(seed: number, count: number): void {
    this.#sent.push({ seed, count });
    this.#acknowledged += count;
  }

  #base(role: keyof Keys): Pick<LoadJob, 'host' | 'port' | 'key'> {
    return { host: this.#service.host, port: this.#service.port, key: this.#keys[role] };
  }

  async #measure(job: LoadJob, requests: number, status: string): Promise<Measured> {
    const before = this.#service.cpuSeconds();
    const summary = await load(job);
    const after = this.#service.cpuSeconds();
    requireAnswers(summary, requests, status);
    return {
      ...summary,
      serviceCpu: after.service - before.service,
      postgresCpu: after.postgres - before.postgres,
    };
  }
}

async function getText(service: BenchService, path: string, key: string): Promise<string> {
  const response = await fetch(`http://${service.host}:${service.port}${path}`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  if (response.status !== 200) throw new BenchFault(`GET ${path} was answered ${response.status}`);
  return await response.text();
}

/**
 * Every request was answered, and with this status.
 * @throws BenchFault
 */
export function requireAnswers(summary: LoadSummary, requests: number, status: string): void {
  const other = Object.keys(summary.statuses).find((one) => one !== status);
  if (other !== undefined) {
    throw new BenchFault(`${summary.statuses[other]} requests were answered ${other}: ${summary.samples[other]}`);
  }
  if (summary.requests !== requests) throw new BenchFault(`${requests - summary.requests} requests were not answered`);
}
