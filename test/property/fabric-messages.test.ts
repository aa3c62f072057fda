/**
 * The reader takes exactly the messages that Fabric's own classes would write: what it reads is unchanged by
 * re-serialisation, and what it refuses is not, is no message at all, or is a number that it says it does not hold.
 */
import { common, ledger, msp, peer } from '@hyperledger/fabric-protos';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { LedgerError } from '../../ledger/errors.ts';
import * as messages from '../../ledger/verify/fabric/fabric-messages.generated.ts';
import { AnchoredLog } from '../support/anchored-log.ts';

interface MessageClass {
  deserializeBinary: (bytes: Uint8Array) => { serializeBinary: () => Uint8Array };
}

interface Sample {
  readonly name: string;
  readonly read: (bytes: Uint8Array) => unknown;
  readonly type: MessageClass;
  readonly bytes: Uint8Array;
}

/** Every kind of message of which all fields are read, as Fabric's classes write it. */
function samplesOf(block: Uint8Array): Sample[] {
  const samples: Sample[] = [];
  const add = <T extends MessageClass>(
    read: Sample['read'],
    type: T,
    bytes: Uint8Array,
  ): ReturnType<T['deserializeBinary']> => {
    samples.push({ name: read.name, read, type, bytes });
    return type.deserializeBinary(bytes) as ReturnType<T['deserializeBinary']>;
  };
  const whole = add(messages.readBlock, common.Block, block);
  add(messages.readBlockHeader, common.BlockHeader, whole.getHeader()!.serializeBinary());
  add(messages.readBlockData, common.BlockData, whole.getData()!.serializeBinary());
  add(messages.readBlockMetadata, common.BlockMetadata, whole.getMetadata()!.serializeBinary());
  const metadata = add(messages.readMetadata, common.Metadata, whole.getMetadata()!.getMetadataList_asU8()[0]!);
  const signature = metadata.getSignaturesList()[0]!.serializeBinary();
  add(messages.readMetadataSignature, common.MetadataSignature, signature);
  const envelope = add(messages.readEnvelope, common.Envelope, whole.getData()!.getDataList_asU8()[0]!);
  const payload = add(messages.readPayload, common.Payload, envelope.getPayload_asU8());
  const header = add(messages.readHeader, common.Header, payload.getHeader()!.serializeBinary());
  const channel = add(messages.readChannelHeader, common.ChannelHeader, header.getChannelHeader_asU8());
  add(messages.readChaincodeHeaderExtension, peer.ChaincodeHeaderExtension, channel.getExtension_asU8());
  const signer = add(messages.readSignatureHeader, common.SignatureHeader, header.getSignatureHeader_asU8());
  add(messages.readSerializedIdentity, msp.SerializedIdentity, signer.getCreator_asU8());
  const transaction = add(messages.readTransaction, peer.Transaction, payload.getData_asU8());
  const action = add(
    messages.readTransactionAction,
    peer.TransactionAction,
    transaction.getActionsList()[0]!.serializeBinary(),
  );
  const actionPayload = add(messages.readChaincodeActionPayload, peer.ChaincodeActionPayload, action.getPayload_asU8());
  const endorsed = add(
    messages.readChaincodeEndorsedAction,
    peer.ChaincodeEndorsedAction,
    actionPayload.getAction()!.serializeBinary(),
  );
  add(messages.readEndorsement, peer.Endorsement, endorsed.getEndorsementsList()[0]!.serializeBinary());
  const response = add(
    messages.readProposalResponsePayload,
    peer.ProposalResponsePayload,
    endorsed.getProposalResponsePayload_asU8(),
  );
  const result = add(messages.readChaincodeAction, peer.ChaincodeAction, response.getExtension_asU8());
  add(messages.readResponse, peer.Response, result.getResponse()!.serializeBinary());
  add(messages.readChaincodeID, peer.ChaincodeID, result.getChaincodeId()!.serializeBinary());
  const own = ledger.rwset.TxReadWriteSet.deserializeBinary(result.getResults_asU8()).getNsRwsetList()[1]!;
  const set = ledger.rwset.kvrwset.KVRWSet.deserializeBinary(own.getRwset_asU8());
  add(messages.readKVRead, ledger.rwset.kvrwset.KVRead, set.getReadsList()[0]!.serializeBinary());
  add(messages.readKVWrite, ledger.rwset.kvrwset.KVWrite, set.getWritesList()[0]!.serializeBinary());
  add(messages.readVersion, ledger.rwset.kvrwset.Version, set.getReadsList()[0]!.getVersion()!.serializeBinary());
  return samples;
}

/** Messages of which some fields are left out on purpose. */
function partlyReadOf(block: Uint8Array): Sample[] {
  const whole = common.Block.deserializeBinary(block);
  const envelope = common.Envelope.deserializeBinary(whole.getData()!.getDataList_asU8()[0]!);
  const transaction = peer.Transaction.deserializeBinary(
    common.Payload.deserializeBinary(envelope.getPayload_asU8()).getData_asU8(),
  );
  const action = peer.ChaincodeActionPayload.deserializeBinary(transaction.getActionsList()[0]!.getPayload_asU8());
  const proposal = action.getChaincodeProposalPayload_asU8();
  const invocation = peer.ChaincodeProposalPayload.deserializeBinary(proposal).getInput_asU8();
  const spec = peer.ChaincodeInvocationSpec.deserializeBinary(invocation).getChaincodeSpec()!;
  const response = peer.ProposalResponsePayload.deserializeBinary(
    action.getAction()!.getProposalResponsePayload_asU8(),
  );
  const results = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8()).getResults_asU8();
  const own = ledger.rwset.TxReadWriteSet.deserializeBinary(results).getNsRwsetList()[1]!;
  const { kvrwset } = ledger.rwset;
  return [
    { read: messages.readChaincodeProposalPayload, type: peer.ChaincodeProposalPayload, bytes: proposal },
    { read: messages.readChaincodeInvocationSpec, type: peer.ChaincodeInvocationSpec, bytes: invocation },
    { read: messages.readChaincodeSpec, type: peer.ChaincodeSpec, bytes: spec.serializeBinary() },
    { read: messages.readChaincodeInput, type: peer.ChaincodeInput, bytes: spec.getInput()!.serializeBinary() },
    { read: messages.readTxReadWriteSet, type: ledger.rwset.TxReadWriteSet, bytes: results },
    { read: messages.readNsReadWriteSet, type: ledger.rwset.NsReadWriteSet, bytes: own.serializeBinary() },
    { read: messages.readKVRWSet, type: kvrwset.KVRWSet, bytes: own.getRwset_asU8() },
  ].map((sample) => ({ ...sample, name: sample.read.name }));
}

/** `undefined` where the reader takes the bytes, else why not. */
function refusal({ read }: Sample, bytes: Uint8Array): string | undefined {
  try {
    read(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'verify_unusable') return error.message;
    throw error;
  }
}

function isUnchanged({ type }: Sample, bytes: Uint8Array): boolean {
  try {
    return Buffer.from(type.deserializeBinary(bytes).serializeBinary()).equals(bytes);
  } catch {
    return false;
  }
}

const edit = fc.record({
  kind: fc.constantFrom('set', 'flip', 'insert', 'remove', 'repeat', 'swap'),
  // The beginnings of messages hold the tags and lengths.
  at: fc.oneof(fc.nat(24), fc.nat(4000)),
  length: fc.integer({ min: 1, max: 12 }),
  byte: fc.integer({ min: 0, max: 255 }),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function apply(bytes: Buffer, { at: position, byte, kind, length }: Edit): Buffer {
  if (bytes.length === 0) return Buffer.of(byte);
  const at = position % bytes.length;
  const end = Math.min(at + length, bytes.length);
  const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  if (kind === 'set') return Buffer.concat([before, Buffer.of(byte), bytes.subarray(at + 1)]);
  if (kind === 'flip')
    return Buffer.concat([before, Buffer.of(bytes[at]! ^ (1 << (byte & 7))), bytes.subarray(at + 1)]);
  if (kind === 'insert') return Buffer.concat([before, Buffer.of(byte), bytes.subarray(at)]);
  if (kind === 'remove') return Buffer.concat([before, after]);
  if (kind === 'repeat') return Buffer.concat([before, part, part, after]);
  return Buffer.concat([before, after, part]);
}

describe('messages of Fabric', () => {
  let samples: Sample[];
  let partly: Sample[];

  beforeAll(async () => {
    const anchored = await AnchoredLog.create(5);
    const { bytes } = anchored.block(3);
    samples = samplesOf(bytes);
    partly = partlyReadOf(bytes);
  });

  test('as its classes write them are read', () => {
    for (const sample of [...samples, ...partly])
      expect([sample.name, refusal(sample, sample.bytes)]).toEqual([sample.name, undefined]);
    // All that the .proto lists, but the time, which has no class.
    const readers = Object.keys(messages).filter((name) => name !== 'readTimestamp');
    expect([...samples, ...partly].map(({ name }) => name).toSorted()).toEqual(readers.toSorted());
  });

  test('altered: read where re-serialising changes nothing, refused where it does', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.nat(), fc.array(edit, { minLength: 1, maxLength: 3 }), (which, edits) => {
        const sample = samples[which % samples.length]!;
        const bytes = edits.reduce(apply, Buffer.from(sample.bytes));
        const reason = refusal(sample, bytes);
        if (reason === undefined) read += 1;
        if (reason?.includes('out of range') === true) return;
        expect([sample.name, reason === undefined, reason]).toEqual([sample.name, isUnchanged(sample, bytes), reason]);
      }),
      { numRuns: 20_000 },
    );
    // Many of them are still messages: contents of fields change freely.
    expect(read).toBeGreaterThan(2_000);
  });

  test('of which only some fields are read: what is read is unchanged by re-serialising', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(edit, { minLength: 1, maxLength: 3 }), (which, edits) => {
        const sample = partly[which % partly.length]!;
        const bytes = edits.reduce(apply, Buffer.from(sample.bytes));
        if (refusal(sample, bytes) === undefined)
          expect([sample.name, isUnchanged(sample, bytes)]).toEqual([sample.name, true]);
      }),
      { numRuns: 5_000 },
    );
  });

  test('random bytes never do anything but be refused or be unchanged', () => {
    fc.assert(
      fc.property(fc.nat(), fc.uint8Array({ maxLength: 40 }), (which, bytes) => {
        const sample = samples[which % samples.length]!;
        const reason = refusal(sample, bytes);
        if (reason === undefined) expect(isUnchanged(sample, bytes)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });

  test.each<[string, string, RegExp]>([
    ['a default value', '0a00', /default value/],
    ['a number that is not minimal', '0a810041', /shortest form/],
    ['an unknown field', '1a0141', /unknown or out of place/],
    ['fields out of order', '12014145014a', /unknown or out of place/],
    ['a field twice', '0a01410a0141', /unknown or out of place/],
    ['another wire type', '0d00000000', /unknown or out of place/],
    ['a length beyond the end', '0a0241', /ends too early/],
    ['a tag without its field', '0a', /ends too early/],
    ['a varint without an end', '0affffffffffffffffff', /out of range/],
  ])('%s is refused', (_, hex, reason) => {
    expect(() => messages.readEnvelope(Buffer.from(hex, 'hex'))).toThrow(reason);
  });

  test.each<[string, string, RegExp]>([
    ['a number above 2^53 - 1', '0880808080808080f001', /out of range/],
    ['a negative number', '08ffffffffffffffffff01', /out of range/],
    ['a default number', '0800', /default value/],
  ])('%s is refused', (_, hex, reason) => {
    expect(() => messages.readVersion(Buffer.from(hex, 'hex'))).toThrow(reason);
  });

  test('text that is not UTF-8 and truth values that are neither', () => {
    expect(() => messages.readKVWrite(Buffer.from('0a01ff', 'hex'))).toThrow(/not UTF-8/);
    expect(() => messages.readKVWrite(Buffer.from('1002', 'hex'))).toThrow(/truth value/);
    expect(() => messages.readResponse(Buffer.from('088080808008', 'hex'))).toThrow(/out of range/);
    expect(messages.readVersion(Buffer.from('08ffffffffffffff0f', 'hex'))).toEqual({
      blockNum: Number.MAX_SAFE_INTEGER,
      txNum: 0,
    });
  });
});
