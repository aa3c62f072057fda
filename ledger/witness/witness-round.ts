/**
 * Keeps every configured witness on the newest checkpoint, one request at a time, without delaying appends.
 *
 * Witnesses are asked in rounds: in one round all are asked to cosign the same checkpoint, or a quorum of two would never
 * be met on a busy log. A round ends when each has cosigned or failed; those that fail catch up by themselves and hold
 * nobody up.
 *
 * @module
 */
import {
  DEFAULT_WITNESS_LIMITS,
  type WitnessLimits,
  type WitnessLoopDeps,
  type WitnessStatus,
} from './witness-deps.ts';
import { WitnessWorker, type Target } from './witness-worker.ts';

export type { WitnessCosignature, WitnessStore } from './witness-deps.ts';

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
  const rounds = new Rounds(deps);
  return {
    notify: (size, note) => {
      rounds.notify({ size, note });
    },
    status: () => rounds.status(),
    settled: () => rounds.settled(),
    stop: () => rounds.stop(),
  };
}

class Rounds {
  readonly #deps: WitnessLoopDeps;
  readonly #limits: WitnessLimits;
  readonly #stopping = new AbortController();
  readonly #workers: readonly WitnessWorker[];
  #newest: Target = { size: 0, note: '' };
  /** Of the present round. */
  #current = this.#newest;
  /** The pause after the start of a round. */
  #rest: Promise<void> | undefined;

  constructor(deps: WitnessLoopDeps) {
    this.#deps = deps;
    this.#limits = { ...DEFAULT_WITNESS_LIMITS, ...deps.limits };
    const context = {
      deps,
      limits: this.#limits,
      stopping: this.#stopping.signal,
      attempted: () => {
        this.#advance();
      },
    };
    this.#workers = deps.witnesses.flatMap(({ name, key, url }) =>
      url === undefined ? [] : [new WitnessWorker({ name, key, url }, context)],
    );
  }

  notify(target: Target): void {
    // An empty tree says nothing that a witness could be shown to have seen.
    if (target.size <= this.#newest.size || this.#workers.length === 0) return;
    this.#newest = target;
    this.#advance();
  }

  status(): readonly WitnessStatus[] {
    return this.#workers.map((worker) => worker.status());
  }

  async settled(): Promise<void> {
    while (this.#isBusy()) {
      await Promise.all([this.#rest, ...this.#workers.map((worker) => worker.settled())]);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#rest, ...this.#workers.map((worker) => worker.settled())]);
  }

  #isBusy(): boolean {
    const isBehind = this.#current.size < this.#newest.size && !this.#stopping.signal.aborted;
    return isBehind || this.#workers.some((worker) => worker.isRunning());
  }

  /** Starts the next round, if there is something new and nobody is in the middle of this one. */
  #advance(): void {
    const isDue = this.#newest.size > this.#current.size && this.#rest === undefined;
    if (!isDue || this.#stopping.signal.aborted || this.#workers.some((worker) => worker.holdsRound())) return;
    this.#current = this.#newest;
    this.#rest = this.#deps.sleep(this.#limits.minIntervalMs, this.#stopping.signal).then(() => {
      this.#rest = undefined;
      this.#advance();
    });
    for (const worker of this.#workers) worker.aim(this.#current);
  }
}
