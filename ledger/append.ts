/**
 * From validated envelopes to durable events: data keys, preparation, then the sequencer. The only way into the log, for
 * integrators and for the service's own events alike.
 *
 * @module
 */
import { LedgerError } from './errors.ts';
import { createEventOwners, type EventOwners, findOutsideRefs, type OutsideRefs } from './event-owner.ts';
import type { Keyring } from './keys/keyring.ts';
import { type PendingDeps, preparePending, type RecordingContext } from './pending-event.ts';
import type { AppendOutcome, Principal } from './ports.ts';
import { proofJson } from './proof-json.ts';
import type { Sequencer } from './sequencer/sequencer.ts';
import { LostKeysError, type PendingEvent, type Sequenced } from './sequencer/submission.ts';
import type { EventStore } from './store/event-store.ts';
import type { CommitEffect, LogStore } from './store/log-store.ts';
import type { Envelope, Receipt } from './types.ts';

/** Events of each principal that are on their way: nobody fills the queue alone. */
class FairShare {
  readonly #limit: number;
  readonly #pending = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws LedgerError `too_many_requests` */
  async hold<T>(principal: string, events: number, action: () => Promise<T>): Promise<T> {
    const before = this.#pending.get(principal) ?? 0;
    if (before > 0 && before + events > this.#limit) {
      const message =
        'too many events of yours are on their way: nothing of this request was stored, post it again later';
      throw new LedgerError('too_many_requests', message, { retryAfterSeconds: 1 });
    }
    this.#pending.set(principal, before + events);
    try {
      return await action();
    } finally {
      const left = (this.#pending.get(principal) ?? 0) - events;
      if (left > 0) this.#pending.set(principal, left);
      else this.#pending.delete(principal);
    }
  }
}

/** Runs actions one after the other, in the order in which they came. */
class InOrder {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(action);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

export interface AppendDeps extends PendingDeps {
  /** Events of one principal that may be on their way at once, beside a single larger request. */
  readonly maxPendingPerPrincipal: number;
  readonly keyring: Keyring;
  readonly sequencer: Sequencer;
  readonly events: Pick<EventStore, 'posterNo'>;
  readonly store: Pick<LogStore, 'findIds'>;
  readonly nowMs: () => number;
  /** The first receipt of an event that is in the log already. */
  readonly receiptOf: (id: string) => Promise<Receipt>;
}

export interface Appender {
  readonly append: (envelopes: readonly Envelope[], by: Principal) => Promise<AppendOutcome>;
  readonly appendOne: (
    envelope: Envelope,
    by: Principal,
    options?: AppendOneOptions,
  ) => Promise<{ receipt: Receipt; repeated: boolean }>;
}

export interface AppendOneOptions {
  /** Done in the transaction of the commit. */
  readonly effect?: CommitEffect;
  /** Bytes of the canonical envelope, where the service itself made the event. */
  readonly maxBytes?: number;
}

interface SubmitOptions extends AppendOneOptions {
  readonly wantProof: boolean;
}

/** Keys that vanish while events are on their way (shredding, a crash) are rare; twice in a row is rarer. */
const LOST_KEYS_RETRIES = 5;
/**
 * Events prepared before the event loop gets a turn: about a millisecond. A commit on its way to the database needs turns
 * while it is written, or the database waits for us (docs/adr/0011).
 */
const PREPARED_AT_ONCE = 16;

interface Submitted {
  readonly events: readonly PendingEvent[];
  readonly sequenced: Sequenced;
}

/** Errors about one event say where it stands in the batch; those about a single event's request do not. */
function pointed(error: unknown, from: string, to: string): unknown {
  if (!(error instanceof LedgerError) || !(error.pointer ?? '').startsWith(from)) return error;
  const { code, message, offset, retryAfterSeconds, cause } = error;
  const pointer = `${to}${(error.pointer ?? '').slice(from.length)}`;
  return new LedgerError(code, message, {
    pointer,
    cause,
    ...(offset !== undefined && { offset }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

export function createAppender(deps: AppendDeps): Appender {
  const { keyring, sequencer } = deps;
  const share = new FairShare(deps.maxPendingPerPrincipal);
  const inOrder = new InOrder();

  async function prepareAll(
    envelopes: readonly Envelope[],
    outside: OutsideRefs,
    recording: Pick<RecordingContext, 'poster' | 'maxBytes'>,
  ): Promise<readonly PendingEvent[]> {
    const owners = await createEventOwners(envelopes, outside, keyring);
    // Large requests one after the other: the first is on its way to the database while the next is prepared.
    if (envelopes.length <= PREPARED_AT_ONCE) return prepareInTurns(envelopes, owners, recording);
    return inOrder.run(() => prepareInTurns(envelopes, owners, recording));
  }

  async function prepareInTurns(
    envelopes: readonly Envelope[],
    owners: EventOwners,
    recording: Pick<RecordingContext, 'poster' | 'maxBytes'>,
  ): Promise<readonly PendingEvent[]> {
    const recordedAtMs = deps.nowMs();
    const context: RecordingContext = { recordedAtMs, recordedAt: new Date(recordedAtMs).toISOString(), ...recording };
    const prepared: PendingEvent[] = [];
    for (const [at, envelope] of envelopes.entries()) {
      const pointer = `/${at}`;
      const key = await owners.keyOf(envelope, pointer);
      try {
        prepared.push(preparePending(envelope, key, context, deps));
      } catch (error) {
        throw pointed(error, '', pointer);
      }
      if (prepared.length % PREPARED_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return prepared;
  }

  function submit(envelopes: readonly Envelope[], by: Principal, options: SubmitOptions): Promise<Submitted> {
    return share.hold(by.id, envelopes.length, () => prepareAndSequence(envelopes, by, options));
  }

  async function prepareAndSequence(
    envelopes: readonly Envelope[],
    by: Principal,
    { maxBytes, ...options }: SubmitOptions,
  ): Promise<Submitted> {
    const poster = await deps.events.posterNo(by.id);
    const outside = await findOutsideRefs(envelopes, deps.store);
    for (let attempt = 0; ; attempt += 1) {
      const events = await prepareAll(envelopes, outside, { poster, maxBytes });
      try {
        const sequenced = await sequencer.submit({ events, unresolvedRefs: outside.unresolved, ...options });
        return { events, sequenced };
      } catch (error) {
        if (!(error instanceof LostKeysError)) throw error;
        keyring.forget();
        if (attempt < LOST_KEYS_RETRIES) continue;
        const message = 'the data keys could not be made durable: post again';
        throw new LedgerError('store_unavailable', message, { cause: error });
      }
    }
  }

  async function receiptFor(envelope: Envelope, { events, sequenced }: Submitted): ReturnType<Appender['appendOne']> {
    const [event] = events;
    const [placed] = sequenced.events;
    if (event === undefined || placed === undefined) {
      throw new LedgerError('internal', 'the sequencer answered no event');
    }
    if (placed.repeated || sequenced.proof === undefined) {
      return { receipt: await deps.receiptOf(envelope.id), repeated: placed.repeated };
    }
    return { receipt: newReceipt(event, sequenced.proof, sequenced.note), repeated: false };
  }

  return {
    append: async (envelopes, by) => {
      const { sequenced } = await submit(envelopes, by, { wantProof: false });
      const events = sequenced.events.map(({ index, repeated }, at) => ({
        id: envelopes[at]?.id ?? '',
        index,
        repeated,
      }));
      return { checkpoint: sequenced.note, events };
    },
    appendOne: async (envelope, by, options = {}) => {
      try {
        return await receiptFor(envelope, await submit([envelope], by, { wantProof: true, ...options }));
      } catch (error) {
        throw pointed(error, '/0', '');
      }
    },
  };
}

function newReceipt(event: PendingEvent, proof: NonNullable<Sequenced['proof']>, checkpoint: string): Receipt {
  return {
    id: event.id,
    index: proof.index,
    entry: Buffer.from(event.entry).toString('base64'),
    proof: proofJson(proof),
    checkpoint,
    recordedAt: new Date(event.recordedAtMs).toISOString(),
    anchor: null,
  };
}
