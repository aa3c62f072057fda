/** Events as the store keeps them, and a reader over them in memory. @module */
import type { ProvenanceReader } from '../../ledger/provenance/graph.ts';
import type { StoredEvent } from '../../ledger/ports.ts';
import type { EventType, JsonObject, RecordedEnvelope } from '../../ledger/types.ts';

/** Base64 SHA-256 of a model, as an entry carries it. */
export const MODEL_DIGEST = 'LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=';
export const MODEL_HEX = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';

/** A readable UUID for event number `n`. */
export function uuidOf(n: number): string {
  return `0197a1c2-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

export interface EventFixture {
  readonly n: number;
  readonly type: EventType;
  readonly refs?: readonly number[];
  readonly pseudonym?: string;
  readonly model?: string;
  readonly postedBy?: string;
}

export function storedEvent({ n, type, refs = [], pseudonym, model, postedBy = 'key:k1' }: EventFixture): StoredEvent {
  const id = uuidOf(n);
  const refIds = refs.map(uuidOf);
  const entry = JSON.stringify({
    commitment: 'AA==',
    id,
    ...(model === undefined ? {} : { model }),
    refs: refIds,
    schema: 'AA==',
    type,
    v: 1,
  });
  return {
    id,
    index: n,
    type,
    entry: new TextEncoder().encode(entry),
    recordedAt: new Date(Date.UTC(2026, 10, 23, 10, 0, n % 60)).toISOString(),
    postedBy,
    pseudonym,
    refs: refIds,
    contentBytes: 500,
  };
}

/** The envelope that goes with a stored event. */
export function envelopeOf(
  event: StoredEvent,
  payload: JsonObject,
  members: Partial<RecordedEnvelope> = {},
): RecordedEnvelope {
  return {
    id: event.id,
    type: event.type,
    occurredAt: '2026-11-23T10:15:00Z',
    recordedAt: event.recordedAt,
    ...members,
    payload,
  };
}

export interface CountingReader extends ProvenanceReader {
  /** Queries so far. */
  readonly queries: () => number;
}

/** Answers as the store's contract says, and counts. */
export function memoryReader(events: readonly StoredEvent[]): CountingReader {
  let queries = 0;
  const byId = new Map(events.map((event) => [event.id, event]));
  return {
    queries: () => queries,
    findEvents: (ids) => {
      queries += 1;
      return Promise.resolve(ids.flatMap((id) => byId.get(id) ?? []));
    },
    referrersOf: (ids, { limit, types }) => {
      queries += 1;
      const wanted = new Set(ids);
      const found = events
        .filter((event) => event.refs.some((ref) => wanted.has(ref)) && types?.includes(event.type) !== false)
        .sort((a, b) => a.index - b.index);
      return Promise.resolve(found.slice(0, limit));
    },
  };
}
