/**
 * Where anchoring is kept. The adapter is `store/postgres/anchor-store.ts`. Every method may throw `StoreUnavailableError`.
 *
 * @module
 */
import type { SignedRead } from '../types.ts';
import type { EndorsedCheckpoint } from './chain.ts';
import type { AnchorReason } from './status.ts';

/** Which chain: fixed for the life of a position. */
export interface ChainName {
  readonly channel: string;
  readonly chaincode: string;
  readonly log: string;
}

/** The right to anchor. The epoch fences: once another instance holds the lease, writes under an older epoch do nothing. */
export interface Lease {
  readonly holder: string;
  readonly epoch: number;
}

export interface AnchorPosition {
  /** Number of the chain in the store. */
  readonly chain: number;
  /** Entries that were seen committed. */
  readonly size: number;
  readonly root: Uint8Array;
  /** The batch `[size, flightTo)` went out, or may have: it is on the chain or it is not. */
  readonly flightTo: number | undefined;
  /** What keeps anchoring from going on, for every instance to show. */
  readonly trouble: { readonly reason: AnchorReason; readonly detail: string } | undefined;
}

/** An anchored size with its evidence. */
export interface Anchor {
  readonly size: number;
  readonly root: Uint8Array;
  readonly block: number;
  readonly read: SignedRead;
}

/** What every instance shows. */
export interface AnchorProgress {
  /** Entries in the log. */
  readonly logSize: number;
  readonly position: AnchorPosition | undefined;
  /** When the first entry that is not anchored was recorded, milliseconds since 1970; `undefined` if all are. */
  readonly oldestPendingMs: number | undefined;
}

export interface AnchorStore {
  /** Takes the lease for `ttlMs` if nobody holds it, or renews one's own. `undefined`: another instance holds it. */
  readonly acquire: (holder: string, ttlMs: number) => Promise<Lease | undefined>;
  /** `false`: another instance took over. */
  readonly renew: (lease: Lease, ttlMs: number) => Promise<boolean>;
  readonly release: (lease: Lease) => Promise<void>;
  readonly position: (chain: ChainName) => Promise<AnchorPosition | undefined>;
  /** Starts a position where there is none. @returns `undefined` if the lease is lost */
  readonly open: (
    lease: Lease,
    chain: ChainName,
    at: { readonly size: number; readonly root: Uint8Array },
  ) => Promise<AnchorPosition | undefined>;
  /** Puts `[position.size, to)` in flight; durable when it answers. @returns `false` if the lease is lost */
  readonly takeOff: (lease: Lease, chain: number, to: number) => Promise<boolean>;
  /** The batch is on the chain: position and evidence in one transaction. @returns `false` if the lease is lost */
  readonly land: (lease: Lease, chain: number, checkpoint: EndorsedCheckpoint, nowMs: number) => Promise<boolean>;
  /** Says what keeps anchoring from going on, or that nothing does. */
  readonly report: (lease: Lease, chain: number, trouble: AnchorPosition['trouble']) => Promise<void>;
  readonly progress: (chain: ChainName) => Promise<AnchorProgress>;
  /** The first anchor that covers the index. */
  readonly covering: (chain: ChainName, index: number) => Promise<Anchor | undefined>;
  readonly newest: (chain: ChainName) => Promise<Anchor | undefined>;
  /** The largest checkpoint of the log with `from < size <= to`. */
  readonly checkpointWithin: (from: number, to: number) => Promise<{ size: number; note: string } | undefined>;
  /** Concatenated leaf hashes of `[from, to)`. */
  readonly leafHashes: (from: number, to: number) => Promise<Uint8Array>;
}
