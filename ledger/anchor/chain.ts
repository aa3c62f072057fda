/**
 * The chain port: what anchoring needs of a Hyperledger Fabric channel. The adapter is `fabric/gateway-chain.ts`.
 *
 * @module
 */
import type { SignedRead } from '../types.ts';
import type { AnchorCertificate, AnchorReason } from './status.ts';

/** Leaf hashes in one transaction, at most: 0.5 MB, below every message limit of Fabric on the way. */
export const MAX_BATCH_LEAVES = 16_384;

/** What the chain holds of the log. `size` 0 and the empty root where it was never opened. */
export interface ChainHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** A checkpoint of the chain with the peers' signatures. */
export interface EndorsedCheckpoint extends ChainHead {
  readonly read: SignedRead;
  /** MSP ids of the endorsers, sorted. */
  readonly endorsers: readonly string[];
  /** Block and position of the transaction that wrote the checkpoint, as endorsed. */
  readonly block: number;
  readonly transaction: number;
}

/** Why a call failed. Whether a submitted batch was committed is unknown until the head is read (any kind). */
export class ChainError extends Error {
  readonly reason: AnchorReason;
  /** MSP ids of the organisations that did not answer or refused, where the answer says so. */
  readonly organizations: readonly string[];

  constructor(
    reason: AnchorReason,
    message: string,
    options: { cause?: unknown; organizations?: readonly string[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ChainError';
    this.reason = reason;
    this.organizations = options.organizations ?? [];
  }
}

/** One log on one channel. Every call has a deadline; several gateways are tried in turn. */
export interface Chain {
  readonly channel: string;
  readonly chaincode: string;
  readonly log: string;
  readonly certificates: readonly AnchorCertificate[];
  /**
   * Appends `leaves` (32 bytes each, 1..{@link MAX_BATCH_LEAVES}) at index `start`, endorsed by every organisation of the
   * profile. Resolves once the gateway's peer has committed it.
   * @throws ChainError whatever happened: read the head to learn whether it is committed
   */
  readonly appendLeaves: (start: number, leaves: Uint8Array) => Promise<ChainHead>;
  /**
   * The head, from the first gateway that answers. A peer may lag behind: a smaller size than one seen before means that.
   *
   * @param least a size that the chain is known to have reached: if the first answer is below it, every gateway is asked,
   * and the highest answer counts
   * @throws ChainError `unreachable` if none answers
   */
  readonly head: (least?: number) => Promise<ChainHead>;
  /**
   * The checkpoint of exactly `size`, signed by a peer of every organisation. What was signed is what was asked, and the
   * signatures verify under the organisations' CAs: evidence that would convince nobody is never handed out (invariant 4).
   * @throws ChainError `not_endorsed` where it is not, or an organisation's peer lags behind
   */
  readonly endorsedCheckpoint: (size: number) => Promise<EndorsedCheckpoint>;
  /** common.Block bytes of the channel. @throws ChainError */
  readonly block: (number: number) => Promise<Uint8Array>;
  /** Blocks of the channel (qscc GetChainInfo): numbers 0 to height - 1 are there. @throws ChainError */
  readonly height: () => Promise<number>;
  readonly close: () => void;
}
