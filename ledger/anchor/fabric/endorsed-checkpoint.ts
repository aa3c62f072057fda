/** A checkpoint of the chain with the signatures of a peer of every organisation: the signed read of the evidence. @module */
import type { Contract } from '@hyperledger/fabric-gateway';
import { LedgerError } from '../../errors.ts';
import type { SignedRead } from '../../types.ts';
import { nodePrimitives } from '../../verify/node-primitives.ts';
import { FieldReader } from '../../verify/fabric/field-reader.ts';
import { type CheckpointRead, readSignedRead, signedReadOf } from '../../verify/fabric/signed-read.ts';
import { ChainError, type EndorsedCheckpoint } from '../chain.ts';
import type { CheckSignatures } from './check-signatures.ts';

/** What is asked, and of whom. */
export interface CheckpointQuestion {
  readonly channel: string;
  readonly chaincode: string;
  readonly log: string;
  readonly size: number;
  /** MSP ids of all organisations that have to sign. */
  readonly organizations: readonly string[];
  readonly checkSignatures: CheckSignatures;
}

/** common.Envelope of a gateway.PreparedTransaction { string transaction_id = 1; common.Envelope envelope = 2 }. */
function envelopeOf(prepared: Uint8Array): Uint8Array {
  const fields = new FieldReader('PreparedTransaction', prepared);
  fields.string(1);
  return fields.message(2, (bytes) => bytes) ?? new Uint8Array(0);
}

/** @throws ChainError `not_endorsed` if the endorsed bytes are not the answer to the question */
function checkAnswer(read: CheckpointRead, { channel, chaincode, log, size }: CheckpointQuestion): void {
  const isAnswer = read.channel === channel && read.chaincode === chaincode && read.log === log && read.size === size;
  if (isAnswer) return;
  throw new ChainError('not_endorsed', 'The peers endorsed something else than the checkpoint asked for.');
}

function readAnswer(
  prepared: Uint8Array,
  { checkSignatures }: CheckpointQuestion,
): { readonly read: SignedRead; readonly answer: CheckpointRead } {
  try {
    const read = signedReadOf(envelopeOf(prepared));
    const answer = readSignedRead(nodePrimitives.sha256, read);
    checkSignatures(answer);
    return { read, answer };
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw new ChainError(
      'not_endorsed',
      `What the peers signed would convince nobody who has the CA certificates of the profile: ${error.message}`,
      { cause: error },
    );
  }
}

/**
 * Lets every organisation sign the checkpoint. The proposal is never submitted: it leaves nothing on the chain.
 *
 * @throws ChainError `not_endorsed` if the answer is not the one asked for; what the gateway throws if there is none
 */
export async function endorseCheckpoint(contract: Contract, question: CheckpointQuestion): Promise<EndorsedCheckpoint> {
  const { log, size, organizations } = question;
  const proposal = contract.newProposal('getCheckpoint', {
    arguments: [log, String(size)],
    endorsingOrganizations: [...organizations],
  });
  const transaction = await proposal.endorse();
  const { read, answer } = readAnswer(transaction.getBytes(), question);
  checkAnswer(answer, question);
  const { root, block, transaction: position, mspIds } = answer;
  return { size, root, read, endorsers: [...mspIds].sort(), block, transaction: position };
}
