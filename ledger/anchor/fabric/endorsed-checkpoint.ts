/** A checkpoint of the chain with the signatures of a peer of every organisation: the signed read of the evidence. @module */
import { createHash } from 'node:crypto';
import type { Contract } from '@hyperledger/fabric-gateway';
import { LedgerError } from '../../errors.ts';
import type { Sha256, SignedRead } from '../../types.ts';
import { FieldReader } from '../../verify/fabric/field-reader.ts';
import { type CheckpointRead, readSignedRead, signedReadOf } from '../../verify/fabric/signed-read.ts';
import { ChainError, type EndorsedCheckpoint } from '../chain.ts';

/** What is asked, and of whom. */
export interface CheckpointQuestion {
  readonly channel: string;
  readonly chaincode: string;
  readonly log: string;
  readonly size: number;
  /** MSP ids of all organisations that have to sign. */
  readonly organizations: readonly string[];
}

const sha256: Sha256 = (data) => createHash('sha256').update(data).digest();

/** common.Envelope of a gateway.PreparedTransaction { string transaction_id = 1; common.Envelope envelope = 2 }. */
function envelopeOf(prepared: Uint8Array): Uint8Array {
  const fields = new FieldReader('PreparedTransaction', prepared);
  fields.string(1);
  return fields.message(2, (bytes) => bytes) ?? new Uint8Array(0);
}

/** @throws ChainError `not_endorsed` if the endorsed bytes are not the answer to the question */
function checkAnswer(read: CheckpointRead, question: CheckpointQuestion): void {
  const { channel, chaincode, log, size, organizations } = question;
  const isAnswer = read.channel === channel && read.chaincode === chaincode && read.log === log && read.size === size;
  if (!isAnswer)
    throw new ChainError('not_endorsed', 'The peers endorsed something else than the checkpoint asked for.');
  const missing = organizations.filter((mspId) => !read.mspIds.includes(mspId));
  if (missing.length > 0) {
    throw new ChainError('not_endorsed', `The checkpoint lacks the signature of ${missing.join(', ')}.`, {
      organizations: missing,
    });
  }
}

function readAnswer(prepared: Uint8Array): { readonly read: SignedRead; readonly answer: CheckpointRead } {
  try {
    const read = signedReadOf(envelopeOf(prepared));
    return { read, answer: readSignedRead(sha256, read) };
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw new ChainError('not_endorsed', `What the peers endorsed cannot be used as evidence: ${error.message}`, {
      cause: error,
    });
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
  const { read, answer } = readAnswer(transaction.getBytes());
  checkAnswer(answer, question);
  const { root, block, transaction: position, mspIds } = answer;
  return { size, root, read, endorsers: [...mspIds].sort(), block, transaction: position };
}
