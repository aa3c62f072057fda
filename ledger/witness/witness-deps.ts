/** What the witness loop needs, and what it says of each witness. @module */
import type { PolicyWitness } from '../checkpoint/policy.ts';
import type { Primitives } from '../types.ts';
import type { Fetch, WitnessAnswer } from './witness-client.ts';

/** The last thing that a witness cosigned. */
export interface WitnessCosignature {
  /** The witness's name in the policy. */
  readonly witness: string;
  /** Size of the checkpoint; with it the checkpoint, since a log never signs two roots for one size. */
  readonly size: number;
  /** The signature line with its newline. */
  readonly line: string;
  /** RFC 3339 UTC, by the witness's clock. */
  readonly cosignedAt: string;
}

/** Where it is kept. */
export interface WitnessStore {
  /** The last cosignature of each witness; those that never cosigned are missing. */
  states: () => Promise<readonly WitnessCosignature[]>;
  /** Durable when it returns. A smaller size than the one kept leaves it (two instances may ask the same witness). */
  saveCosignature: (cosignature: WitnessCosignature) => Promise<void>;
}

export interface WitnessStatus {
  readonly name: string;
  /** The size that it cosigned last; 0 if none. */
  readonly size: number;
  /** `ok`: on the checkpoint of the round; `behind`: being asked; `failing`: the last attempt failed. */
  readonly state: 'ok' | 'behind' | 'failing';
  /** Why the last attempt failed. */
  readonly reason: string | undefined;
}

export interface WitnessLoopDeps {
  /** Those of the policy; without a submission URL they cannot be asked and are left out. */
  readonly witnesses: readonly PolicyWitness[];
  readonly store: WitnessStore;
  /** RFC 6962 consistency proof, 0 < from < to. */
  readonly prove: (from: number, to: number) => Promise<readonly Uint8Array[]>;
  readonly primitives: Primitives;
  readonly fetch: Fetch;
  /** [0, 1): spreads retries. */
  readonly random: () => number;
  /** Ends early, without an error, when the signal fires. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** After each attempt, for log and metrics. Must not throw. */
  readonly onAttempt?: (
    name: string,
    outcome: WitnessAnswer | { readonly kind: 'error'; readonly error: unknown },
  ) => void;
  readonly limits?: Partial<WitnessLimits>;
}

export interface WitnessLimits {
  /** For one exchange, ms. */
  readonly timeoutMs: number;
  /** Between the starts of two rounds, ms: a busy log makes many checkpoints a second. */
  readonly minIntervalMs: number;
  /** Longest wait after the first failure, ms; doubles with each further one. */
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
}

export const DEFAULT_WITNESS_LIMITS: WitnessLimits = {
  timeoutMs: 10_000,
  minIntervalMs: 1_000,
  firstBackoffMs: 500,
  maxBackoffMs: 60_000,
};
