import type { Chain } from '../../ledger/anchor/chain.ts';
import type { EndorserCheck } from './check-endorsers.ts';

/** The blocks of a channel as one peer has them. Every byte of a block is attacker-controlled until it is checked. */
export type PeerBlocks = Pick<Chain, 'channel' | 'chaincode' | 'log' | 'block' | 'height'>;

/** A peer to audit, and whose endorsements every append needs. */
export interface AuditedPeer {
  /** Organisation of the peer. */
  readonly mspId: string;
  readonly blocks: PeerBlocks;
  readonly endorsers: EndorserCheck;
}
