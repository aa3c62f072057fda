/**
 * Metrics of anchoring. Gauges are read from the status at every scrape; batches and conflicts are counted as they happen.
 *
 * @module
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { ANCHOR_REASONS, ANCHOR_STATES, type AnchorStatus } from '../ledger/anchor/status.ts';
import { MAX_BATCH_LEAVES } from '../ledger/anchor/chain.ts';

/**
 * How a batch was anchored:
 * - `committed`: at the first attempt;
 * - `retried`: at a later one;
 * - `adopted`: a call failed, or this instance was killed, and the chain held the batch all the same.
 */
export const ANCHOR_BATCH_OUTCOMES = ['committed', 'retried', 'adopted'] as const;
export type AnchorBatchOutcome = (typeof ANCHOR_BATCH_OUTCOMES)[number];

/** One anchored batch. */
export interface AnchorBatch {
  /** Leaf hashes in it. */
  readonly leaves: number;
  /** From submitting it to knowing that it is committed. */
  readonly seconds: number;
  readonly outcome: AnchorBatchOutcome;
}

/** What anchoring counts. */
export interface AnchorMetrics {
  readonly anchorBatch: (batch: AnchorBatch) => void;
  /** The chain refused a batch because it was at another size than expected: another writer, or a peer that lags behind. */
  readonly anchorConflict: () => void;
}

const LEAF_BUCKETS = [1, 4, 16, 64, 256, 1_024, 4_096, MAX_BATCH_LEAVES];
const SECONDS_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Set at every scrape: `read` gives each label's value. */
function labelled(
  registry: Registry,
  metric: { readonly name: string; readonly help: string; readonly label: string },
  read: (set: (label: string, value: number) => void) => void,
): void {
  const { name, help, label } = metric;
  registry.registerMetric(
    new Gauge<string>({
      name,
      help,
      labelNames: [label],
      registers: [],
      collect() {
        this.reset();
        read((of, value) => {
          this.set({ [label]: of }, value);
        });
      },
    }),
  );
}

function stateGauges(registry: Registry, status: () => AnchorStatus): void {
  labelled(
    registry,
    { name: 'vericlin_anchor_state', help: '1 for the state of the anchor.', label: 'state' },
    (set) => {
      const { state } = status();
      for (const known of ANCHOR_STATES) set(known, known === state ? 1 : 0);
    },
  );
  labelled(
    registry,
    {
      name: 'vericlin_anchor_reason',
      help: '1 for the reason why the anchor is stalled or disagrees.',
      label: 'reason',
    },
    (set) => {
      const { reason } = status();
      for (const known of ANCHOR_REASONS) set(known, known === reason ? 1 : 0);
    },
  );
}

function organizationGauges(registry: Registry, status: () => AnchorStatus): void {
  // An organisation that stops endorsing falls to 0 instead of vanishing: an alert on a value then sees it.
  const seen = new Set<string>();
  labelled(
    registry,
    {
      name: 'vericlin_anchor_endorsers',
      help: '1 for an organisation that endorsed the newest signed read, 0 for one that endorsed an earlier one.',
      label: 'organization',
    },
    (set) => {
      const { endorsers } = status();
      for (const organization of endorsers) seen.add(organization);
      for (const organization of seen) set(organization, endorsers.includes(organization) ? 1 : 0);
    },
  );
  labelled(
    registry,
    {
      name: 'vericlin_anchor_certificate_expiry_seconds',
      help: 'Unix time at which a certificate of the Fabric profile expires.',
      label: 'certificate',
    },
    (set) => {
      for (const { name, notAfter } of status().certificates) set(name, Date.parse(notAfter) / 1000);
    },
  );
}

function plainGauges(registry: Registry, status: () => AnchorStatus): void {
  const gauge = (name: string, help: string, read: (now: AnchorStatus) => number): void => {
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
  gauge('vericlin_anchored_size_entries', 'Entries that are anchored.', ({ size }) => size);
  gauge('vericlin_anchor_lag_entries', 'Entries of the log that are not anchored yet.', ({ lagEntries }) => lagEntries);
  gauge(
    'vericlin_anchor_lag_seconds',
    'Age of the oldest entry that is not anchored yet; 0 where there is none.',
    ({ lagSeconds }) => lagSeconds,
  );
  gauge('vericlin_anchor_leader', '1 if this instance anchors.', ({ isLeader }) => (isLeader ? 1 : 0));
}

/** Registers the metrics of anchoring. `status` is read at every scrape. */
export function createAnchorMetrics(registry: Registry, status: () => AnchorStatus): AnchorMetrics {
  stateGauges(registry, status);
  plainGauges(registry, status);
  organizationGauges(registry, status);
  const registers = [registry];
  const batches = new Counter({
    name: 'vericlin_anchor_batches_total',
    help: 'Batches anchored: committed at the first attempt, retried, or adopted (a call failed, yet the chain holds it).',
    labelNames: ['outcome'] as const,
    registers,
  });
  // From the start, so that a rate exists before the first failure.
  for (const outcome of ANCHOR_BATCH_OUTCOMES) batches.inc({ outcome }, 0);
  const conflicts = new Counter({
    name: 'vericlin_anchor_conflicts_total',
    help: 'Batches that the chain refused because it was at another size than expected.',
    registers,
  });
  const leavesOfBatch = new Histogram({
    name: 'vericlin_anchor_batch_leaves',
    help: 'Leaf hashes in one anchored batch.',
    buckets: LEAF_BUCKETS,
    registers,
  });
  const duration = new Histogram({
    name: 'vericlin_anchor_seconds',
    help: 'Time from submitting a batch to knowing that it is committed.',
    buckets: SECONDS_BUCKETS,
    registers,
  });
  return {
    anchorBatch: ({ leaves, seconds, outcome }) => {
      batches.inc({ outcome });
      leavesOfBatch.observe(leaves);
      duration.observe(seconds);
    },
    anchorConflict: () => {
      conflicts.inc();
    },
  };
}
