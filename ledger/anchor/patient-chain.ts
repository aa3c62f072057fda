/**
 * Asks the chain until it answers, says what keeps it from answering, and judges its head.
 *
 * @module
 */
import type { AnchorDeps } from './anchor-deps.ts';
import type { AnchorPosition, Lease } from './anchor-store.ts';
import { Backoff } from './backoff.ts';
import { ChainError, type ChainHead } from './chain.ts';
import { type Flight, settle } from './settle.ts';
import type { AnchorReason } from './status.ts';

/** Another instance took over. */
export class LeaseLostError extends Error {
  constructor() {
    super('another instance anchors');
    this.name = 'LeaseLostError';
  }
}

/** Invariant 11: the chain's history is not ours. */
export class DisagreementError extends Error {
  readonly reason: AnchorReason;

  constructor(reason: AnchorReason, detail: string) {
    super(detail);
    this.name = 'DisagreementError';
    this.reason = reason;
  }
}

export interface PatientChainContext {
  readonly deps: AnchorDeps;
  readonly lease: Lease;
  readonly stopping: AbortSignal;
  /** `undefined`: all is well. */
  readonly trouble: (trouble: AnchorPosition['trouble']) => Promise<void>;
}

export type Judgement =
  | { readonly kind: 'at_start' | 'landed'; readonly head: ChainHead }
  | { readonly kind: 'unknown'; readonly head: undefined };
const UNKNOWN: Judgement = { kind: 'unknown', head: undefined };

export class PatientChain {
  readonly #context: PatientChainContext;
  readonly #deps: AnchorDeps;
  readonly #backoff: Backoff;
  #failingSinceMs: number | undefined;
  /** Until the first success: an earlier leader may have left its trouble behind. */
  #isTroubled = true;
  #laggingSinceMs: number | undefined;

  constructor(context: PatientChainContext) {
    this.#context = context;
    this.#deps = context.deps;
    const { firstBackoffMs, maxBackoffMs } = context.deps.options;
    this.#backoff = new Backoff(firstBackoffMs, maxBackoffMs, context.deps.random);
  }

  get isStopping(): boolean {
    return this.#context.stopping.aborted;
  }

  /** Repeats a read until it succeeds; `undefined` when the service stops. A read that succeeds does not end a run of failures. */
  async ask<T>(read: () => Promise<T>): Promise<T | undefined> {
    while (!this.isStopping) {
      try {
        return await read();
      } catch (error) {
        await this.failed(error);
      }
    }
    return undefined;
  }

  /**
   * What the chain's head, read now, says about the flight; of nothing that was anchored before, any history of ours has
   * landed (`adopting`). `unknown`: a peer lags behind, or the service stops.
   * @throws DisagreementError, LeaseLostError, StoreUnavailableError
   */
  async judge(flight: Flight | 'adopting'): Promise<Judgement> {
    const { chain } = this.#deps;
    // Of a peer that lags and one that does not, the latter is believed.
    const head = await this.ask(() => chain.head(flight === 'adopting' ? 0 : flight.from));
    if (head === undefined) return UNKNOWN;
    const verdict = settle(
      head,
      flight === 'adopting' ? { from: 0, to: head.size } : flight,
      await this.#ourRootAt(head),
    );
    if (verdict.kind === 'disagrees') return this.disagree(verdict.reason, verdict.detail);
    if (verdict.kind === 'lagging') {
      await this.#lagging(head, flight === 'adopting' ? 0 : flight.from);
      return UNKNOWN;
    }
    this.#laggingSinceMs = undefined;
    return { kind: verdict.kind, head };
  }

  /** Read after the head was: an entry that the chain got from us is in the database by then. */
  async #ourRootAt({ size }: ChainHead): Promise<Uint8Array | undefined> {
    return size <= (await this.#deps.logSize()) ? this.#deps.rootAt(size) : undefined;
  }

  /**
   * Raises the alarm, unless the lease is lost: an instance that slept while another took over knows an old position, and what
   * it meets on the chain is the other's work.
   * @throws DisagreementError, LeaseLostError, StoreUnavailableError
   */
  async disagree(reason: AnchorReason, detail: string): Promise<never> {
    const { store, options } = this.#deps;
    if (!(await store.renew(this.#context.lease, options.leaseMs))) throw new LeaseLostError();
    throw new DisagreementError(reason, detail);
  }

  async #lagging(head: ChainHead, from: number): Promise<void> {
    const { monotonicMs, options } = this.#deps;
    const detail = `the peers that answer are at ${head.size} entries, but ${from} were committed before`;
    this.#laggingSinceMs ??= monotonicMs();
    if (monotonicMs() - this.#laggingSinceMs > options.lagToleranceMs) await this.disagree('chain_went_back', detail);
    await this.#unwell({ reason: 'peers_lag', detail });
  }

  /** Notes a failure of the chain and waits a while; anything else is passed on. */
  async failed(error: unknown): Promise<void> {
    if (!(error instanceof ChainError)) throw error;
    if (this.isStopping) return;
    this.#deps.observer.failed(error);
    await this.#unwell({ reason: error.reason, detail: error.message });
  }

  async #unwell(trouble: NonNullable<AnchorPosition['trouble']>): Promise<void> {
    const { monotonicMs, options, sleep } = this.#deps;
    this.#failingSinceMs ??= monotonicMs();
    if (monotonicMs() - this.#failingSinceMs >= options.troubleAfterMs) {
      this.#isTroubled = true;
      await this.#context.trouble(trouble);
    }
    await sleep(this.#backoff.next(), this.#context.stopping);
  }

  /** The chain is as it should be. */
  async wellAgain(): Promise<void> {
    this.#backoff.reset();
    this.#failingSinceMs = undefined;
    if (!this.#isTroubled) return;
    this.#isTroubled = false;
    await this.#context.trouble(undefined);
  }
}
