/** Answers of the chaincode and of the peers' system chaincode, read. They come from other organisations. @module */
import { FieldReader } from '../../verify/fabric/field-reader.ts';
import { readCheckpointAnswer } from '../../verify/fabric/signed-read.ts';
import { ChainError, type ChainHead } from '../chain.ts';

function notUnderstood(gateway: string, cause: unknown): ChainError {
  return new ChainError(
    'not_endorsed',
    `The chaincode behind the gateway of ${gateway} answers in a form that is not known: another chaincode runs under this name.`,
    { organizations: [gateway], cause },
  );
}

/**
 * A checkpoint, as the chaincode writes it.
 *
 * @param gateway MSP id of the gateway that gave the answer
 * @throws ChainError `not_endorsed` for anything else
 */
export function readHead(answer: Uint8Array, gateway: string): ChainHead {
  try {
    return readCheckpointAnswer(answer);
  } catch (error) {
    throw notUnderstood(gateway, error);
  }
}

/**
 * `height` of a common.BlockchainInfo; its other fields are not needed.
 * @throws ChainError `not_endorsed` where it is no such message
 */
export function readHeight(answer: Uint8Array, gateway: string): number {
  try {
    return new FieldReader('BlockchainInfo', answer).uint64(1);
  } catch (error) {
    throw notUnderstood(gateway, error);
  }
}
