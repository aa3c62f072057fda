/** Keeps every configured witness on the newest checkpoint, one request at a time, without delaying appends. @module */
import type { PolicyWitness } from '../checkpoint/policy.ts';
import type { Primitives } from '../types.ts';
import { submitToWitness, type Fetch, type WitnessAnswer } from './witness-client.ts';

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
  /** `ok`: on the newest checkpoint; `behind`: being asked; `failing`: the last attempt failed. */
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
  /** Monotonic clock, ms. */
  readonly monotonicMs: () => number;
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
  /** Between the starts of two requests to one witness, ms: a busy log makes many checkpoints a second. */
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

export interface WitnessLoop {
  /**
   * A checkpoint is published. Returns at once and never throws; of several, only the newest is submitted.
   * `note` is the very note that is published, `size` its size.
   */
  notify: (size: number, note: string) => void;
  status: () => readonly WitnessStatus[];
  /** Resolves when nothing is left to ask, failing witnesses included only once they succeed. For tests and shutdown. */
  settled: () => Promise<void>;
  /** Breaks off what is under way. */
  stop: () => Promise<void>;
}

/** Starts a loop over the witnesses; it rests until it is notified. */
export function createWitnessLoop(deps: WitnessLoopDeps): WitnessLoop {
  const limits = { ...DEFAULT_WITNESS_LIMITS, ...deps.limits };
  const stopping = new AbortController();
  const workers = deps.witnesses.flatMap((witness) =>
    witness.url === undefined
      ? []
      : [new WitnessWorker({ name: witness.name, key: witness.key, url: witness.url }, deps, limits, stopping.signal)],
  );
  const settled = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.settled()));
  };
  return {
    notify: (size, note) => {
      for (const worker of workers) worker.notify(size, note);
    },
    status: () => workers.map((worker) => worker.status()),
    settled,
    stop: async () => {
      stopping.abort();
      await settled();
    },
  };
}

type Reachable = Required<Pick<PolicyWitness, 'name' | 'key' | 'url'>>;

interface Target {
  readonly size: number;
  readonly note: string;
}

/** One witness: what it holds, what it should hold, and the one request under way. */
class WitnessWorker {
  readonly #witness: Reachable;
  readonly #deps: WitnessLoopDeps;
  readonly #limits: WitnessLimits;
  readonly #stopping: AbortSignal;
  /** What it cosigned last; `undefined` until the store was asked. */
  #cosignedSize: number | undefined;
  /** The size to prove from: what it cosigned, or what it said it holds. */
  #heldSize = 0;
  #target: Target | undefined;
  #failures = 0;
  #reason: string | undefined;
  #isRunning = false;
  #running: Promise<void> | undefined;

  constructor(witness: Reachable, deps: WitnessLoopDeps, limits: WitnessLimits, stopping: AbortSignal) {
    this.#witness = witness;
    this.#deps = deps;
    this.#limits = limits;
    this.#stopping = stopping;
  }

  notify(size: number, note: string): void {
    if (size === 0 || size <= (this.#target?.size ?? 0)) return;
    this.#target = { size, note };
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#running = this.#run();
  }

  status(): WitnessStatus {
    const size = this.#cosignedSize ?? 0;
    const isCurrent = this.#target === undefined || size >= this.#target.size;
    const state = this.#failures > 0 ? 'failing' : isCurrent ? 'ok' : 'behind';
    return { name: this.#witness.name, size, state, reason: this.#reason };
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let target = this.#wanted(); target !== undefined; target = this.#wanted()) {
      const startedAtMs = this.#deps.monotonicMs();
      const isDone = await this.#attempt(target);
      const restMs = this.#limits.minIntervalMs - (this.#deps.monotonicMs() - startedAtMs);
      await this.#deps.sleep(isDone ? Math.max(0, restMs) : this.#backoffMs(), this.#stopping);
    }
    // In the same step as the last look at the target: a checkpoint that comes later finds the worker at rest.
    this.#isRunning = false;
  }

  /** The newest checkpoint, if the witness has not cosigned it. */
  #wanted(): Target | undefined {
    if (this.#stopping.aborted || this.#target === undefined) return undefined;
    return this.#target.size > (this.#cosignedSize ?? 0) ? this.#target : undefined;
  }

  async #attempt(target: Target): Promise<boolean> {
    try {
      await this.#load();
      if (target.size <= (this.#cosignedSize ?? 0)) return this.#succeeded();
      const answer = await this.#submit(target);
      if (answer.kind === 'cosigned') {
        const { line, cosignedAt } = answer;
        await this.#deps.store.saveCosignature({ witness: this.#witness.name, size: target.size, line, cosignedAt });
        this.#cosignedSize = target.size;
        this.#heldSize = target.size;
      } else if (answer.size !== undefined && answer.size <= target.size) {
        this.#heldSize = answer.size;
      }
      this.#deps.onAttempt?.(this.#witness.name, answer);
      return answer.kind === 'cosigned' ? this.#succeeded() : this.#failed(answer.reason);
    } catch (error) {
      // Our own side: no proof or no store. What the witness holds by now, its next 409 will say.
      this.#deps.onAttempt?.(this.#witness.name, { kind: 'error', error });
      return this.#failed('log_unavailable');
    }
  }

  /** Once: what it cosigned before this process started. */
  async #load(): Promise<void> {
    if (this.#cosignedSize !== undefined) return;
    const states = await this.#deps.store.states();
    this.#cosignedSize = states.find(({ witness }) => witness === this.#witness.name)?.size ?? 0;
    this.#heldSize = this.#cosignedSize;
  }

  async #submit(target: Target): Promise<WitnessAnswer> {
    const { fetch, primitives, prove } = this.#deps;
    return await submitToWitness({
      fetch,
      primitives,
      url: this.#witness.url,
      key: this.#witness.key,
      note: target.note,
      size: target.size,
      oldSize: Math.min(this.#heldSize, target.size),
      prove: (oldSize) => prove(oldSize, target.size),
      timeoutMs: this.#limits.timeoutMs,
      signal: this.#stopping,
    });
  }

  #succeeded(): true {
    this.#failures = 0;
    this.#reason = undefined;
    return true;
  }

  #failed(reason: string): false {
    this.#failures += 1;
    this.#reason = reason;
    return false;
  }

  /** Full jitter between half and the whole of the doubled wait. */
  #backoffMs(): number {
    const { firstBackoffMs, maxBackoffMs } = this.#limits;
    const ceilingMs = Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.min(this.#failures - 1, 30));
    return ceilingMs / 2 + (this.#deps.random() * ceilingMs) / 2;
  }
}
