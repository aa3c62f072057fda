/**
 * Fabric evidence made in the test, honest or forged in any one point and signed again with real keys. Written by Fabric's
 * own message classes, so that the product's readers are not what they are tested with.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { common, ledger, msp, peer } from '@hyperledger/fabric-protos';
import type { BlockEvidence, SignedRead } from '../../ledger/types.ts';
import { type Member, signMessage } from './fabric-organization.ts';

export const CHANNEL = 'vericlin';
export const CHAINCODE = 'merkle-anchor';
/** When everything happens, Unix milliseconds. */
export const TIME_MS = Date.parse('2026-11-24T09:00:00.250Z');

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const hashOf = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export interface StateRead {
  readonly key: string;
  readonly block?: number;
  readonly transaction?: number;
}

export interface StateWrite {
  readonly key: string;
  readonly value: Uint8Array;
  readonly isDelete?: boolean;
}

/** A call of the chaincode and how it is endorsed; what is left out is as honest as can be. */
export interface CallSpec {
  readonly args: readonly (string | Uint8Array)[];
  readonly answer: string;
  readonly reads?: readonly StateRead[];
  readonly writes?: readonly StateWrite[];
  readonly creator: Member;
  readonly endorsers: readonly Member[];
  readonly channel?: string;
  readonly chaincode?: string;
  readonly timeMs?: number;
  // Forgeries.
  readonly headerType?: number;
  readonly txId?: string;
  readonly status?: number;
  /** Chaincode that the response names. */
  readonly answeredBy?: string;
  /** Chaincode that the invocation names. */
  readonly invoked?: string;
  readonly otherWrites?: readonly StateWrite[];
  /** What is hashed as the channel header, in place of the one that is there. */
  readonly hashedChannel?: string;
  readonly sign?: (endorser: Member, message: Uint8Array) => Uint8Array;
  /** MSP id that an endorser claims. */
  readonly claimedMspId?: (endorser: Member) => string;
}

export interface Call {
  readonly channelHeader: Uint8Array;
  readonly signatureHeader: Uint8Array;
  readonly proposalPayload: Uint8Array;
  readonly responsePayload: Uint8Array;
  readonly endorsements: readonly { readonly endorser: Uint8Array; readonly signature: Uint8Array }[];
}

export function serializeIdentity({ certificate, mspId }: Member, claimed = mspId): Uint8Array {
  const identity = new msp.SerializedIdentity();
  identity.setMspid(claimed);
  identity.setIdBytes(Buffer.from(certificate));
  return identity.serializeBinary();
}

function chaincodeId(name: string): peer.ChaincodeID {
  const id = new peer.ChaincodeID();
  id.setName(name);
  return id;
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...varint(Math.floor(value / 0x80))];
}

/** Field 3 of a channel header, a google.protobuf.Timestamp, whose class has no types. */
function timestampField(timeMs: number): Uint8Array {
  const nanos = (timeMs % 1000) * 1e6;
  const time = [8, ...varint(Math.floor(timeMs / 1000)), ...(nanos > 0 ? [16, ...varint(nanos)] : [])];
  return Uint8Array.of(0x1a, time.length, ...time);
}

function channelHeader(spec: CallSpec, channel: string, txId: string): Uint8Array {
  const extension = new peer.ChaincodeHeaderExtension();
  extension.setChaincodeId(chaincodeId(spec.chaincode ?? CHAINCODE));
  const header = common.ChannelHeader.deserializeBinary(timestampField(spec.timeMs ?? TIME_MS));
  header.setType(spec.headerType ?? common.HeaderType.ENDORSER_TRANSACTION);
  header.setChannelId(channel);
  header.setTxId(txId);
  header.setExtension$(extension.serializeBinary());
  return header.serializeBinary();
}

function signatureHeader(creator: Uint8Array, nonce: Uint8Array): Uint8Array {
  const header = new common.SignatureHeader();
  header.setCreator(creator);
  header.setNonce(nonce);
  return header.serializeBinary();
}

function proposalPayload(spec: CallSpec): Uint8Array {
  const input = new peer.ChaincodeInput();
  input.setArgsList(spec.args.map((arg) => Buffer.from(arg)));
  const chaincode = new peer.ChaincodeSpec();
  chaincode.setType(peer.ChaincodeSpec.Type.NODE);
  chaincode.setChaincodeId(chaincodeId(spec.invoked ?? spec.chaincode ?? CHAINCODE));
  chaincode.setInput(input);
  const invocation = new peer.ChaincodeInvocationSpec();
  invocation.setChaincodeSpec(chaincode);
  const payload = new peer.ChaincodeProposalPayload();
  payload.setInput(invocation.serializeBinary());
  return payload.serializeBinary();
}

const { kvrwset } = ledger.rwset;

function namespaceSet(
  namespace: string,
  reads: readonly StateRead[],
  writes: readonly StateWrite[],
): ledger.rwset.NsReadWriteSet {
  const set = new kvrwset.KVRWSet();
  for (const { block, key, transaction } of reads) {
    const read = new kvrwset.KVRead();
    read.setKey(key);
    if (block !== undefined) {
      const version = new kvrwset.Version();
      version.setBlockNum(block);
      version.setTxNum(transaction ?? 0);
      read.setVersion(version);
    }
    set.addReads(read);
  }
  for (const { isDelete, key, value } of writes) {
    const write = new kvrwset.KVWrite();
    write.setKey(key);
    write.setIsDelete(isDelete ?? false);
    write.setValue(value);
    set.addWrites(write);
  }
  const named = new ledger.rwset.NsReadWriteSet();
  named.setNamespace(namespace);
  named.setRwset(set.serializeBinary());
  return named;
}

function chaincodeAction(spec: CallSpec): Uint8Array {
  const chaincode = spec.chaincode ?? CHAINCODE;
  const results = new ledger.rwset.TxReadWriteSet();
  const definition = [{ key: `namespaces/fields/${chaincode}/Sequence`, block: 3 }];
  results.addNsRwset(namespaceSet('_lifecycle', definition, spec.otherWrites ?? []));
  results.addNsRwset(namespaceSet(chaincode, spec.reads ?? [], spec.writes ?? []));
  const response = new peer.Response();
  response.setStatus(spec.status ?? 200);
  response.setPayload(Buffer.from(spec.answer));
  const action = new peer.ChaincodeAction();
  action.setResults(results.serializeBinary());
  action.setResponse(response);
  action.setChaincodeId(chaincodeId(spec.answeredBy ?? chaincode));
  return action.serializeBinary();
}

/** Makes the proposal, its response and the endorsements. */
export function endorseCall(spec: CallSpec): Call {
  const creator = serializeIdentity(spec.creator);
  const nonce = randomBytes(24);
  const txId = spec.txId ?? hashOf(nonce, creator).toString('hex');
  const channel = spec.channel ?? CHANNEL;
  const header = channelHeader(spec, channel, txId);
  const hashed = channelHeader(spec, spec.hashedChannel ?? channel, txId);
  const signer = signatureHeader(creator, nonce);
  const proposal = proposalPayload(spec);
  const response = new peer.ProposalResponsePayload();
  response.setProposalHash(hashOf(hashed, signer, proposal));
  response.setExtension$(chaincodeAction(spec));
  const responsePayload = response.serializeBinary();
  const signBy = spec.sign ?? (({ key }: Member, message: Uint8Array) => signMessage(key, message));
  return {
    channelHeader: header,
    signatureHeader: signer,
    proposalPayload: proposal,
    responsePayload,
    endorsements: spec.endorsers.map((member) => {
      const endorser = serializeIdentity(member, spec.claimedMspId?.(member));
      return { endorser, signature: signBy(member, Buffer.concat([responsePayload, endorser])) };
    }),
  };
}

export function toSignedRead(call: Call): SignedRead {
  return {
    channelHeader: base64(call.channelHeader),
    signatureHeader: base64(call.signatureHeader),
    proposalPayload: base64(call.proposalPayload),
    responsePayload: base64(call.responsePayload),
    endorsements: call.endorsements.map(({ endorser, signature }) => ({
      endorser: base64(endorser),
      signature: base64(signature),
    })),
  };
}

/** How a transaction is put into an envelope; what is left out is honest. */
export interface EnvelopeSpec {
  readonly creator: Member;
  readonly sign?: (creator: Member, message: Uint8Array) => Uint8Array;
  readonly actionHeader?: Uint8Array;
  /** How often the action is in the transaction. */
  readonly actions?: number;
}

/** common.Envelope of the transaction. */
export function envelopeOf(call: Call, spec: EnvelopeSpec): Uint8Array {
  const endorsed = new peer.ChaincodeEndorsedAction();
  endorsed.setProposalResponsePayload(call.responsePayload);
  for (const { endorser, signature } of call.endorsements) {
    const endorsement = new peer.Endorsement();
    endorsement.setEndorser(endorser);
    endorsement.setSignature(signature);
    endorsed.addEndorsements(endorsement);
  }
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setChaincodeProposalPayload(call.proposalPayload);
  actionPayload.setAction(endorsed);
  const transaction = new peer.Transaction();
  for (let i = 0; i < (spec.actions ?? 1); i++) {
    const action = new peer.TransactionAction();
    action.setHeader(spec.actionHeader ?? call.signatureHeader);
    action.setPayload(actionPayload.serializeBinary());
    transaction.addActions(action);
  }
  const header = new common.Header();
  header.setChannelHeader(call.channelHeader);
  header.setSignatureHeader(call.signatureHeader);
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(transaction.serializeBinary());
  const bytes = payload.serializeBinary();
  const envelope = new common.Envelope();
  envelope.setPayload(bytes);
  const signBy = spec.sign ?? (({ key }: Member, message: Uint8Array) => signMessage(key, message));
  envelope.setSignature(signBy(spec.creator, bytes));
  return envelope.serializeBinary();
}

/** How a block is ordered; what is left out is honest. */
export interface BlockSpec {
  readonly number: number;
  readonly envelopes: readonly Uint8Array[];
  readonly orderers: readonly Member[];
  readonly previousHash?: Uint8Array;
  readonly sign?: (orderer: Member, message: Uint8Array) => Uint8Array;
  /** Validation codes; all valid unless it is given. */
  readonly codes?: Uint8Array;
  /** With identifier headers, as a BFT service signs. */
  readonly isBft?: boolean;
}

function derInteger(value: number): Buffer {
  const hex = value.toString(16);
  const digits = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const content = digits[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits;
  return Buffer.concat([Buffer.of(2, content.length), content]);
}

/** DER of the header, by Fabric's ASN.1. */
export function headerBytes(number: number, previousHash: Uint8Array, dataHash: Uint8Array): Buffer {
  const octets = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.of(4, bytes.length), bytes]);
  const body = Buffer.concat([derInteger(number), octets(previousHash), octets(dataHash)]);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}

function signaturesOf(spec: BlockSpec, header: Uint8Array): Uint8Array {
  const last = new common.LastConfig();
  const value = new common.OrdererBlockMetadata();
  value.setLastConfig(last);
  value.setConsenterMetadata(Buffer.from('raft'));
  const metadata = new common.Metadata();
  metadata.setValue(value.serializeBinary());
  const signBy = spec.sign ?? (({ key }: Member, message: Uint8Array) => signMessage(key, message));
  for (const orderer of spec.orderers) {
    const signer = signatureHeader(serializeIdentity(orderer), randomBytes(24));
    const signature = new common.MetadataSignature();
    if (spec.isBft === true) signature.setIdentifierHeader(Buffer.of(8, 1));
    else signature.setSignatureHeader(signer);
    signature.setSignature(signBy(orderer, Buffer.concat([value.serializeBinary(), signer, header])));
    metadata.addSignatures(signature);
  }
  return metadata.serializeBinary();
}

/** The block as evidence and as a peer sends it. */
export function blockOf(spec: BlockSpec): { evidence: BlockEvidence; bytes: Uint8Array } {
  const previousHash = spec.previousHash ?? hashOf(Buffer.from('previous'));
  const dataHash = hashOf(...spec.envelopes);
  const signatures = signaturesOf(spec, headerBytes(spec.number, previousHash, dataHash));
  const header = new common.BlockHeader();
  header.setNumber(spec.number);
  header.setPreviousHash(previousHash);
  header.setDataHash(dataHash);
  const data = new common.BlockData();
  data.setDataList(spec.envelopes.map((envelope) => Buffer.from(envelope)));
  const metadata = new common.BlockMetadata();
  const none = new Uint8Array(0);
  metadata.setMetadataList([
    signatures,
    none,
    spec.codes ?? new Uint8Array(spec.envelopes.length),
    none,
    hashOf(dataHash),
  ]);
  const block = new common.Block();
  block.setHeader(header);
  block.setData(data);
  block.setMetadata(metadata);
  const evidence = {
    number: spec.number,
    previousHash: base64(previousHash),
    data: spec.envelopes.map(base64),
    transaction: 0,
    signatures: base64(signatures),
  };
  return { evidence, bytes: block.serializeBinary() };
}
