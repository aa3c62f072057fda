import type { Chain } from '../../ledger/anchor/chain.ts';

/** The blocks of a channel as one peer has them. Every byte of a block is attacker-controlled until it is checked. */
export type PeerBlocks = Pick<Chain, 'channel' | 'chaincode' | 'log' | 'block' | 'height'>;

/** A peer to audit, and whose endorsement every append needs. */
export interface AuditedPeer {
  /** Organisation of the peer. */
  readonly mspId: string;
  readonly blocks: PeerBlocks;
  readonly organizations: readonly { readonly mspId: string; readonly ca: string }[];
}
