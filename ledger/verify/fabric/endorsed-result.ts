/** What peers endorsed: a proposal and its result, decoded and bound to each other. @module */
import { encodeHex } from '../../canonical/base64.ts';
import { concatBytes, equalBytes } from '../../canonical/bytes.ts';
import { LedgerError } from '../../errors.ts';
import type { Sha256 } from '../../types.ts';
import {
  type ChannelHeader,
  type KVRead,
  type KVWrite,
  type ProposalResponsePayload,
  readChaincodeAction,
  readChaincodeHeaderExtension,
  readChaincodeInvocationSpec,
  readChaincodeProposalPayload,
  readChannelHeader,
  readKVRWSet,
  readProposalResponsePayload,
  readSerializedIdentity,
  readSignatureHeader,
  readTxReadWriteSet,
  type SerializedIdentity,
} from './fabric-messages.generated.ts';

/** The bytes that endorsement is about (peer and common protos of Fabric). */
export interface EndorsedBytes {
  readonly channelHeader: Uint8Array;
  readonly signatureHeader: Uint8Array;
  readonly proposalPayload: Uint8Array;
  readonly responsePayload: Uint8Array;
}

/** A call of the chaincode and what came of it. Only as good as the signatures over it, which nobody checked here. */
export interface EndorsedResult {
  readonly channel: string;
  readonly txId: string;
  /** The client's clock when it made the proposal, Unix milliseconds. */
  readonly timeMs: number;
  readonly creator: SerializedIdentity;
  /** `creator` as it was hashed. */
  readonly creatorBytes: Uint8Array;
  readonly chaincode: string;
  /** The function's name first. */
  readonly args: readonly Uint8Array[];
  readonly response: Uint8Array;
  /** Of the chaincode's own state. */
  readonly reads: readonly KVRead[];
  readonly writes: readonly KVWrite[];
}

/** HeaderType ENDORSER_TRANSACTION. */
export const ENDORSER_TRANSACTION = 3;
const STATUS_OK = 200;

/** An error that says what is wrong with the evidence, as a sentence. */
export function unfit(reason: string): LedgerError {
  return new LedgerError('verify_unusable', reason);
}

/** hex SHA-256(nonce ‖ creator), as Fabric names transactions. */
export function transactionId(sha256: Sha256, nonce: Uint8Array, creator: Uint8Array): string {
  return encodeHex(sha256(concatBytes(nonce, creator)));
}

/**
 * Decodes a proposal and its endorsed response (attacker-controlled).
 * @throws LedgerError `verify_unusable` with the reason, if a message is not canonical, if they are not of one call, or if
 *   the call did not succeed
 */
export function readEndorsedResult(sha256: Sha256, bytes: EndorsedBytes): EndorsedResult {
  const channel = readChannelHeader(bytes.channelHeader);
  const { creator, nonce } = readSignatureHeader(bytes.signatureHeader);
  if (channel.type !== ENDORSER_TRANSACTION) throw unfit('The channel header is not one of a call of a chaincode.');
  if (channel.txId !== transactionId(sha256, nonce, creator)) {
    throw unfit('The transaction id does not follow from the creator and the nonce.');
  }
  const payload = readProposalResponsePayload(bytes.responsePayload);
  bindToProposal(sha256, payload, bytes);
  return {
    channel: channel.channelId,
    txId: channel.txId,
    timeMs: timeOf(channel),
    creator: readSerializedIdentity(creator),
    creatorBytes: creator,
    ...readAction(payload, calledChaincode(channel, bytes.proposalPayload)),
  };
}

/** The response names neither the channel nor the arguments: the hash of the proposal binds them. */
function bindToProposal(
  sha256: Sha256,
  { proposalHash }: ProposalResponsePayload,
  { channelHeader, signatureHeader, proposalPayload }: EndorsedBytes,
): void {
  const hash = sha256(concatBytes(channelHeader, signatureHeader, proposalPayload));
  if (!equalBytes(hash, proposalHash)) {
    throw unfit('What was endorsed belongs to another proposal (channel, creator or arguments).');
  }
}

function timeOf({ timestamp }: ChannelHeader): number {
  if (timestamp === undefined) throw unfit('The channel header lacks the time.');
  return timestamp.seconds * 1_000 + Math.floor(timestamp.nanos / 1e6);
}

interface Call {
  readonly chaincode: string;
  readonly args: readonly Uint8Array[];
}

function calledChaincode({ extension }: ChannelHeader, proposalPayload: Uint8Array): Call {
  const named = readChaincodeHeaderExtension(extension).chaincodeId?.name ?? '';
  const { input } = readChaincodeProposalPayload(proposalPayload);
  const spec = readChaincodeInvocationSpec(input).chaincodeSpec;
  if (named === '' || spec?.chaincodeId?.name !== named) {
    throw unfit('The proposal does not name one chaincode throughout.');
  }
  return { chaincode: named, args: spec.input?.args ?? [] };
}

function readAction(
  { extension }: ProposalResponsePayload,
  call: Call,
): Pick<EndorsedResult, 'chaincode' | 'args' | 'response' | 'reads' | 'writes'> {
  const { chaincodeId, response, results } = readChaincodeAction(extension);
  if (chaincodeId?.name !== call.chaincode) throw unfit('What was endorsed is the result of another chaincode.');
  if (response?.status !== STATUS_OK) {
    throw unfit(`The chaincode answered with status ${response?.status ?? 0}, which is not a success.`);
  }
  return { ...call, response: response.payload, ...readSets(results, call.chaincode) };
}

/** Other namespaces may be read (the chaincode's own definition is), but not written. */
function readSets(results: Uint8Array, chaincode: string): Pick<EndorsedResult, 'reads' | 'writes'> {
  const { dataModel, nsRwset } = readTxReadWriteSet(results);
  if (dataModel !== 0) throw unfit('The read-write set is not one of key-value pairs.');
  let own = { reads: [], writes: [] } as Pick<EndorsedResult, 'reads' | 'writes'>;
  const seen = new Set<string>();
  for (const { namespace, rwset } of nsRwset) {
    if (seen.has(namespace)) throw unfit('The read-write set lists a namespace twice.');
    seen.add(namespace);
    const set = readKVRWSet(rwset);
    if (namespace === chaincode) own = set;
    else if (set.writes.length > 0) throw unfit('The transaction writes to the state of another chaincode.');
  }
  return own;
}
