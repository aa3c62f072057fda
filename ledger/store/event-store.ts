/** The reader's store port: events by id, by index, by what they say. @module */
import type { WrappedKey } from '../keys/kek.ts';
import type { StoredEvent } from '../ports.ts';

/** What opens an event, or why nothing does. */
export type SealedContent =
  | { readonly kind: 'log_key'; readonly sealed: Uint8Array }
  | { readonly kind: 'subject_key'; readonly sealed: Uint8Array; readonly pseudonym: string; readonly key: WrappedKey }
  | { readonly kind: 'erased'; readonly pseudonym: string; readonly shreddedBy: string };

/** Conditions of a search, blinded: all hold together. Ranges are half-open. Times in milliseconds since 1970, UTC. */
export interface SearchConditions {
  readonly typeCodes?: readonly number[];
  readonly subject?: Uint8Array;
  readonly encounter?: Uint8Array;
  readonly actor?: Uint8Array;
  readonly model?: Uint8Array;
  readonly modelVersion?: Uint8Array;
  readonly ref?: string;
  readonly fromIndex?: number;
  readonly toIndex?: number;
  readonly recordedFromMs?: number;
  readonly recordedToMs?: number;
  readonly occurredFromMs?: number;
  readonly occurredToMs?: number;
  readonly postedBy?: string;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly after?: number;
}

export interface EventStore {
  readonly byIds: (ids: readonly string[]) => Promise<readonly StoredEvent[]>;
  readonly byIndex: (index: number) => Promise<StoredEvent | undefined>;
  /** Sealed content of the events at these indices. */
  readonly contents: (indices: readonly number[]) => Promise<ReadonlyMap<number, SealedContent>>;
  /** Events that refer to one of the ids, each once, oldest first; of these types only, where given. */
  readonly referrers: (
    ids: readonly string[],
    limit: number,
    typeCodes?: readonly number[],
  ) => Promise<readonly StoredEvent[]>;
  /** At most `limit + 1` events. @throws LedgerError `invalid_query` if it would read too much */
  readonly search: (conditions: SearchConditions) => Promise<readonly StoredEvent[]>;
  readonly hasCareRelation: (pseudonym: string, actor: Uint8Array) => Promise<boolean>;
  /** The number that stands for a principal in the events' rows; made where absent. */
  readonly posterNo: (principal: string) => Promise<number>;
}
