/** The load generator as a process: takes a job, makes the request bytes, answers the result. @module */
import { quantile, requestBytes, runLoad } from './http-load.ts';
import { benchEvent } from './workload.ts';

/** What to send. */
export type LoadJob = {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly key: string;
  readonly seed: number;
  readonly pauseMs?: number;
  readonly requestsPerSecond?: number;
} & (
  | { readonly kind: 'batch'; readonly batches: number; readonly eventsPerBatch: number; readonly path?: string }
  | { readonly kind: 'single'; readonly events: number; readonly path?: string }
  | { readonly kind: 'get'; readonly paths: readonly string[]; readonly accept?: string }
);

/** What came of it. */
export interface LoadSummary {
  readonly requests: number;
  /** From the first request to the last answer; making the requests is not in it. */
  readonly seconds: number;
  /** CPU seconds of this process over the same time. */
  readonly loadCpuSeconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly samples: Readonly<Record<string, string>>;
}

function requestsOf(job: LoadJob): Buffer[] {
  const authorization = { Authorization: `Bearer ${job.key}` };
  if (job.kind === 'get') {
    const headers = { ...authorization, Accept: job.accept ?? 'application/json' };
    return job.paths.map((path) => requestBytes('GET', path, headers));
  }
  if (job.kind === 'single') {
    const headers = { ...authorization, 'Content-Type': 'application/json' };
    const path = job.path ?? '/v1/events';
    return Array.from({ length: job.events }, (_, at) => requestBytes('POST', path, headers, benchEvent(job.seed, at)));
  }
  const headers = { ...authorization, 'Content-Type': 'application/x-ndjson' };
  const path = job.path ?? '/v1/events:batch';
  return Array.from({ length: job.batches }, (_, batch) => {
    const lines = Array.from({ length: job.eventsPerBatch }, (__, at) =>
      benchEvent(job.seed, batch * job.eventsPerBatch + at),
    );
    return requestBytes('POST', path, headers, `${lines.join('\n')}\n`);
  });
}

process.on('message', (job: LoadJob) => {
  const requests = requestsOf(job);
  const cpuBefore = process.cpuUsage();
  runLoad({ ...job, requests })
    .then((result) => {
      const { user, system } = process.cpuUsage(cpuBefore);
      const summary: LoadSummary = {
        loadCpuSeconds: (user + system) / 1e6,
        requests: result.requests,
        seconds: result.seconds,
        perSecond: result.requests / result.seconds,
        p50Ms: quantile(result.latencies, 0.5),
        p95Ms: quantile(result.latencies, 0.95),
        p99Ms: quantile(result.latencies, 0.99),
        statuses: result.statuses,
        samples: result.samples,
      };
      process.send?.({ summary });
    })
    .catch((error: unknown) => {
      process.send?.({ error: String(error) });
    });
});
