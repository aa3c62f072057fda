/** A block of the channel, as far as the audit of one log looks at it. */
export interface LogBlock {
  readonly number: number;
  /** SHA-256 of the header of the block before; empty in block 0. */
  readonly previousHash: Uint8Array;
  /** SHA-256 of this block's header, which covers its transactions. */
  readonly hash: Uint8Array;
  /** The transactions that changed the log's state on the chain, or would have, in order. */
  readonly transactions: readonly LogTransaction[];
}

/** A transaction of the log. */
export interface LogTransaction {
  /** Position in the block. */
  readonly position: number;
  /** Whether the peer committed it (peer.TxValidationCode 0). */
  readonly isCommitted: boolean;
  /** What was done, or in words why it is no append. */
  readonly append: LogAppend | string;
}

export interface LogAppend {
  readonly start: number;
  /** 32 bytes each, at least one. */
  readonly leaves: Uint8Array;
  /** As the chaincode answered and wrote them. */
  readonly size: number;
  readonly root: Uint8Array;
  /** The transaction whose frontier it read; absent at the first append. */
  readonly extended: { readonly block: number; readonly transaction: number } | undefined;
  /** What is wrong with its endorsements, as a sentence, or `undefined`. */
  readonly endorsementFault: string | undefined;
}
