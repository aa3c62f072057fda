/**
 * The store port of the sequencer: one decision, `commit`, and what is needed to take it. The adapter is
 * `postgres/log-store.ts`.
 *
 * @module
 */
import { LedgerError } from '../errors.ts';

/** The head row: the newest committed tree. */
export interface Head {
  readonly origin: string;
  readonly vkey: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** The newest checkpoint, a signed note. */
  readonly note: string;
}

/** One event with everything that its rows need. UUIDs as 16 bytes; times in milliseconds since 1970, UTC. */
export interface EventRow {
  readonly idBytes: Uint8Array;
  readonly recordedAtMs: number;
  /** Whose data key seals the opening; `undefined`: the log's own key. */
  readonly pseudonym: Uint8Array | undefined;
  readonly poster: number;
  /** Position in EVENT_TYPES. */
  readonly typeCode: number;
  readonly leafHash: Uint8Array;
  readonly entry: Uint8Array;
  readonly sealed: Uint8Array;
  readonly occurredAtMs: number;
  /** Pseudonym to find the event by. */
  readonly subject: Uint8Array | undefined;
  readonly encounter: Uint8Array | undefined;
  readonly actor: Uint8Array | undefined;
  readonly model: Uint8Array | undefined;
  readonly modelVersion: Uint8Array | undefined;
  readonly refs: readonly Uint8Array[];
}

export interface StoredTile {
  /** 256 hashes, 8,192 bytes. */
  readonly hashes: Uint8Array;
  /** Inner nodes, 2,016 bytes: see `merkle/full-tile.ts`. */
  readonly nodes: Uint8Array;
}

export interface NewTile extends StoredTile {
  readonly level: number;
  readonly n: number;
  /** 32 bytes: the perfect subtree's hash, an entry of the tile above. */
  readonly root: Uint8Array;
}

/** What a commit does beside appending. A batch with an effect holds its own event alone. */
export type CommitEffect =
  | { readonly kind: 'shred'; readonly pseudonym: Uint8Array; readonly subjectEvents: number }
  | { readonly kind: 'hold'; readonly pseudonym: Uint8Array; readonly hold: boolean };

export interface CommitBatch {
  /** The head that the batch was built on. */
  readonly expected: Pick<Head, 'size' | 'root'>;
  readonly events: readonly EventRow[];
  readonly tiles: readonly NewTile[];
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
  readonly signedAtMs: number;
  /** Refs that were not in the log when the request came in: looked up again under the lock. */
  readonly unresolvedRefs: readonly Uint8Array[];
  /** The distinct pseudonyms whose data keys seal events of this batch. */
  readonly dataKeys: readonly Uint8Array[];
  readonly effect?: CommitEffect;
}

export type CommitOutcome =
  | { readonly kind: 'committed' }
  /** The head is another than expected; nothing was written. */
  | { readonly kind: 'moved' }
  /** An id is in the log already; nothing was written. */
  | { readonly kind: 'duplicate_id' }
  | { readonly kind: 'missing_refs'; readonly missing: readonly string[] }
  /** A data key of `dataKeys` is gone (shredded, or lost with a crash before it was durable): seal again. */
  | { readonly kind: 'lost_keys' }
  | { readonly kind: 'unknown_subject' | 'legal_hold' | 'recount' };

/** Raised when the connection broke: whether a commit happened is not known until the head is read again. */
export class StoreUnavailableError extends LedgerError {
  constructor(cause: unknown) {
    super('store_unavailable', 'the database cannot be reached: try again', { retryAfterSeconds: 2, cause });
    this.name = 'StoreUnavailableError';
  }
}

/** An event found by its id, with what idempotency needs. */
export interface IdMatch {
  readonly id: string;
  readonly index: number;
  /** Of the subject whose key seals the event. */
  readonly pseudonym: string | undefined;
}

export interface LogStore {
  /** `undefined` where no log was created yet. @throws StoreUnavailableError */
  loadHead: () => Promise<Head | undefined>;
  /** Creates the empty log. Does nothing where one exists. @throws StoreUnavailableError */
  createLog: (head: Head) => Promise<void>;
  /**
   * Compare-and-swap on the head: writes events, tiles, checkpoint and head in one transaction, durable (fsync) when
   * it answers `committed`. Serialisable with every other call on the same database, from any process.
   * @throws StoreUnavailableError the outcome is unknown
   */
  commit: (batch: CommitBatch) => Promise<CommitOutcome>;
  /** Which of the ids are in the log. */
  findIds: (ids: readonly string[]) => Promise<readonly IdMatch[]>;
  /** Concatenated 32-byte leaf hashes of `[from, to)`. */
  leafHashes: (from: number, to: number) => Promise<Uint8Array>;
  /** Concatenated 32-byte roots of the full tiles `[from, to)` of a level. */
  tileRoots: (level: number, from: number, to: number) => Promise<Uint8Array>;
  fullTile: (level: number, n: number) => Promise<StoredTile | undefined>;
  /** Entries of `[from, to)` in order. */
  entries: (from: number, to: number) => Promise<readonly Uint8Array[]>;
  /** The first checkpoint that covers the index. */
  checkpointCovering: (index: number) => Promise<{ size: number; note: string } | undefined>;
}
