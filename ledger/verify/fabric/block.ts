/** Blocks of a channel: their hashes, and the transactions in them. @module */
import { encodeBase64 } from '../../canonical/base64.ts';
import { concatBytes, equalBytes } from '../../canonical/bytes.ts';
import { LedgerError } from '../../errors.ts';
import type { BlockEvidence, Sha256 } from '../../types.ts';
import {
  ENDORSER_TRANSACTION,
  type EndorsedBytes,
  type EndorsedResult,
  readEndorsedResult,
  unfit,
} from './endorsed-result.ts';
import {
  type Block,
  type BlockData,
  type BlockHeader,
  type Endorsement,
  readBlock as readBlockMessage,
  readChaincodeActionPayload,
  readChaincodeHeaderExtension,
  readChannelHeader,
  readEnvelope,
  readPayload,
  readTransaction as readTransactionMessage,
} from './fabric-messages.generated.ts';

/** A transaction with everything that its signatures are about. None of them was checked. */
export interface EndorsedTransaction {
  readonly result: EndorsedResult;
  /** What the creator signed. */
  readonly payload: Uint8Array;
  readonly creatorSignature: Uint8Array;
  readonly responsePayload: Uint8Array;
  readonly endorsements: readonly Endorsement[];
}

/**
 * - `call`: one call of the chaincode that was asked about.
 * - `other`: anything else, undecoded: configuration, other chaincodes.
 * - `unreadable`: names that chaincode and is not in the form that honest transactions have. Anybody who may submit can
 *   put one into a block; peers mark it invalid.
 */
export type BlockTransaction = {
  readonly index: number;
  /** Fabric's TxValidationCode, 0 is valid. Signed by nobody: this is what the peer that sent the block says. */
  readonly validationCode: number;
} & (
  | ({ readonly kind: 'call' } & EndorsedTransaction)
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly reason: string }
);

export interface ChannelBlock {
  readonly number: number;
  readonly previousHash: Uint8Array;
  readonly dataHash: Uint8Array;
  /** SHA-256 of the header: `previousHash` of the next block. */
  readonly hash: Uint8Array;
  readonly transactions: readonly BlockTransaction[];
}

const SIGNATURES = 0;
const VALIDATION_CODES = 2;
const NOT_VALIDATED = 254;

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;

/** DER with a short or one-byte length: nothing here is longer than 255 bytes. */
function der(tag: number, content: Uint8Array): Uint8Array {
  if (content.length > 0xff) throw unfit('A hash in the block’s header is too long.');
  const length = content.length < 0x80 ? [content.length] : [0x81, content.length];
  return concatBytes(Uint8Array.of(tag, ...length), content);
}

/** SHA-256 over the envelopes, one after the other, without lengths. */
export function hashBlockData(sha256: Sha256, envelopes: readonly Uint8Array[]): Uint8Array {
  return sha256(concatBytes(...envelopes));
}

/** DER SEQUENCE { INTEGER number, OCTET STRING previousHash, OCTET STRING dataHash }: what orderers sign and chain. */
export function encodeBlockHeader({ number, previousHash, dataHash }: BlockHeader): Uint8Array {
  const digits: number[] = [];
  for (let rest = number; rest > 0 || digits.length === 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  if ((digits[0] ?? 0) >= 0x80) digits.unshift(0);
  const members = [der(INTEGER, Uint8Array.from(digits)), der(OCTET_STRING, previousHash), der(OCTET_STRING, dataHash)];
  return der(SEQUENCE, concatBytes(...members));
}

/**
 * Decodes a transaction (common.Envelope, attacker-controlled).
 * @throws LedgerError `verify_unusable` with the reason, unless it is exactly one call of a chaincode
 */
export function readTransaction(sha256: Sha256, envelope: Uint8Array): EndorsedTransaction {
  const { payload, signature } = readEnvelope(envelope);
  const { header, data } = readPayload(payload);
  const [first, ...more] = readTransactionMessage(data).actions;
  if (header === undefined) throw unfit('The transaction lacks its header.');
  if (first === undefined || more.length > 0) throw unfit('The transaction is not of exactly one action.');
  if (!equalBytes(first.header, header.signatureHeader)) {
    throw unfit('The header of the action is not that of the transaction.');
  }
  const { action, chaincodeProposalPayload } = readChaincodeActionPayload(first.payload);
  if (action === undefined) throw unfit('The transaction holds nothing that was endorsed.');
  const bytes: EndorsedBytes = {
    ...header,
    proposalPayload: chaincodeProposalPayload,
    responsePayload: action.proposalResponsePayload,
  };
  return {
    result: readEndorsedResult(sha256, bytes),
    payload,
    creatorSignature: signature,
    responsePayload: action.proposalResponsePayload,
    endorsements: action.endorsements,
  };
}

/** Name of the chaincode that an envelope claims to call. */
function chaincodeOf(envelope: Uint8Array): string | undefined {
  try {
    const { header } = readPayload(readEnvelope(envelope).payload);
    if (header === undefined) return undefined;
    const { extension, type } = readChannelHeader(header.channelHeader);
    if (type !== ENDORSER_TRANSACTION) return undefined;
    return readChaincodeHeaderExtension(extension).chaincodeId?.name;
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}

function bodyOf(
  sha256: Sha256,
  envelope: Uint8Array,
  chaincode: string,
):
  | ({ readonly kind: 'call' } & EndorsedTransaction)
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly reason: string } {
  if (chaincodeOf(envelope) !== chaincode) return { kind: 'other' };
  try {
    return { kind: 'call', ...readTransaction(sha256, envelope) };
  } catch (error) {
    if (error instanceof LedgerError) return { kind: 'unreadable', reason: error.message };
    throw error;
  }
}

interface WholeBlock {
  readonly header: BlockHeader;
  readonly data: BlockData;
  readonly metadata: readonly Uint8Array[];
}

function readWholeBlock(sha256: Sha256, bytes: Uint8Array): WholeBlock {
  const { data, header, metadata }: Block = readBlockMessage(bytes);
  if (header === undefined || data === undefined || metadata === undefined) throw unfit('The block is not complete.');
  if (!equalBytes(hashBlockData(sha256, data.data), header.dataHash)) {
    throw unfit('The block’s header does not belong to the transactions in it.');
  }
  return { header, data, metadata: metadata.metadata };
}

/**
 * Decodes a block as a peer sends it (common.Block), with the calls of `chaincode` in it.
 * @throws LedgerError `verify_unusable` if it is no block, or its header states another data hash
 */
export function readBlock(sha256: Sha256, bytes: Uint8Array, chaincode: string): ChannelBlock {
  const { header, data, metadata } = readWholeBlock(sha256, bytes);
  const codes = metadata[VALIDATION_CODES] ?? new Uint8Array(0);
  return {
    ...header,
    hash: sha256(encodeBlockHeader(header)),
    transactions: data.data.map((envelope, index) => ({
      index,
      validationCode: codes[index] ?? NOT_VALIDATED,
      ...bodyOf(sha256, envelope, chaincode),
    })),
  };
}

/**
 * The evidence that the block at hand (common.Block) is, about the transaction at `transaction`.
 * @throws LedgerError `verify_unusable` if it is no block with such a transaction
 */
export function blockEvidenceOf(sha256: Sha256, bytes: Uint8Array, transaction: number): BlockEvidence {
  const { header, data, metadata } = readWholeBlock(sha256, bytes);
  const signatures = metadata[SIGNATURES];
  if (signatures === undefined || transaction >= data.data.length) throw unfit('The block is not complete.');
  return {
    number: header.number,
    previousHash: encodeBase64(header.previousHash),
    data: data.data.map(encodeBase64),
    transaction,
    signatures: encodeBase64(signatures),
  };
}
