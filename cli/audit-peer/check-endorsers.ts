import type { EndorsedTransaction } from '../../ledger/verify/fabric/block.ts';
import { readSerializedIdentity } from '../../ledger/verify/fabric/fabric-messages.generated.ts';

/** The MSP ids whose endorsement holds, each once. */
export type EndorserCheck = (transaction: EndorsedTransaction) => readonly string[];

export const namedEndorsers: EndorserCheck = ({ endorsements }) => [
  ...new Set(endorsements.map(({ endorser }) => readSerializedIdentity(endorser).mspid)),
];
