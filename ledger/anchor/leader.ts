/**
 * What the instance with the lease does: one batch at a time, each exactly once.
 *
 * A batch is put in flight in the database before it is sent, and stays as it is until the chain says what became of it.
 * After any failure the chain's head decides (`settle.ts`), so that it makes no difference whether the service, a peer,
 * the orderer or a chaincode process died, or when.
 *
 * @module
 */
import { equalBytes } from '../canonical/bytes.ts';
import { LedgerError } from '../errors.ts';
import type { AnchorDeps } from './anchor-deps.ts';
import type { AnchorPosition, Lease } from './anchor-store.ts';
import { Backoff } from './backoff.ts';
import { ChainError, type ChainHead, type EndorsedCheckpoint } from './chain.ts';
import { type Flight, settle, type Verdict } from './settle.ts';
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

export interface LeaderContext {
  readonly deps: AnchorDeps;
  readonly lease: Lease;
  readonly stopping: AbortSignal;
  /** Resolves when there may be something to anchor, or after `ms`. */
  readonly wake: (ms: number) => Promise<void>;
  /** Somebody waits for entries to be anchored: no gathering. */
  readonly isWanted: () => boolean;
  /** `undefined`: all is well. */
  readonly trouble: (trouble: AnchorPosition['trouble']) => Promise<void>;
  readonly landed: (checkpoint: EndorsedCheckpoint) => void;
}

/** Of a batch on the chain: `wasFound` there after a failed call or a restart, or sent successfully. */
function outcomeOf(
  wasFound: boolean,
  known: 'at_start' | 'unknown',
  attempts: number,
): 'committed' | 'retried' | 'adopted' {
  if (wasFound) return 'adopted';
  return known === 'at_start' && attempts === 1 ? 'committed' : 'retried';
}

export class Leader {
  readonly #context: LeaderContext;
  readonly #deps: AnchorDeps;
  readonly #backoff: Backoff;
  #failingSinceMs: number | undefined;
  /** Until the first success: an earlier leader may have left its trouble behind. */
  #isTroubled = true;
  #laggingSinceMs: number | undefined;
  #inspectedAtMs = -Infinity;
  #gatheringSinceMs: number | undefined;

  constructor(context: LeaderContext) {
    this.#context = context;
    this.#deps = context.deps;
    const { firstBackoffMs, maxBackoffMs } = context.deps.options;
    this.#backoff = new Backoff(firstBackoffMs, maxBackoffMs, context.deps.random);
  }

  /**
   * Anchors until the service stops.
   * @throws LeaseLostError, DisagreementError, StoreUnavailableError
   */
  async lead(): Promise<void> {
    let position = await this.#attach();
    while (!this.#isStopping()) {
      if (position.flightTo === undefined) {
        await this.#inspect(position);
        const to = await this.#gather(position);
        if (to === undefined) continue;
        // Durable before it is sent: whoever leads next finds the very batch.
        if (!(await this.#deps.store.takeOff(this.#context.lease, position.chain, to))) throw new LeaseLostError();
        position = await this.#deliver({ ...position, flightTo: to }, 'at_start');
      } else {
        // Found in flight: it may be on the chain already.
        position = await this.#deliver(position, 'unknown');
      }
    }
  }

  #isStopping(): boolean {
    return this.#context.stopping.aborted;
  }

  /** The position, or a new one; entries that the chain holds already are adopted if their root is ours. */
  async #attach(): Promise<AnchorPosition> {
    const { store, chain, emptyRoot } = this.#deps;
    const position = await store.open(this.#context.lease, chain, { size: 0, root: emptyRoot });
    if (position === undefined) throw new LeaseLostError();
    if (position.size > 0 || position.flightTo !== undefined) return position;
    const head = await this.#retrying(() => chain.head());
    if (head === undefined) return position;
    await this.#wellAgain();
    const logSize = await this.#deps.logSize();
    const to =
      head.size > 0 && head.size <= logSize ? { size: head.size, root: await this.#deps.rootAt(head.size) } : position;
    const verdict = settle(head, { from: position, to }, logSize);
    if (verdict.kind === 'landed' && head.size > 0) return this.#land(position, head, 'adopted');
    if (verdict.kind === 'disagrees') throw await this.#disagreement(verdict);
    return position;
  }

  /** Looks at the chain now and then while nothing is sent: another writer or a chain that went back shows itself. */
  async #inspect(position: AnchorPosition): Promise<void> {
    if (this.#deps.nowMs() - this.#inspectedAtMs < this.#deps.options.inspectMs) return;
    if ((await this.#verdict({ from: position, to: position })) === 'unknown') return;
    await this.#wellAgain();
    this.#inspectedAtMs = this.#deps.nowMs();
  }

  /** The size that the next batch leads to: one of our checkpoints. `undefined`: nothing to send yet. */
  async #gather(position: AnchorPosition): Promise<number | undefined> {
    const { store, nowMs, options } = this.#deps;
    const most = position.size + options.maxBatchLeaves;
    const next = await store.checkpointWithin(position.size, most);
    if (next === undefined) {
      this.#gatheringSinceMs = undefined;
      await this.#context.wake(options.batchDelayMs);
      return undefined;
    }
    this.#gatheringSinceMs ??= nowMs();
    const leftMs = this.#gatheringSinceMs + options.batchDelayMs - nowMs();
    const isFull = next.size > most - options.maxBatchLeaves / 4;
    if (leftMs > 0 && !isFull && !this.#context.isWanted()) {
      await this.#context.wake(leftMs);
      return undefined;
    }
    this.#gatheringSinceMs = undefined;
    return next.size;
  }

  /** Sends the batch in flight until it is on the chain, exactly once. */
  async #deliver(position: AnchorPosition, known: 'at_start' | 'unknown'): Promise<AnchorPosition> {
    const startedMs = this.#deps.nowMs();
    const flight = await this.#flightOf(position);
    const leaves = await this.#deps.store.leafHashes(flight.from.size, flight.to.size);
    if (leaves.length !== 32 * (flight.to.size - flight.from.size)) {
      throw new LedgerError('internal', 'the store lacks leaf hashes of its own log: run vericlin fsck');
    }
    let verdict: Verdict['kind'] | 'unknown' = known;
    let attempts = 0;
    let wasFound = false;
    while (verdict !== 'landed' && !this.#isStopping()) {
      wasFound = verdict !== 'at_start';
      if (verdict === 'at_start') {
        attempts += 1;
        verdict = await this.#send(flight, leaves);
      } else {
        verdict = await this.#verdict(flight);
      }
    }
    if (verdict !== 'landed') return position;
    return this.#land(position, flight.to, outcomeOf(wasFound, known, attempts), {
      leaves: flight.to.size - flight.from.size,
      startedMs,
    });
  }

  async #flightOf(position: AnchorPosition): Promise<Flight> {
    const { store, openNote } = this.#deps;
    const to = position.flightTo ?? position.size;
    const checkpoint = await store.checkpointWithin(to - 1, to);
    if (checkpoint === undefined) throw new LedgerError('internal', 'the log has no checkpoint of a batch in flight');
    return { from: position, to: openNote(checkpoint.note) };
  }

  /** One attempt. Whatever goes wrong, the head tells what happened. */
  async #send(flight: Flight, leaves: Uint8Array): Promise<'landed' | 'unknown'> {
    try {
      const head = await this.#deps.chain.appendLeaves(flight.from.size, leaves);
      const verdict = settle(head, flight, flight.to.size);
      if (verdict.kind === 'landed') return 'landed';
      throw await this.#disagreement(
        verdict.kind === 'disagrees'
          ? verdict
          : { reason: 'another_writer', detail: 'the chain answered another size than that of the batch' },
      );
    } catch (error) {
      await this.#failed(error);
      return 'unknown';
    }
  }

  /** Reads the head until a peer answers. */
  async #verdict(flight: Flight): Promise<'at_start' | 'landed' | 'unknown'> {
    // Of a lagging peer and one that does not lag, the latter is believed.
    const head = await this.#retrying(() => this.#deps.chain.head(flight.from.size));
    if (head === undefined) return 'unknown';
    const verdict = settle(head, flight, await this.#deps.logSize());
    if (verdict.kind === 'lagging') {
      await this.#lagging(head, flight);
      return 'unknown';
    }
    this.#laggingSinceMs = undefined;
    if (verdict.kind === 'disagrees') throw await this.#disagreement(verdict);
    return verdict.kind === 'landed' ? 'landed' : 'at_start';
  }

  async #lagging(head: ChainHead, { from }: Flight): Promise<void> {
    const { nowMs, options } = this.#deps;
    this.#laggingSinceMs ??= nowMs();
    if (nowMs() - this.#laggingSinceMs > options.lagToleranceMs) {
      const detail = `the chain is at ${head.size} entries, but ${from.size} were committed before`;
      throw await this.#disagreement({ reason: 'chain_went_back', detail });
    }
    await this.#deps.sleep(this.#backoff.next(), this.#context.stopping);
  }

  /** Fetches the evidence of a committed size, then writes position and evidence together. */
  async #land(
    position: AnchorPosition,
    { size, root }: ChainHead,
    outcome: 'committed' | 'retried' | 'adopted',
    batch: { leaves: number; startedMs: number } = { leaves: size, startedMs: this.#deps.nowMs() },
  ): Promise<AnchorPosition> {
    const { chain, store, nowMs, observer } = this.#deps;
    const checkpoint = await this.#retrying(async () => {
      const endorsed = await chain.endorsedCheckpoint(size);
      if (!equalBytes(endorsed.root, root)) throw this.#differs(size);
      const fault = this.#deps.evidenceFault(endorsed);
      if (fault !== undefined) throw new ChainError('not_endorsed', `the evidence does not verify: ${fault}`);
      return endorsed;
    });
    // Stopping: the batch stays in flight, and whoever leads next finds it on the chain.
    if (checkpoint === undefined) return { ...position, flightTo: size };
    await this.#wellAgain();
    if (!(await store.land(this.#context.lease, position.chain, checkpoint, nowMs()))) throw new LeaseLostError();
    this.#inspectedAtMs = nowMs();
    this.#context.landed(checkpoint);
    observer.landed({ size, leaves: batch.leaves, seconds: (nowMs() - batch.startedMs) / 1000, outcome });
    return { chain: position.chain, size, root, flightTo: undefined, trouble: undefined };
  }

  /**
   * An instance that slept while another took over knows an old position: what it meets on the chain is the other's work,
   * and no reason for an alarm.
   */
  async #disagreement({ reason, detail }: { reason: AnchorReason; detail: string }): Promise<Error> {
    const { store, options } = this.#deps;
    const isHeld = await store.renew(this.#context.lease, options.leaseMs);
    return isHeld ? new DisagreementError(reason, detail) : new LeaseLostError();
  }

  #differs(size: number): DisagreementError {
    return new DisagreementError('root_differs', `the organisations endorse another root of ${size} entries than ours`);
  }

  /** Repeats a read until it succeeds; `undefined` when the service stops. A read that succeeds does not end a run of failures. */
  async #retrying<T>(read: () => Promise<T>): Promise<T | undefined> {
    while (!this.#isStopping()) {
      try {
        return await read();
      } catch (error) {
        await this.#failed(error);
      }
    }
    return undefined;
  }

  /** Notes a failure of the chain and waits a while; anything else is passed on. */
  async #failed(error: unknown): Promise<void> {
    if (!(error instanceof ChainError)) throw error;
    const { nowMs, options, observer, sleep } = this.#deps;
    if (this.#isStopping()) return;
    observer.failed(error);
    this.#failingSinceMs ??= nowMs();
    if (nowMs() - this.#failingSinceMs >= options.troubleAfterMs) {
      this.#isTroubled = true;
      await this.#context.trouble({ reason: error.reason, detail: error.message });
    }
    await sleep(this.#backoff.next(), this.#context.stopping);
  }

  async #wellAgain(): Promise<void> {
    this.#backoff.reset();
    this.#failingSinceMs = undefined;
    if (!this.#isTroubled) return;
    this.#isTroubled = false;
    await this.#context.trouble(undefined);
  }
}
