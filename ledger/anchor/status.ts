/** What is said of the anchor in readiness, metrics and reports. @module */

/**
 * - `none`: no Fabric profile is configured.
 * - `catching-up`: entries wait to be anchored, and batches succeed.
 * - `current`: everything is anchored, or will be with the next batch.
 * - `stalled`: entries wait, and no batch succeeds: see `reason`. Appends go on.
 * - `disagrees`: the chain holds another history than this log, or somebody else writes to it. Anchoring stopped
 *   (invariant 11); a person has to look.
 */
export const ANCHOR_STATES = ['none', 'catching-up', 'current', 'stalled', 'disagrees'] as const;
export type AnchorState = (typeof ANCHOR_STATES)[number];

/** Why anchoring does not go on. Stable words. */
export const ANCHOR_REASONS = [
  /** No peer, orderer or chaincode process of one of the organisations answers. */
  'unreachable',
  /** An organisation does not endorse, or the policy is not met. */
  'not_endorsed',
  /** The chain says that the log belongs to another organisation. */
  'not_owner',
  /** Channel or chaincode are not there, or this identity may not use them. */
  'not_permitted',
  /** A certificate of ours is expired or not yet valid. */
  'certificate_expired',
  /** The peers that answer have not seen yet what was committed before. */
  'peers_lag',
  /** The database does not answer. */
  'store_unavailable',
  /** A fault of this service: its own log cannot be read as it has to be. */
  'internal',
  /** The chain holds more entries than this log: a restored backup, or another writer. */
  'chain_ahead',
  /** The chain's size lies below one that it had already. */
  'chain_went_back',
  /** The chain is at a size that no batch of ours leads to. */
  'another_writer',
  /** The chain's root of a size is not our root of that size. */
  'root_differs',
] as const;
export type AnchorReason = (typeof ANCHOR_REASONS)[number];

export interface AnchorCertificate {
  /** Which one: `client`, `gateway Org1MSP TLS CA`, … */
  readonly name: string;
  /** RFC 3339 UTC. */
  readonly notAfter: string;
}

export interface AnchorStatus {
  readonly state: AnchorState;
  /** Of `stalled` and `disagrees`. */
  readonly reason: AnchorReason | undefined;
  /** A sentence for people: what happened and what to do. Holds no PHI. */
  readonly detail: string | undefined;
  /** Entries anchored. */
  readonly size: number;
  /** Entries of the log that are not anchored yet. */
  readonly lagEntries: number;
  /** Age of the oldest entry that is not anchored yet; 0 where there is none. */
  readonly lagSeconds: number;
  /** Whether this instance anchors (holds the lease). */
  readonly isLeader: boolean;
  readonly channel: string | undefined;
  readonly chaincode: string | undefined;
  /** The log's name on the chain. */
  readonly log: string | undefined;
  /** MSP ids that endorsed the newest signed read. */
  readonly endorsers: readonly string[];
  /** Certificates that are watched. */
  readonly certificates: readonly AnchorCertificate[];
}

/** Without a profile. */
export const NO_ANCHOR: AnchorStatus = {
  state: 'none',
  reason: undefined,
  detail: undefined,
  size: 0,
  lagEntries: 0,
  lagSeconds: 0,
  isLeader: false,
  channel: undefined,
  chaincode: undefined,
  log: undefined,
  endorsers: [],
  certificates: [],
};
