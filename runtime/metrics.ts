/**
 * Prometheus metrics in the words of the vocabulary. Labels are operationIds, codes and fixed words: never an id, a
 * name or any other value from a request.
 *
 * @module
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { REFUSAL_REASONS } from '../ledger/errors.ts';
import type { LogStatus } from '../ledger/ports.ts';
import { createAnchorMetrics, type AnchorMetrics } from './anchor-metrics.ts';

/** What the edge, the sequencer and the anchor count. */
export interface Metrics extends AnchorMetrics {
  readonly contentType: string;
  /** The exposition text. */
  readonly expose: () => Promise<string>;
  /** One answered request. */
  readonly request: (operation: string, status: number, seconds: number) => void;
  /** Events answered as appended, and those that were in the log already. */
  readonly appended: (events: number, repeated: number) => void;
  /** A refusal or fault by its error code. */
  readonly problem: (code: string) => void;
  /** One commit of the sequencer: how many events it took in and how long it lasted. */
  readonly commit: (events: number, seconds: number) => void;
  /** A proof that the server verified before it left; `false` counts a failure (invariant 4). */
  readonly proofVerified: (valid: boolean) => void;
}

const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

function gaugesOf(status: () => LogStatus, registry: Registry): void {
  const gauge = (name: string, help: string, read: (now: LogStatus) => number): void => {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(read(status()));
        },
      }),
    );
  };
  gauge('vericlin_log_size_entries', 'Number of entries in the log.', (now) => now.size);
  gauge('vericlin_pending_events', 'Events that wait for the sequencer.', (now) => now.pendingEvents);
  gauge('vericlin_signing_ok', '1 while the log signs checkpoints, 0 while it refuses.', (now) =>
    now.signing === 'ok' ? 1 : 0,
  );
  gauge('vericlin_database_ok', '1 while the database answers.', (now) => (now.database === 'ok' ? 1 : 0));
  registry.registerMetric(refusalGauge(status));
  registry.registerMetric(witnessGauge(status));
}

function refusalGauge(status: () => LogStatus): Gauge<'reason'> {
  return new Gauge({
    name: 'vericlin_signing_refused',
    help: '1 for the reason why the log refuses to sign.',
    labelNames: ['reason'],
    registers: [],
    collect() {
      const reason = status().refusal?.reason;
      for (const known of REFUSAL_REASONS) this.set({ reason: known }, known === reason ? 1 : 0);
    },
  });
}

function witnessGauge(status: () => LogStatus): Gauge<'witness'> {
  return new Gauge({
    name: 'vericlin_witness_size_entries',
    help: 'Size that a configured witness cosigned last.',
    labelNames: ['witness'],
    registers: [],
    collect() {
      for (const witness of status().witnesses) this.set({ witness: witness.name }, witness.size);
    },
  });
}

/** Builds the metrics of one service. `status` is read at every scrape. */
export function createMetrics(status: () => LogStatus): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  gaugesOf(status, registry);
  const anchor = createAnchorMetrics(registry, () => status().anchor);
  const requests = new Histogram({
    name: 'vericlin_http_request_seconds',
    help: 'Time from a request to its answer, by operationId and status class.',
    labelNames: ['operation', 'status'] as const,
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const events = new Counter({
    name: 'vericlin_events_total',
    help: 'Events answered: appended, or repeated (in the log already).',
    labelNames: ['outcome'] as const,
    registers,
  });
  const problems = new Counter({
    name: 'vericlin_problems_total',
    help: 'Requests refused or failed, by error code.',
    labelNames: ['code'] as const,
    registers,
  });
  const commits = new Histogram({
    name: 'vericlin_commit_seconds',
    help: 'Length of a commit of the sequencer.',
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const batches = new Histogram({
    name: 'vericlin_commit_events',
    help: 'Events taken in by one commit.',
    buckets: BATCH_BUCKETS,
    registers,
  });
  const proofs = new Counter({
    name: 'vericlin_proofs_total',
    help: 'Proofs that the server verified before they left.',
    labelNames: ['valid'] as const,
    registers,
  });
  return {
    ...anchor,
    contentType: registry.contentType,
    expose: () => registry.metrics(),
    request: (operation, status_, seconds) => {
      requests.observe({ operation, status: `${Math.trunc(status_ / 100)}xx` }, seconds);
    },
    appended: (fresh, repeated) => {
      if (fresh > 0) events.inc({ outcome: 'appended' }, fresh);
      if (repeated > 0) events.inc({ outcome: 'repeated' }, repeated);
    },
    problem: (code) => {
      problems.inc({ code });
    },
    commit: (count, seconds) => {
      commits.observe(seconds);
      batches.observe(count);
    },
    proofVerified: (valid) => {
      proofs.inc({ valid: String(valid) });
    },
  };
}
