/**
 * From validated envelopes to durable events: data keys, commitment, entry, leaf hash, sealing, blind indexes, then the
 * sequencer. The only way into the log, for integrators and for the service's own events alike.
 *
 * @module
 */
import { LedgerError } from './errors.ts';
import { parseEventTime } from './event/event-time.ts';
import { prepareEvent } from './event/prepare.ts';
import type { RandomBytes } from './event/random-pool.ts';
import type { SealOpening } from './event/seal.ts';
import { normalizeUuid, uuidToBytes } from './event/uuid.ts';
import type { Keyring, SubjectKey } from './keys/keyring.ts';
import type { AppendOutcome, Principal } from './ports.ts';
import { proofJson } from './proof-json.ts';
import { LostKeysError, type PendingEvent, type Sequenced } from './sequencer/submission.ts';
import type { Sequencer } from './sequencer/sequencer.ts';
import type { EventStore } from './store/event-store.ts';
import type { CommitEffect, LogStore } from './store/log-store.ts';
import { EVENT_TYPES, type Envelope, type EventType, type Receipt } from './types.ts';

export interface AppendDeps {
  readonly keyring: Keyring;
  readonly sequencer: Sequencer;
  readonly events: Pick<EventStore, 'posterNo'>;
  readonly store: Pick<LogStore, 'findIds'>;
  readonly seal: SealOpening;
  readonly random: RandomBytes;
  readonly nowMs: () => number;
  /** The first receipt of an event that is in the log already. */
  readonly receiptOf: (id: string) => Promise<Receipt>;
}

export interface Appender {
  readonly append: (envelopes: readonly Envelope[], by: Principal) => Promise<AppendOutcome>;
  readonly appendOne: (
    envelope: Envelope,
    by: Principal,
    effect?: CommitEffect,
  ) => Promise<{ receipt: Receipt; repeated: boolean }>;
}

const SALT_BYTES = 32;
/** Keys that vanish while events are on their way (shredding, a crash) are rare; twice in a row is rarer. */
const LOST_KEYS_RETRIES = 5;
/** Events prepared before other requests get a turn. */
const PREPARED_AT_ONCE = 256;

/** Codes in the store, from EVENT_TYPES. */
const TYPE_CODE: ReadonlyMap<EventType, number> = new Map(EVENT_TYPES.map((type, code) => [type, code]));
/** Types whose payload names the subject by pseudonym: found by it, sealed under the log's key. */
const NAMES_PSEUDONYM: ReadonlySet<EventType> = new Set(['access', 'key_shredded', 'legal_hold']);

const NO_REFS: readonly Uint8Array[] = [];

interface Context {
  readonly recordedAtMs: number;
  readonly recordedAt: string;
  readonly poster: number;
  readonly keys: ReadonlyMap<string, SubjectKey>;
}

function namedPseudonym({ type, payload }: Envelope): Uint8Array | undefined {
  const named = NAMES_PSEUDONYM.has(type) ? payload['pseudonym'] : undefined;
  const uuid = typeof named === 'string' ? normalizeUuid(named) : undefined;
  return uuid === undefined ? undefined : uuidToBytes(uuid);
}

/** Refs that no earlier event of the request brings. */
function outsideRefs(envelopes: readonly Envelope[]): readonly string[] {
  const brought = new Set<string>();
  const outside = new Set<string>();
  for (const { id, refs } of envelopes) {
    for (const ref of refs ?? []) if (!brought.has(ref)) outside.add(ref);
    brought.add(id);
  }
  return [...outside];
}

export function createAppender(deps: AppendDeps): Appender {
  const { keyring, sequencer } = deps;

  /** Keyed blind indexes of what the event can be found by. */
  function blinds({
    encounter,
    actor,
    model,
  }: Envelope): Pick<PendingEvent, 'encounter' | 'actor' | 'model' | 'modelVersion'> {
    const { short } = keyring.blind;
    return {
      encounter: encounter === undefined ? undefined : short('encounter', encounter),
      actor: actor === undefined ? undefined : short('actor', actor.id),
      model: model === undefined ? undefined : short('model', model.name),
      modelVersion: model === undefined ? undefined : short('model_version', `${model.name}\0${model.version}`),
    };
  }

  function keyOf({ subject }: Envelope, { keys }: Context): SubjectKey | undefined {
    if (subject === undefined) return undefined;
    const key = keys.get(subject);
    if (key === undefined) throw new LedgerError('internal', 'a subject has no data key');
    return key;
  }

  function prepare(envelope: Envelope, context: Context): PendingEvent {
    const { id, idBytes, leafHash, entry, canonicalEnvelope, salt } = prepareEvent(
      envelope,
      context.recordedAt,
      deps.random(SALT_BYTES),
    );
    const key = keyOf(envelope, context);
    return {
      id,
      envelope,
      idBytes,
      recordedAtMs: context.recordedAtMs,
      pseudonym: key?.pseudonym,
      poster: context.poster,
      typeCode: TYPE_CODE.get(envelope.type) ?? -1,
      leafHash,
      entry,
      sealed: deps.seal(key?.dataKey ?? keyring.logKey, idBytes, canonicalEnvelope, salt),
      occurredAtMs: parseEventTime(envelope.occurredAt) ?? context.recordedAtMs,
      subject: key?.pseudonym ?? namedPseudonym(envelope),
      ...blinds(envelope),
      refs: envelope.refs?.map(uuidToBytes) ?? NO_REFS,
    };
  }

  async function prepareAll(envelopes: readonly Envelope[], by: Principal): Promise<readonly PendingEvent[]> {
    const subjects = new Set<string>();
    for (const { subject } of envelopes) if (subject !== undefined) subjects.add(subject);
    const poster = await deps.events.posterNo(by.id);
    const keys = await keyring.keysFor([...subjects]);
    const recordedAtMs = deps.nowMs();
    const context: Context = { recordedAtMs, recordedAt: new Date(recordedAtMs).toISOString(), poster, keys };
    const prepared: PendingEvent[] = [];
    for (const envelope of envelopes) {
      prepared.push(prepare(envelope, context));
      if (prepared.length % PREPARED_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return prepared;
  }

  async function unresolved(envelopes: readonly Envelope[]): Promise<readonly string[]> {
    const outside = outsideRefs(envelopes);
    if (outside.length === 0) return [];
    // What is in the log stays there, so only what is missing now has to be looked up again under the lock.
    const found = new Set((await deps.store.findIds(outside)).map(({ id }) => id));
    return outside.filter((ref) => !found.has(ref));
  }

  async function submit(
    envelopes: readonly Envelope[],
    by: Principal,
    wantProof: boolean,
    effect?: CommitEffect,
  ): Promise<{ events: readonly PendingEvent[]; sequenced: Sequenced }> {
    const unresolvedRefs = await unresolved(envelopes);
    for (let attempt = 0; ; attempt += 1) {
      const events = await prepareAll(envelopes, by);
      try {
        const sequenced = await sequencer.submit({
          events,
          unresolvedRefs,
          wantProof,
          ...(effect !== undefined && { effect }),
        });
        return { events, sequenced };
      } catch (error) {
        if (!(error instanceof LostKeysError)) throw error;
        keyring.forget();
        if (attempt === LOST_KEYS_RETRIES) {
          throw new LedgerError('store_unavailable', 'the data keys could not be made durable: post again', {
            cause: error,
          });
        }
      }
    }
  }

  return {
    append: async (envelopes, by) => {
      const { sequenced } = await submit(envelopes, by, false);
      const events = sequenced.events.map(({ index, repeated }, at) => ({
        id: envelopes[at]?.id ?? '',
        index,
        repeated,
      }));
      return { checkpoint: sequenced.note, events };
    },
    appendOne: async (envelope, by, effect) => {
      const { events, sequenced } = await submit([envelope], by, true, effect);
      const [event] = events;
      const [placed] = sequenced.events;
      if (event === undefined || placed === undefined)
        throw new LedgerError('internal', 'the sequencer answered no event');
      if (placed.repeated || sequenced.proof === undefined)
        return { receipt: await deps.receiptOf(envelope.id), repeated: placed.repeated };
      return { receipt: receiptOf(event, sequenced.proof, sequenced.note), repeated: false };
    },
  };
}

function receiptOf(event: PendingEvent, proof: NonNullable<Sequenced['proof']>, checkpoint: string): Receipt {
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
