/**
 * Ports: what the ledger offers to the edges (`api`, `cli`) and what it needs from adapters. Comments are contracts.
 *
 * @module
 */
import type { RefusalReason } from './errors.ts';
import type { AnchorStatus } from './anchor/status.ts';
import type {
  AnchorEvidence,
  Bundle,
  ConsistencyProof,
  Envelope,
  EventType,
  JsonObject,
  Opening,
  Receipt,
} from './types.ts';

/** Who asks: an API key or a token, resolved by the edge. */
export interface Principal {
  /** Stable id: `key:<uuid>`, `oidc:<issuer>#<sub>` or `system`. Holds no PHI. */
  readonly id: string;
  readonly role: Role;
  /** The actor id that this principal is known by in envelopes (a clinician's own id). */
  readonly actor: string;
  /** `phi`: an auditor or ai-governance principal to whom identified content was granted. */
  readonly grants: readonly string[];
}

export const ROLES = [
  'integrator',
  'clinician',
  'privacy-officer',
  'security-officer',
  'ai-governance',
  'auditor',
  'admin',
] as const;
export type Role = (typeof ROLES)[number];

export interface AppendedEvent {
  readonly id: string;
  readonly index: number;
  /** The id was in the log already with the same content: nothing was appended. */
  readonly repeated: boolean;
}

export interface AppendOutcome {
  /** The signed note that covers every event of this request. */
  readonly checkpoint: string;
  readonly events: readonly AppendedEvent[];
}

/**
 * Appends events. All or nothing: either every event of `envelopes` is durable (fsync), integrated and covered by
 * the returned checkpoint, or none is. References may point to events in the log or earlier in the same request.
 * Idempotent by id: same id and same content answers the first index; other content is `id_conflict`.
 *
 * @throws LedgerError `id_conflict`, `content_erased`, `unknown_ref`, `overloaded`, `stopping`,
 *   `log_refuses_to_sign`, `store_unavailable`
 */
export type Append = (envelopes: readonly Envelope[], by: Principal) => Promise<AppendOutcome>;

/** Appends one event and answers its receipt: proof and checkpoint of the commit that took it in, verified. */
export type AppendOne = (envelope: Envelope, by: Principal) => Promise<{ receipt: Receipt; repeated: boolean }>;

/** An entry as stored. */
export interface StoredEvent {
  readonly id: string;
  readonly index: number;
  readonly type: EventType;
  readonly entry: Uint8Array;
  /** RFC 3339 UTC, milliseconds. */
  readonly recordedAt: string;
  /** Principal id of the poster. */
  readonly postedBy: string;
  /** The subject's random pseudonym (UUID), for events about a subject; of access events: the subject that was read. */
  readonly pseudonym: string | undefined;
  /** Id of the `key_shredded` event, once the content is erased. */
  readonly erasedBy?: string | undefined;
  readonly refs: readonly string[];
  /** Bytes of the sealed content. */
  readonly contentBytes: number;
}

/** Either the opening, or word that the content was erased. */
export type Opened = { readonly kind: 'open'; readonly opening: Opening } | { readonly kind: 'erased' };

/** `POST /v1/events:search`. All given conditions hold together; ranges are half-open `[from, to)`. */
export interface SearchQuery {
  readonly types?: readonly EventType[];
  readonly model?: { readonly name: string; readonly version?: string };
  readonly subject?: string;
  readonly encounter?: string;
  readonly actor?: string;
  /** Events that refer to this id. */
  readonly ref?: string;
  readonly fromIndex?: number;
  readonly toIndex?: number;
  /** On `recordedAt`. */
  readonly recordedFrom?: string;
  readonly recordedTo?: string;
  /** On `occurredAt`. */
  readonly occurredFrom?: string;
  readonly occurredTo?: string;
  /** Only events posted by this principal id (enforced by the edge for integrators). */
  readonly postedBy?: string;
  readonly order: 'asc' | 'desc';
  /** 1..1,000. */
  readonly limit: number;
  /** Exclusive: continue after this index in the direction of `order`. */
  readonly after?: number;
}

export interface SearchPage {
  /** Fewer than `limit` although there are more, where their content together would be more than `MAX_PAGE_BYTES`. */
  readonly events: readonly StoredEvent[];
  /** Index to continue after; absent at the end. Stable: appends never change pages already read in `asc` order. */
  readonly nextAfter: number | undefined;
}

/** Bytes of sealed content on one page of a search, unless its first event alone has more. */
export const MAX_PAGE_BYTES = 16 * 1024 * 1024;

/** Reading the log. No method here records access: the edge does, before it answers (invariant 6). */
export interface LogReader {
  findEvent: (id: string) => Promise<StoredEvent | undefined>;
  findEvents: (ids: readonly string[]) => Promise<readonly StoredEvent[]>;
  /** Events that list `id` among their refs, oldest first. */
  referrers: (id: string, limit: number) => Promise<readonly StoredEvent[]>;
  /**
   * Events that list any of `ids` among their refs, each once, by ascending index, in one query however many ids there
   * are (the provenance graph asks once per step). At most `limit` rows; `types` narrows to these types.
   * Note for the store: `where idx in (select idx from event_refs where ref = any($1))`, on the index that `referrers` uses.
   */
  referrersOf: (
    ids: readonly string[],
    options: { readonly limit: number; readonly types?: readonly EventType[] },
  ) => Promise<readonly StoredEvent[]>;
  open: (event: StoredEvent) => Promise<Opened>;
  openMany: (events: readonly StoredEvent[]) => Promise<readonly Opened[]>;
  search: (query: SearchQuery) => Promise<SearchPage>;
  /**
   * The receipt of the commit that took the event in: same bytes whenever asked, but for `anchor`, which is `null` until the
   * event is anchored and the same from then on. Verified before it is returned.
   */
  receipt: (event: StoredEvent) => Promise<Receipt>;
  /**
   * The bundle against the newest anchored checkpoint, or the newest published one where the event is not anchored yet.
   * Verified before it is returned. With `erasure` where the content is erased; with the block that holds its leaf hash where `block`.
   * @throws LedgerError `anchor_unavailable` if `block` is asked for and there is none, or no peer answers
   */
  bundle: (event: StoredEvent, options: { readonly opening: boolean; readonly block?: boolean }) => Promise<Bundle>;
  /** The evidence that a receipt carries: of the first anchored size that covers the index. `null`: not anchored yet. */
  anchorOf: (receipt: Pick<Receipt, 'index' | 'proof'>) => Promise<AnchorEvidence | null>;
  /** C2SP tlog-proof text for the event, against the newest published checkpoint. */
  tlogProof: (event: StoredEvent) => Promise<string>;
  /** @throws LedgerError `invalid_query` unless 0 < from <= to <= size. Verified before it is returned. */
  consistency: (from: number, to: number) => Promise<ConsistencyProof>;
  /** Whether an event about the subject, of a type that clinicians do not post themselves, names this actor: the care relation. */
  hasCareRelation: (pseudonym: string, actor: string) => Promise<boolean>;
  /** Where the checkpoint and tiles are read from. */
  tiles: TileReader;
}

/** C2SP tlog-tiles. `undefined`: no such tile at the present size. */
export interface TileReader {
  /** The newest published checkpoint with the witnesses' cosignatures, as text. */
  checkpoint: () => Promise<string>;
  /** `width` hashes (1..256) of 32 bytes. */
  tile: (level: number, tile: number, width: number) => Promise<Uint8Array | undefined>;
  /** uint16-BE length ‖ entry, `width` times. */
  entries: (tile: number, width: number) => Promise<Uint8Array | undefined>;
}

export interface ShredOutcome {
  readonly pseudonym: string;
  readonly receipt: Receipt;
  /** How many events are no longer readable. */
  readonly erasedEvents: number;
}

export interface Subjects {
  /** The pseudonym of a subject, if the link exists. */
  resolve: (subject: string) => Promise<string | undefined>;
  /**
   * Destroys the data key and the link and appends `key_shredded`, in one transaction.
   * @throws LedgerError `unknown_subject`, `legal_hold`
   */
  shred: (request: { readonly subject: string; readonly reason: string }, by: Principal) => Promise<ShredOutcome>;
  /** Sets or lifts the legal hold and appends `legal_hold`, in one transaction. @throws LedgerError `unknown_subject` */
  hold: (
    request: { readonly subject: string; readonly reason: string; readonly hold: boolean },
    by: Principal,
  ) => Promise<{ pseudonym: string; hold: boolean; receipt: Receipt }>;
}

export interface ApiKeyRecord {
  readonly id: string;
  readonly role: Role;
  readonly name: string;
  readonly actor: string;
  readonly grants: readonly string[];
  /** First characters of the secret, for people to tell keys apart. */
  readonly prefix: string;
  readonly createdAt: string;
  readonly expiresAt: string | undefined;
  readonly revokedAt: string | undefined;
  readonly lastUsedAt: string | undefined;
}

/** API keys: only a SHA-256 of the secret (256 random bits) is stored. */
export interface ApiKeyStore {
  create: (
    key: Omit<ApiKeyRecord, 'createdAt' | 'revokedAt' | 'lastUsedAt'> & { readonly hash: Uint8Array },
  ) => Promise<ApiKeyRecord>;
  list: () => Promise<readonly ApiKeyRecord[]>;
  find: (id: string) => Promise<ApiKeyRecord | undefined>;
  /** By the SHA-256 of the secret presented. */
  findByHash: (hash: Uint8Array) => Promise<ApiKeyRecord | undefined>;
  /** Idempotent. `false` if there is no such key. */
  revoke: (id: string) => Promise<boolean>;
  /** At most once a minute per key; never on the request's critical path. */
  touch: (ids: readonly string[]) => Promise<void>;
}

export interface BreakGlassGrant {
  readonly id: string;
  readonly principal: string;
  readonly pseudonym: string;
  /** The `access` event that records the reason. */
  readonly event: string;
  readonly grantedAt: string;
  readonly expiresAt: string;
  readonly reviewedBy: string | undefined;
  readonly reviewedAt: string | undefined;
}

/** Break-glass: reason, at most 60 minutes, one subject, listed and reviewed. */
export interface BreakGlassStore {
  grant: (grant: Omit<BreakGlassGrant, 'reviewedBy' | 'reviewedAt' | 'grantedAt'>) => Promise<BreakGlassGrant>;
  active: (principal: string, pseudonym: string) => Promise<BreakGlassGrant | undefined>;
  list: (options: { readonly unreviewedOnly: boolean; readonly limit: number }) => Promise<readonly BreakGlassGrant[]>;
  /** `undefined` if there is no such grant. */
  review: (id: string, by: string) => Promise<BreakGlassGrant | undefined>;
}

/** The log's condition, for `/readyz`, metrics and the console. */
export interface LogStatus {
  readonly size: number;
  readonly origin: string;
  readonly signing: 'ok' | 'refused';
  readonly refusal: { readonly reason: RefusalReason; readonly detail: string } | undefined;
  readonly database: 'ok' | 'unavailable';
  readonly anchor: AnchorStatus;
  readonly pendingEvents: number;
  readonly witnesses: readonly {
    readonly name: string;
    readonly size: number;
    readonly state: 'ok' | 'behind' | 'failing';
  }[];
}

/** Waiting for the chain. */
export interface Anchoring {
  /**
   * Resolves `true` once the entry at `index` is anchored, `false` when `timeoutMs` have passed, the service stops or
   * anchoring stopped for a disagreement before that. While somebody waits, batches go out without delay. `signal` says that
   * nobody waits any more.
   */
  readonly reached: (index: number, timeoutMs: number, signal?: AbortSignal) => Promise<boolean>;
}

/** Everything that the edges use. Built by `runtime/compose.ts`. */
export interface Ledger {
  readonly append: Append;
  readonly appendOne: AppendOne;
  /** Appends an audit that the service itself computed: it may have 4 MiB, where posted events may have 256 KiB. */
  readonly appendAudit: AppendOne;
  readonly read: LogReader;
  readonly subjects: Subjects;
  readonly apiKeys: ApiKeyStore;
  readonly breakGlass: BreakGlassStore;
  /** The log's verifier key (C2SP vkey). */
  readonly vkey: string;
  /** Waits for the chain; `undefined` where no Fabric profile is configured. */
  readonly anchoring: Anchoring | undefined;
  readonly status: () => LogStatus;
  /** Makes a new KEK active and rewraps every data key; events are untouched. Resumable: running it again finishes it. */
  readonly rotateKek: (by: Principal) => Promise<{ kekId: string; rewrapped: number; receipt: Receipt }>;
}

/** What the edge passes when it records a read, a search, an export or a refusal. Never holds a value of PHI but pseudonyms. */
export interface AccessRecord {
  readonly action: 'read' | 'search' | 'export' | 'refused' | 'break_glass';
  /** OpenAPI operationId. */
  readonly operation: string;
  readonly outcome: 'success' | 'denied';
  /** Events that were read. At most 1,000. */
  readonly refs?: readonly string[];
  readonly pseudonym?: string;
  /** Why it was refused: an error code. */
  readonly reason?: string;
  readonly requestId?: string;
  /** Network address of the caller. */
  readonly sourceAddress?: string;
  /** HL7 v3 PurposeOfUse code, e.g. `BTG`. */
  readonly purposeOfUse?: string;
  /** Grant, reason and length, of `break_glass`. */
  readonly breakGlass?: JsonObject;
  readonly detail?: JsonObject;
}
