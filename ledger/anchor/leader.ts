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
import { HASH_SIZE } from '../merkle/hash.ts';
import type { AnchorDeps, BatchOutcome } from './anchor-deps.ts';
import type { AnchorPosition } from './anchor-store.ts';
import type { ChainHead, EndorsedCheckpoint } from './chain.ts';
import { LeaseLostError, PatientChain, type PatientChainContext } from './patient-chain.ts';

export interface LeaderContext extends PatientChainContext {
  /** Resolves when there may be something to anchor, or after `ms`. */
  readonly wake: (ms: number) => Promise<void>;
  /** Somebody waits for entries to be anchored: no gathering. */
  readonly isWanted: () => boolean;
  readonly landed: (checkpoint: EndorsedCheckpoint) => void;
}

/** The batch in flight. */
interface Batch {
  readonly from: number;
  /** Size and root of the signed checkpoint that it leads to. */
  readonly to: ChainHead;
  readonly leaves: Uint8Array;
}

/** What is known of a batch in flight. */
type Known = 'at_start' | 'unknown' | 'landed';

export class Leader {
  readonly #context: LeaderContext;
  readonly #deps: AnchorDeps;
  readonly #patient: PatientChain;
  #inspectedAtMs = -Infinity;
  #gatheringSinceMs: number | undefined;

  constructor(context: LeaderContext) {
    this.#context = context;
    this.#deps = context.deps;
    this.#patient = new PatientChain(context);
  }

  /**
   * Anchors until the service stops.
   * @throws LeaseLostError, DisagreementError, StoreUnavailableError
   */
  async lead(): Promise<void> {
    let position = await this.#attach();
    while (!this.#patient.isStopping) {
      if (position.flightTo === undefined) {
        if (!(await this.#inspect(position))) continue;
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

  /** The position, or a new one; entries that the chain holds already are adopted if their root is ours. */
  async #attach(): Promise<AnchorPosition> {
    const { store, chain, emptyRoot, monotonicMs } = this.#deps;
    const position = await store.open(this.#context.lease, chain, { size: 0, root: emptyRoot });
    if (position === undefined) throw new LeaseLostError();
    if (position.size > 0 || position.flightTo !== undefined) return position;
    const startedMs = monotonicMs();
    const { kind, head } = await this.#patient.judge('adopting');
    if (kind !== 'landed') return position;
    return this.#land(position, head, { outcome: 'adopted', leaves: head.size, startedMs });
  }

  /**
   * Looks at the chain now and then while nothing is sent: another writer or a chain that went back shows itself.
   * @returns `false` if the chain is not seen to be where it was left
   */
  async #inspect({ size }: AnchorPosition): Promise<boolean> {
    const { monotonicMs, options } = this.#deps;
    if (monotonicMs() - this.#inspectedAtMs < options.inspectMs) return true;
    if ((await this.#patient.judge({ from: size, to: size })).kind === 'unknown') return false;
    await this.#patient.wellAgain();
    this.#inspectedAtMs = monotonicMs();
    return true;
  }

  /** The size that the next batch leads to: one of our checkpoints. `undefined`: nothing to send yet. */
  async #gather({ size }: AnchorPosition): Promise<number | undefined> {
    const { store, logSize, monotonicMs, options } = this.#deps;
    const pending = (await logSize()) - size;
    if (pending <= 0) {
      this.#gatheringSinceMs = undefined;
      await this.#context.wake(options.pollMs);
      return undefined;
    }
    this.#gatheringSinceMs ??= monotonicMs();
    const leftMs = this.#gatheringSinceMs + options.batchDelayMs - monotonicMs();
    const isFull = pending > (options.maxBatchLeaves * 3) / 4;
    if (leftMs > 0 && !isFull && !this.#context.isWanted()) {
      await this.#context.wake(leftMs);
      return undefined;
    }
    this.#gatheringSinceMs = undefined;
    const next = await store.checkpointWithin(size, size + options.maxBatchLeaves);
    if (next !== undefined) return next.size;
    throw new LedgerError('internal', `no checkpoint of the log within ${options.maxBatchLeaves} entries of ${size}`);
  }

  /** Sends the batch in flight until it is on the chain, exactly once. */
  async #deliver(position: AnchorPosition, known: 'at_start' | 'unknown'): Promise<AnchorPosition> {
    const startedMs = this.#deps.monotonicMs();
    const batch = await this.#batchOf(position);
    const flight = { from: batch.from, to: batch.to.size };
    let outcome: BatchOutcome = known === 'at_start' ? 'committed' : 'retried';
    let state: Known = known;
    while (state !== 'landed' && !this.#patient.isStopping) {
      if (state === 'at_start') {
        state = await this.#send(batch);
        if (state !== 'landed') outcome = 'retried';
      } else {
        state = (await this.#patient.judge(flight)).kind;
        if (state === 'landed') outcome = 'adopted';
      }
    }
    if (state !== 'landed') return position;
    return this.#land(position, batch.to, { outcome, leaves: batch.to.size - batch.from, startedMs });
  }

  async #batchOf({ size: from, flightTo = from }: AnchorPosition): Promise<Batch> {
    const { store, openNote } = this.#deps;
    const checkpoint = await store.checkpointWithin(flightTo - 1, flightTo);
    if (checkpoint === undefined) throw new LedgerError('internal', 'the log has no checkpoint of a batch in flight');
    const leaves = await store.leafHashes(from, flightTo);
    if (leaves.length !== HASH_SIZE * (flightTo - from)) {
      throw new LedgerError('internal', 'the store lacks leaf hashes of its own log: run vericlin fsck');
    }
    return { from, to: openNote(checkpoint.note), leaves };
  }

  /** One attempt. Whatever goes wrong, the head tells what happened. */
  async #send({ from, to, leaves }: Batch): Promise<Known> {
    let head: ChainHead;
    try {
      head = await this.#deps.chain.appendLeaves(from, leaves);
    } catch (error) {
      await this.#patient.failed(error);
      return 'unknown';
    }
    if (head.size === to.size && equalBytes(head.root, to.root)) return 'landed';
    return this.#patient.disagree(
      'root_differs',
      `the chain answers a batch to ${to.size} entries with another history`,
    );
  }

  /** Fetches the evidence of a committed size, then writes position and evidence together. */
  async #land(
    position: AnchorPosition,
    { size, root }: ChainHead,
    batch: { readonly outcome: BatchOutcome; readonly leaves: number; readonly startedMs: number },
  ): Promise<AnchorPosition> {
    const { store, nowMs, monotonicMs, observer } = this.#deps;
    const checkpoint = await this.#patient.ask(() => this.#evidence(size, root));
    // Stopping: the batch stays in flight, and whoever leads next finds it on the chain.
    if (checkpoint === undefined) return { ...position, flightTo: size };
    if (!(await store.land(this.#context.lease, position.chain, checkpoint, nowMs()))) throw new LeaseLostError();
    // A crash before this line leaves everything on record; nothing below is needed for that.
    await this.#patient.wellAgain();
    this.#inspectedAtMs = monotonicMs();
    this.#context.landed(checkpoint);
    const seconds = (monotonicMs() - batch.startedMs) / 1000;
    observer.landed({ size, leaves: batch.leaves, seconds, outcome: batch.outcome });
    return { chain: position.chain, size, root, flightTo: undefined, trouble: undefined };
  }

  async #evidence(size: number, root: Uint8Array): Promise<EndorsedCheckpoint> {
    const endorsed = await this.#deps.chain.endorsedCheckpoint(size);
    if (!equalBytes(endorsed.root, root)) {
      const detail = `the organisations endorse another root of ${size} entries than ours`;
      return this.#patient.disagree('root_differs', detail);
    }
    return endorsed;
  }
}
