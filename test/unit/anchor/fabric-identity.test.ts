/** Signatures that peers take: ECDSA P-256, DER, the low one of the two values of s. */
import { createPublicKey, createVerify, generateKeyPairSync, sign } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { describe, expect, test } from 'vitest';
import { openIdentity, toLowSDer } from '../../../ledger/anchor/fabric/identity.ts';

const ORDER = p256.Point.Fn.ORDER;

function bytesOf(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
}

describe('signatures', () => {
  test.each([
    ['the smallest values', 1n, 1n],
    ['a high first bit', 1n << 255n, 1n],
    ['many leading zeros', 0x80n, 0x7fn],
    ['the largest low s', 1n, ORDER / 2n],
    ['the smallest high s', 1n, ORDER / 2n + 1n],
    ['the largest s', ORDER - 1n, ORDER - 1n],
  ])('DER and low s of %s, as another library reads them', (_name, r, s) => {
    const der = toLowSDer(Buffer.concat([bytesOf(r), bytesOf(s)]));
    const read = p256.Signature.fromBytes(der, 'der');
    expect(read.r).toBe(r);
    expect(read.s).toBe(s > ORDER / 2n ? ORDER - s : s);
    expect(Buffer.from(read.toBytes('der'))).toEqual(Buffer.from(der));
  });

  test('500 signatures of a key verify, with low s', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicKey = createPublicKey(privateKey);
    const { connectOptions } = openIdentity({
      mspId: 'Org1MSP',
      certificate: '',
      key: { kind: 'file', key: privateKey },
    });
    for (let i = 0; i < 500; i++) {
      const message = Buffer.from(`message ${String(i)}`);
      const digest = connectOptions.hash?.(message) ?? message;
      const signature = (await connectOptions.signer?.(digest)) ?? new Uint8Array(0);
      expect(createVerify('sha256').update(message).verify(publicKey, signature)).toBe(true);
      expect(p256.Signature.fromBytes(signature, 'der').hasHighS()).toBe(false);
    }
  });

  test('Node itself gives high s about every second time: without the step above this test would not hold', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signatures = Array.from({ length: 64 }, () => sign('sha256', Buffer.from('x'), privateKey));
    expect(signatures.some((one) => p256.Signature.fromBytes(one, 'der').hasHighS())).toBe(true);
  });
});
