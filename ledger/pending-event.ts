/**
 * From a validated envelope to everything its rows hold but the position: commitment, entry, leaf hash, sealed opening,
 * blind indexes.
 *
 * @module
 */
import { parseEventTime } from './event/event-time.ts';
import { prepareEvent } from './event/prepare.ts';
import type { RandomBytes } from './event/random-pool.ts';
import type { SealOpening } from './event/seal.ts';
import { normalizeUuid, uuidToBytes } from './event/uuid.ts';
import type { Keyring, SubjectKey } from './keys/keyring.ts';
import type { PendingEvent } from './sequencer/submission.ts';
import { EVENT_TYPES, type Envelope, type EventType } from './types.ts';

export interface PendingDeps {
  readonly keyring: Pick<Keyring, 'blind' | 'logKey'>;
  readonly seal: SealOpening;
  readonly random: RandomBytes;
}

/** What the events of one request have in common. */
export interface RecordingContext {
  readonly recordedAtMs: number;
  readonly recordedAt: string;
  readonly poster: number;
  /** Bytes of a canonical envelope; absent: what every posted event may have. */
  readonly maxBytes?: number | undefined;
}

const SALT_BYTES = 32;
/** Codes in the store, from EVENT_TYPES. */
const TYPE_CODE: ReadonlyMap<EventType, number> = new Map(EVENT_TYPES.map((type, code) => [type, code]));
/** Types whose payload names the subject by pseudonym: found by it, sealed under the log's key. */
const NAMES_PSEUDONYM: ReadonlySet<EventType> = new Set(['access', 'key_shredded', 'legal_hold']);
const NO_REFS: readonly Uint8Array[] = [];

function namedPseudonym({ type, payload }: Envelope): Uint8Array | undefined {
  const named = NAMES_PSEUDONYM.has(type) ? payload['pseudonym'] : undefined;
  const uuid = typeof named === 'string' ? normalizeUuid(named) : undefined;
  return uuid === undefined ? undefined : uuidToBytes(uuid);
}

type Blinds = Pick<PendingEvent, 'encounter' | 'actor' | 'model' | 'modelVersion'>;

/** Keyed blind indexes of what the event can be found by. */
function blindsOf({ encounter, actor, model }: Envelope, { blind }: PendingDeps['keyring']): Blinds {
  return {
    encounter: encounter === undefined ? undefined : blind.short('encounter', encounter),
    actor: actor === undefined ? undefined : blind.short('actor', actor.id),
    model: model === undefined ? undefined : blind.short('model', model.name),
    modelVersion: model === undefined ? undefined : blind.short('model_version', `${model.name}\0${model.version}`),
  };
}

/**
 * @param key the data key of the subject that the event is about; `undefined`: the log's own
 * @throws LedgerError `json_too_large`, `entry_too_large`
 */
export function preparePending(
  envelope: Envelope,
  key: SubjectKey | undefined,
  context: RecordingContext,
  { keyring, seal, random }: PendingDeps,
): PendingEvent {
  const prepared = prepareEvent(envelope, context.recordedAt, random(SALT_BYTES), context.maxBytes);
  const { id, idBytes, leafHash, entry, canonicalEnvelope, salt } = prepared;
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
    sealed: seal(key?.dataKey ?? keyring.logKey, idBytes, canonicalEnvelope, salt),
    occurredAtMs: parseEventTime(envelope.occurredAt) ?? context.recordedAtMs,
    subject: key?.pseudonym ?? namedPseudonym(envelope),
    ...blindsOf(envelope, keyring),
    refs: envelope.refs?.map(uuidToBytes) ?? NO_REFS,
  };
}
