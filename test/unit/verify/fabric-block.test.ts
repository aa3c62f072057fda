/** Blocks as servers read them from a peer. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { readAppend } from '../../../ledger/verify/fabric/append.ts';
import { blockEvidenceOf, encodeBlockHeader, hashBlockData, readBlock } from '../../../ledger/verify/fabric/block.ts';
import { readSignedRead, signedReadOf } from '../../../ledger/verify/fabric/signed-read.ts';
import { nodePrimitives } from '../../../ledger/verify/node-primitives.ts';
import { AnchoredLog, BLOCK } from '../../support/anchored-log.ts';
import {
  blockOf,
  type CallSpec,
  CHAINCODE,
  endorseCall,
  envelopeOf,
  headerBytes,
  toSignedRead,
} from '../../support/fabric-forgery.ts';

const { sha256 } = nodePrimitives;
let anchored: AnchoredLog;

beforeAll(async () => {
  anchored = await AnchoredLog.create(7);
});

const envelope = (changes: Partial<CallSpec> = {}): Uint8Array => {
  const spec = { ...anchored.appendSpec(4), ...changes };
  return envelopeOf(endorseCall(spec), { creator: spec.creator });
};

describe('a block', () => {
  test('with calls of the chaincode, of others, and one that is not as honest ones are', () => {
    const envelopes = [
      envelope(),
      envelope({ chaincode: 'other' }),
      envelope({ status: 500 }),
      envelope({ headerType: 1 }),
      Buffer.from('no envelope'),
    ];
    const { bytes } = blockOf({ number: 7, envelopes, orderers: [anchored.orderers.orderer] });
    const block = readBlock(sha256, bytes, CHAINCODE);
    expect(block.number).toBe(7);
    expect(block.transactions.map(({ index, kind, validationCode }) => [index, kind, validationCode])).toEqual([
      [0, 'call', 0],
      [1, 'other', 0],
      [2, 'unreadable', 0],
      [3, 'other', 0],
      [4, 'other', 0],
    ]);
    const [first, , third] = block.transactions;
    expect(third).toMatchObject({ reason: expect.stringMatching(/status 500/) as string });
    if (first?.kind !== 'call') throw new Error('no call');
    expect(readAppend(sha256, first.result)).toMatchObject({ log: anchored.name, start: 4, size: 7 });
    expect(first.result.creator.mspid).toBe('Org1MSP');
    const dataHash = createHash('sha256').update(Buffer.concat(envelopes)).digest();
    const header = headerBytes(7, block.previousHash, dataHash);
    expect(Buffer.from(block.hash)).toEqual(createHash('sha256').update(header).digest());
  });

  test('the validation codes are passed on; a transaction without one counts as not validated', () => {
    const orderers = [anchored.orderers.orderer];
    const { bytes } = blockOf({ number: 7, envelopes: [envelope(), envelope()], orderers, codes: Uint8Array.of(11) });
    const { transactions } = readBlock(sha256, bytes, CHAINCODE);
    expect(transactions.map(({ validationCode }) => validationCode)).toEqual([11, 254]);
  });

  test('becomes evidence that verifies', () => {
    const { bytes, evidence } = anchored.block(4);
    expect(blockEvidenceOf(sha256, bytes, 0)).toEqual(evidence);
    expect(() => blockEvidenceOf(sha256, bytes, 1)).toThrow(/not complete/);
  });

  test('whose header belongs to other transactions is refused', () => {
    const { bytes } = anchored.block(4);
    const altered = Buffer.from(bytes);
    const text = altered.lastIndexOf('appendLeaves');
    altered[text] = 0x41;
    expect(() => readBlock(sha256, altered, CHAINCODE)).toThrow(/does not belong to the transactions/);
    expect(() => readBlock(sha256, new Uint8Array(0), CHAINCODE)).toThrow(/not complete/);
  });

  test.each([0, 1, 127, 128, 255, 256, 32_768, 2 ** 31, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER])(
    'number %d in the header is an INTEGER in its shortest form',
    (number) => {
      const [previousHash, dataHash] = [hashBlockData(sha256, []), hashBlockData(sha256, [Buffer.of(1)])];
      const header = encodeBlockHeader({ number, previousHash, dataHash });
      expect(Buffer.from(header)).toEqual(headerBytes(number, previousHash, dataHash));
    },
  );

  test('the first block has no previous hash, and none has one that is too long', () => {
    const dataHash = hashBlockData(sha256, []);
    expect(encodeBlockHeader({ number: 0, previousHash: new Uint8Array(0), dataHash }).subarray(0, 7)).toEqual(
      Uint8Array.of(0x30, 39, 2, 1, 0, 4, 0),
    );
    expect(() => encodeBlockHeader({ number: 1, previousHash: new Uint8Array(256), dataHash })).toThrow(/too long/);
  });
});

describe('a signed read', () => {
  test('is taken from the envelope that a gateway returns, and says what was read', () => {
    const call = endorseCall(anchored.readSpec(7));
    const read = signedReadOf(envelopeOf(call, { creator: anchored.org1.client }));
    expect(read).toEqual(toSignedRead(call));
    expect(readSignedRead(sha256, read)).toMatchObject({
      channel: 'vericlin',
      chaincode: CHAINCODE,
      log: anchored.name,
      size: 7,
      block: BLOCK,
      transaction: 0,
      mspIds: ['Org1MSP', 'Org2MSP'],
    });
  });

  test('of two calls is none', () => {
    const call = endorseCall(anchored.readSpec(7));
    expect(() => signedReadOf(envelopeOf(call, { creator: anchored.org1.client, actions: 2 }))).toThrow(
      /not of one call/,
    );
  });
});
