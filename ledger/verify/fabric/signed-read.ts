/** A signed read of a checkpoint on the chain, as far as its content goes. @module */
import { decodeBase64, decodeHex, encodeBase64 } from '../../canonical/base64.ts';
import { utf8Decode } from '../../canonical/bytes.ts';
import { LedgerError } from '../../errors.ts';
import type { Sha256, SignedRead } from '../../types.ts';
import { type EndorsedResult, readEndorsedResult, unfit } from './endorsed-result.ts';
import {
  type Endorsement,
  readChaincodeActionPayload,
  readEnvelope,
  readPayload,
  readSerializedIdentity,
  readTransaction,
} from './fabric-messages.generated.ts';

/** What a signed read states. Nobody's signature was checked: that is `check-read.ts`. */
export interface CheckpointRead {
  readonly channel: string;
  readonly chaincode: string;
  readonly log: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** Number of the block that committed the checkpoint, and the transaction's position in it. */
  readonly block: number;
  readonly transaction: number;
  /** When it was read, by the reader's clock, Unix milliseconds. */
  readonly timeMs: number;
  /** Of those who endorsed, in their order. */
  readonly mspIds: readonly string[];
  readonly responsePayload: Uint8Array;
  readonly endorsements: readonly Endorsement[];
}

/** Key of the checkpoint of `size` entries in the chaincode's state. */
export function checkpointKey(log: string, size: number): string {
  return `${log}/cp:${String(size).padStart(20, '0')}`;
}

/** What the chaincode answers about a checkpoint, to the byte. */
export function checkpointAnswer(size: number, rootHex: string): string {
  return `{"size":"${size}","root":"${rootHex}"}`;
}

const ANSWER = /^\{"size":"(0|[1-9][0-9]{0,15})","root":"([0-9a-f]{64})"\}$/;

/** @throws LedgerError `verify_unusable` unless it is an answer about a checkpoint, in the one form that the chaincode uses */
export function readCheckpointAnswer(response: Uint8Array): { readonly size: number; readonly root: Uint8Array } {
  const [, size, root] = ANSWER.exec(textOf(response)) ?? [];
  const hash = root === undefined ? undefined : decodeHex(root);
  if (size === undefined || hash === undefined || !Number.isSafeInteger(Number(size))) {
    throw unfit('The chaincode’s answer is not a checkpoint.');
  }
  return { size: Number(size), root: hash };
}

/** Arguments as text. @throws LedgerError `verify_unusable` if they are no UTF-8 */
export function textOf(bytes: Uint8Array): string {
  try {
    return utf8Decode(bytes);
  } catch (error) {
    if (error instanceof LedgerError) throw unfit('An argument or answer of the chaincode is not UTF-8.');
    throw error;
  }
}

function bytesOf(base64: string): Uint8Array {
  const bytes = decodeBase64(base64);
  if (bytes === undefined) throw unfit('A member of the evidence is not base64.');
  return bytes;
}

/** The log and size that were asked for. */
function askedFor({ args }: EndorsedResult): { log: string; size: string } {
  const [name, log, size, ...more] = args.map(textOf);
  if (name !== 'getCheckpoint' || log === undefined || size === undefined || more.length > 0) {
    throw unfit('What was endorsed is not a read of a checkpoint.');
  }
  return { log, size };
}

/**
 * Decodes a signed read (attacker-controlled): the call `getCheckpoint(log, size)`, its answer, and where the state that
 * it read was written.
 *
 * @throws LedgerError `verify_unusable` with the reason
 */
export function readSignedRead(sha256: Sha256, read: SignedRead): CheckpointRead {
  const responsePayload = bytesOf(read.responsePayload);
  const result = readEndorsedResult(sha256, {
    channelHeader: bytesOf(read.channelHeader),
    signatureHeader: bytesOf(read.signatureHeader),
    proposalPayload: bytesOf(read.proposalPayload),
    responsePayload,
  });
  const asked = askedFor(result);
  const { size, root } = readCheckpointAnswer(result.response);
  if (asked.size !== String(size)) throw unfit('The chaincode answered about another size than it was asked for.');
  if (result.writes.length > 0) throw unfit('A read that writes is none.');
  const endorsements = read.endorsements.map(({ endorser, signature }) => ({
    endorser: bytesOf(endorser),
    signature: bytesOf(signature),
  }));
  return {
    channel: result.channel,
    chaincode: result.chaincode,
    log: asked.log,
    size,
    root,
    ...versionOf(result, checkpointKey(asked.log, size)),
    timeMs: result.timeMs,
    mspIds: endorsements.map(({ endorser }) => readSerializedIdentity(endorser).mspid),
    responsePayload,
    endorsements,
  };
}

function versionOf({ reads }: EndorsedResult, key: string): Pick<CheckpointRead, 'block' | 'transaction'> {
  const read = reads.filter((one) => one.key === key);
  const version = read[0]?.version;
  if (read.length !== 1 || version === undefined) {
    throw unfit('The read does not state in which block the checkpoint was committed.');
  }
  return { block: version.blockNum, transaction: version.txNum };
}

/**
 * The signed read in the envelope that a Fabric gateway returns for an endorsed proposal (common.Envelope, signed or not).
 * @throws LedgerError `verify_unusable` if it is not the envelope of one call
 */
export function signedReadOf(envelope: Uint8Array): SignedRead {
  const { header, data } = readPayload(readEnvelope(envelope).payload);
  const [first, ...more] = readTransaction(data).actions;
  if (header === undefined || first === undefined || more.length > 0) throw unfit('The envelope is not of one call.');
  const { action, chaincodeProposalPayload } = readChaincodeActionPayload(first.payload);
  if (action === undefined) throw unfit('The envelope holds nothing that was endorsed.');
  return {
    channelHeader: encodeBase64(header.channelHeader),
    signatureHeader: encodeBase64(header.signatureHeader),
    proposalPayload: encodeBase64(chaincodeProposalPayload),
    responsePayload: encodeBase64(action.proposalResponsePayload),
    endorsements: action.endorsements.map(({ endorser, signature }) => ({
      endorser: encodeBase64(endorser),
      signature: encodeBase64(signature),
    })),
  };
}
