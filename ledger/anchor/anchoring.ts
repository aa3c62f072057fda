/**
 * Anchors the log on a chain: of several instances the one with the lease does the work, all of them show how far it is and
 * let callers wait for it.
 *
 * @module
 */
import type { Anchoring } from '../ports.ts';
import { StoreUnavailableError } from '../store/log-store.ts';
import type { AnchorDeps } from './anchor-deps.ts';
import type { AnchorPosition, AnchorProgress, Lease } from './anchor-store.ts';
import { Leader } from './leader.ts';
import { DisagreementError, LeaseLostError } from './patient-chain.ts';
import { type AnchorReason, type AnchorState, type AnchorStatus } from './status.ts';
import { Waiters } from './waiters.ts';
import { Wake } from './wake.ts';

/** How often progress is read from the database: each second, and sooner while somebody waits for another instance. */
const PROGRESS_MS = 1_000;
const WAITING_PROGRESS_MS = 50;
/** An entry that waits no longer than this waits for its batch. */
const CURRENT_WITHIN_MS = 3_000;
/** How long a stop waits for the call to the chain that is under way. */
const STOP_GRACE_MS = 2_000;

const DISAGREEMENTS: readonly AnchorReason[] = ['chain_ahead', 'chain_went_back', 'another_writer', 'root_differs'];

export interface RunningAnchoring extends Anchoring {
  /**
   * Resolves once the chain was looked at, cannot be, or is another instance's to look at: entries that this log lacks, or
   * a history that is not ours, are known by then.
   */
  readonly start: () => Promise<void>;
  /** The log grew to `size`. */
  readonly notify: (size: number) => void;
  readonly status: () => AnchorStatus;
  /** Leaves a batch that is under way in flight: whoever leads next finds it. */
  readonly stop: () => Promise<void>;
}

export function createAnchoring(deps: AnchorDeps): RunningAnchoring {
  const anchoring = new LogAnchoring(deps);
  return {
    start: () => anchoring.start(),
    notify: (size) => {
      anchoring.notify(size);
    },
    reached: (index, timeoutMs, signal) => anchoring.reached(index, timeoutMs, signal),
    status: () => anchoring.status(),
    stop: () => anchoring.stop(),
  };
}

class LogAnchoring {
  readonly #deps: AnchorDeps;
  readonly #stopping = new AbortController();
  readonly #waiters = new Waiters();
  readonly #wake = new Wake();
  #work: Promise<unknown> = Promise.resolve();
  #lease: Lease | undefined;
  #progress: AnchorProgress = { logSize: 0, position: undefined, oldestPendingMs: undefined };
  #progressAtMs = -Infinity;
  #looked: () => void = () => undefined;
  /** Of this instance, as long as it could not be written down. */
  #trouble: AnchorPosition['trouble'];
  #endorsers: readonly string[] = [];

  constructor(deps: AnchorDeps) {
    this.#deps = deps;
  }

  start(): Promise<void> {
    const looked = new Promise<void>((resolve) => {
      this.#looked = resolve;
    });
    this.#work = Promise.all([this.#anchor(), this.#watch()]);
    return looked;
  }

  notify(size: number): void {
    if (size > this.#progress.logSize) this.#progress = { ...this.#progress, logSize: size };
    if (this.#lease !== undefined) this.#wake.call();
  }

  reached(index: number, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (index < this.#anchoredSize()) return Promise.resolve(true);
    if (this.#isStopped() || this.#state() === 'disagrees') return Promise.resolve(false);
    const reached = this.#waiters.wait(index, timeoutMs, signal);
    this.#wake.call();
    return reached;
  }

  status(): AnchorStatus {
    const { chain } = this.#deps;
    const { logSize, position } = this.#progress;
    const trouble = this.#trouble ?? position?.trouble;
    return {
      state: this.#state(),
      reason: trouble?.reason,
      detail: trouble?.detail,
      size: this.#anchoredSize(),
      lagEntries: Math.max(0, logSize - this.#anchoredSize()),
      lagSeconds: this.#lagMs() / 1000,
      isLeader: this.#lease !== undefined,
      channel: chain.channel,
      chaincode: chain.chaincode,
      log: chain.log,
      endorsers: this.#endorsers,
      certificates: chain.certificates,
    };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.call();
    this.#waiters.giveUp();
    const grace = new AbortController();
    const { sleep, chain, store } = this.#deps;
    await Promise.race([this.#work, sleep(STOP_GRACE_MS, grace.signal)]);
    grace.abort();
    chain.close();
    await this.#work;
    if (this.#lease !== undefined) await store.release(this.#lease).catch(() => undefined);
  }

  #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #anchoredSize(): number {
    return this.#progress.position?.size ?? 0;
  }

  #lagMs(): number {
    const { oldestPendingMs, logSize } = this.#progress;
    if (logSize <= this.#anchoredSize() || oldestPendingMs === undefined) return 0;
    return Math.max(0, this.#deps.nowMs() - oldestPendingMs);
  }

  #state(): AnchorState {
    const trouble = this.#trouble ?? this.#progress.position?.trouble;
    if (trouble !== undefined) return DISAGREEMENTS.includes(trouble.reason) ? 'disagrees' : 'stalled';
    if (this.#progress.position === undefined || this.#lagMs() > CURRENT_WITHIN_MS) return 'catching-up';
    return 'current';
  }

  /** Takes the lease whenever it is free and leads while it has it. */
  async #anchor(): Promise<void> {
    const { options, sleep } = this.#deps;
    while (!this.#isStopped()) {
      try {
        await this.#takeTurn();
      } catch (error) {
        if (error instanceof DisagreementError) return; // only a person can settle it
        if (!(error instanceof LeaseLostError) && !this.#isStopped()) this.#broke(error);
      } finally {
        this.#looked();
      }
      await sleep(options.leaseMs / 5, this.#stopping.signal);
    }
  }

  async #takeTurn(): Promise<void> {
    const { store, holder, options } = this.#deps;
    this.#lease = await store.acquire(holder, options.leaseMs);
    if (this.#lease !== undefined) return this.#lead(this.#lease);
    // Whoever leads says how it is.
    this.#trouble = undefined;
  }

  /** Not the chain's fault: nothing can be written down, or our own log cannot be read. */
  #broke(error: unknown): void {
    const { observer } = this.#deps;
    observer.failed(error);
    const reason = error instanceof StoreUnavailableError ? 'store_unavailable' : 'internal';
    const detail = error instanceof Error ? error.message : 'unknown error';
    if (this.#trouble?.reason !== reason) observer.trouble(reason, detail);
    this.#trouble = { reason, detail };
  }

  async #lead(lease: Lease): Promise<void> {
    const lost = new AbortController();
    const stopping = AbortSignal.any([this.#stopping.signal, lost.signal]);
    const renewing = this.#renew(lease, lost, stopping);
    const leader = new Leader({
      deps: this.#deps,
      lease,
      stopping,
      wake: (ms) => this.#wake.sleep(ms),
      isWanted: () => !this.#waiters.isEmpty,
      trouble: (trouble) => this.#report(lease, trouble),
      landed: ({ size, root, endorsers }) => {
        this.#landed(size, root, endorsers);
      },
    });
    try {
      await leader.lead();
    } catch (error) {
      if (error instanceof DisagreementError) await this.#disagree(lease, error);
      throw error;
    } finally {
      lost.abort();
      await renewing;
      if (!this.#isStopped()) this.#lease = undefined;
    }
  }

  async #renew(lease: Lease, lost: AbortController, signal: AbortSignal): Promise<void> {
    const { store, options, sleep } = this.#deps;
    for (;;) {
      await sleep(options.leaseMs / 4, signal);
      if (signal.aborted) return;
      const isHeld = await store.renew(lease, options.leaseMs).catch(() => undefined);
      if (isHeld === false) lost.abort();
    }
  }

  #landed(size: number, root: Uint8Array, endorsers: readonly string[]): void {
    const { position } = this.#progress;
    this.#endorsers = endorsers;
    const chain = position?.chain ?? 0;
    const isAll = size >= this.#progress.logSize;
    this.#progress = {
      ...this.#progress,
      position: { chain, size, root, flightTo: undefined, trouble: undefined },
      oldestPendingMs: isAll ? undefined : this.#progress.oldestPendingMs,
    };
    this.#waiters.reached(size);
    if (!isAll) this.#progressAtMs = -Infinity;
  }

  async #report(lease: Lease, trouble: AnchorPosition['trouble']): Promise<void> {
    const { store, chain, observer } = this.#deps;
    if (this.#trouble?.reason !== trouble?.reason) observer.trouble(trouble?.reason, trouble?.detail ?? '');
    this.#trouble = trouble;
    this.#looked();
    const position = await store.position(chain);
    if (position === undefined) return;
    await store.report(lease, position.chain, trouble);
    this.#progress = { ...this.#progress, position: { ...position, trouble } };
  }

  /** Invariant 11: it stays so until a person has looked and the service is started again. */
  async #disagree(lease: Lease, { reason, message }: DisagreementError): Promise<void> {
    this.#trouble = { reason, detail: message };
    this.#waiters.giveUp();
    this.#deps.observer.disagrees(reason, message);
    await this.#report(lease, this.#trouble).catch(() => undefined);
    // So that the next instance soon looks for itself: each of them decides whether it goes on signing.
    await this.#deps.store.release(lease).catch(() => undefined);
  }

  /** Keeps what is shown up to date, on every instance. */
  async #watch(): Promise<void> {
    const { sleep } = this.#deps;
    while (!this.#isStopped()) {
      const isFollowing = this.#lease === undefined && !this.#waiters.isEmpty;
      if (this.#deps.monotonicMs() - this.#progressAtMs >= (isFollowing ? WAITING_PROGRESS_MS : PROGRESS_MS)) {
        await this.#readProgress();
      }
      await sleep(WAITING_PROGRESS_MS, this.#stopping.signal);
    }
  }

  async #readProgress(): Promise<void> {
    const { store, chain, monotonicMs } = this.#deps;
    this.#progressAtMs = monotonicMs();
    try {
      const progress = await store.progress(chain);
      // What this instance saw meanwhile is newer than the answer.
      const isOlder = (progress.position?.size ?? 0) < this.#anchoredSize();
      if (!isOlder) this.#progress = { ...progress, logSize: Math.max(progress.logSize, this.#progress.logSize) };
      this.#waiters.reached(this.#anchoredSize());
      if (this.#state() === 'disagrees') this.#waiters.giveUp();
    } catch {
      // The database is away: what is shown grows old, and `database` says why.
    }
  }
}
