/** What anchoring needs, and what it tells. @module */
import type { AnchorStore } from './anchor-store.ts';
import type { Chain, ChainHead } from './chain.ts';
import type { AnchorReason } from './status.ts';

/**
 * How a batch came to be anchored: at the first attempt, at a later one, or found on the chain though the call had failed or
 * the service had died.
 */
export type BatchOutcome = 'committed' | 'retried' | 'adopted';

export interface AnchorObserver {
  readonly landed: (batch: {
    readonly size: number;
    readonly leaves: number;
    readonly seconds: number;
    readonly outcome: BatchOutcome;
  }) => void;
  /** A call to the chain failed, or a statement of the store; it is tried again. */
  readonly failed: (error: unknown) => void;
  /** What keeps anchoring from going on changed. */
  readonly trouble: (reason: AnchorReason | undefined, detail: string) => void;
  /** Invariant 11: anchoring stopped. */
  readonly disagrees: (reason: AnchorReason, detail: string) => void;
}

export interface AnchorOptions {
  /** How long entries gather for a batch while nobody waits, ms. */
  readonly batchDelayMs: number;
  /** How often the log is looked at for entries of other instances while there is nothing to anchor, ms. */
  readonly pollMs: number;
  /** Leaf hashes in one batch, at most. */
  readonly maxBatchLeaves: number;
  /** How long a lease lives without being renewed, ms. */
  readonly leaseMs: number;
  /** How often the chain is looked at while there is nothing to anchor, ms. */
  readonly inspectMs: number;
  /** How long failures may last before they are called trouble, ms. */
  readonly troubleAfterMs: number;
  /** How long a peer may lag behind what was committed before the chain is said to have gone back, ms. */
  readonly lagToleranceMs: number;
  /** Waits between attempts, ms. */
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
}

export const DEFAULT_ANCHOR_OPTIONS: AnchorOptions = {
  batchDelayMs: 500,
  pollMs: 250,
  maxBatchLeaves: 16_384,
  leaseMs: 10_000,
  inspectMs: 10_000,
  troubleAfterMs: 2_000,
  lagToleranceMs: 120_000,
  firstBackoffMs: 25,
  maxBackoffMs: 2_000,
};

export interface AnchorDeps {
  readonly chain: Chain;
  readonly store: AnchorStore;
  /** Stable id of this instance (UUID): after a crash it takes its own lease back at once. */
  readonly holder: string;
  /** Root of the empty tree. */
  readonly emptyRoot: Uint8Array;
  /** Size and root of one of our own signed checkpoints. @throws LedgerError if it does not carry our signature */
  readonly openNote: (note: string) => ChainHead;
  /** Root of this log at any size up to the present one, from its tiles. */
  readonly rootAt: (size: number) => Promise<Uint8Array>;
  /** Entries in the log, read from the database now. */
  readonly logSize: () => Promise<number>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** For durations: never goes back, whatever happens to the clock. */
  readonly monotonicMs: () => number;
  /** [0, 1): spreads retries. */
  readonly random: () => number;
  /** Ends early, without an error, when the signal fires. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly observer: AnchorObserver;
  readonly options: AnchorOptions;
}
