/** Whatever stands in evidence and certificates, the verifier answers; it never throws. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeBase64 } from '../../ledger/canonical/base64.ts';
import { LedgerError } from '../../ledger/errors.ts';
import type { AnchorEvidence } from '../../ledger/types.ts';
import { blockEvidenceOf, readBlock } from '../../ledger/verify/fabric/block.ts';
import { readCertificate, readPem, readRevocationList } from '../../ledger/verify/fabric/certificate.ts';
import { isLowS, readEcdsaSignature, toLowS } from '../../ledger/verify/fabric/ecdsa-signature.ts';
import { createFabricTrust } from '../../ledger/verify/fabric/index.ts';
import { signedReadOf } from '../../ledger/verify/fabric/signed-read.ts';
import { createVerifier, type Verifier } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { AnchoredLog } from '../support/anchored-log.ts';
import { CHAINCODE, serializeIdentity } from '../support/fabric-forgery.ts';
import { newKeys, signMessage } from '../support/fabric-organization.ts';

let anchored: AnchoredLog;
let verifier: Verifier;

beforeAll(async () => {
  anchored = await AnchoredLog.create(5);
  verifier = createVerifier({
    primitives: nodePrimitives,
    pinnedKeys: [anchored.log.vkey],
    fabric: createFabricTrust(nodePrimitives, anchored.trust),
  });
});

const change = fc.record({ at: fc.nat(2_000), byte: fc.integer({ min: 0, max: 255 }), isCut: fc.boolean() });
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;
const changes = fc.array(change, { minLength: 1, maxLength: 3 });

function damage(bytes: Uint8Array, list: readonly Change[]): Buffer {
  let damaged = Buffer.from(bytes);
  for (const { at, byte, isCut } of list) {
    const where = at % damaged.length;
    if (isCut) damaged = Buffer.concat([damaged.subarray(0, where), damaged.subarray(where + 1)]);
    else damaged[where] = byte;
    if (damaged.length === 0) return damaged;
  }
  return damaged;
}

/** Runs, and lets only the product's own refusals pass. */
function refused(run: () => void): boolean {
  try {
    run();
    return false;
  } catch (error) {
    if (error instanceof LedgerError) return true;
    throw error;
  }
}

describe('damaged', () => {
  test('certificates are read or refused, and an endorser with one is refused', () => {
    const [der] = readPem(anchored.org1.peer.certificate, 'CERTIFICATE');
    let refusals = 0;
    fc.assert(
      fc.property(changes, (list) => {
        const damaged = damage(der!, list);
        if (damaged.equals(der!)) return;
        if (refused(() => readCertificate(damaged))) refusals += 1;
        const pem = `-----BEGIN CERTIFICATE-----\n${encodeBase64(damaged)}\n-----END CERTIFICATE-----\n`;
        const member = { ...anchored.org1.peer, certificate: pem };
        const anchor = anchored.evidence({ endorsers: [member, anchored.org2.peer] });
        const bundle = JSON.stringify(anchored.log.bundle(1, { anchor }));
        expect(verifier.verifyBundle(bundle).outcome).toBe('invalid');
      }),
      { numRuns: 1_500 },
    );
    expect(refusals).toBeGreaterThan(300);
  });

  test('around what the CA signed every byte of a certificate is as DER has it', () => {
    const [der] = readPem(anchored.org1.peer.certificate, 'CERTIFICATE');
    const { tbs } = readCertificate(der!);
    const start = Buffer.from(der!).indexOf(tbs);
    // The outer header; then algorithm, tag, length and unused bits of the signature.
    const algorithm = start + tbs.length;
    const places = [...Array(start).keys(), ...Array.from({ length: 12 + 3 }, (_, i) => algorithm + i)];
    for (const at of places) {
      for (let byte = 0; byte < 256; byte += 1) {
        if (byte === der![at]) continue;
        const damaged = Buffer.from(der!);
        damaged[at] = byte;
        expect([at, byte, refused(() => readCertificate(damaged))]).toEqual([at, byte, true]);
      }
    }
    expect(refused(() => readCertificate(Buffer.concat([der!, Buffer.from([0])])))).toBe(true);
  });

  test('identities that are no certificate at all', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')),
        ),
        (certificate) => {
          const member = { ...anchored.org1.peer, certificate };
          expect(serializeIdentity(member).length).toBeGreaterThan(0);
          const anchor = anchored.evidence({ endorsers: [member, anchored.org2.peer] });
          const bundle = JSON.stringify(anchored.log.bundle(1, { anchor }));
          expect(verifier.verifyBundle(bundle).outcome).toBe('invalid');
        },
      ),
      { numRuns: 300 },
    );
  });

  test('revocation lists', async () => {
    const [der] = readPem(await anchored.org1.ca.revoke([anchored.org1.peer.serial]), 'CRL');
    fc.assert(
      fc.property(changes, (list) => {
        refused(() => readRevocationList(damage(der!, list)));
      }),
      { numRuns: 1_000 },
    );
  });

  test('blocks and envelopes, as servers get them from a peer', () => {
    const { bytes } = anchored.block(3);
    fc.assert(
      fc.property(changes, (list) => {
        const damaged = damage(bytes, list);
        refused(() => readBlock(nodePrimitives.sha256, damaged, CHAINCODE));
        refused(() => blockEvidenceOf(nodePrimitives.sha256, damaged, 0));
        refused(() => signedReadOf(damaged));
      }),
      { numRuns: 1_000 },
    );
  });
});

test('evidence whose members hold anything', () => {
  const text = fc.oneof(fc.string(), fc.uint8Array({ maxLength: 60 }).map(encodeBase64));
  const honest = { ...anchored.evidence(), block: anchored.block(3).evidence };
  const parts = fc.record(
    {
      channel: text,
      log: text,
      size: fc.maxSafeNat(),
      root: text,
      proof: fc.record({ index: fc.maxSafeNat(), size: fc.maxSafeNat(), hashes: fc.array(text) }),
      consistency: fc.record({ from: fc.maxSafeNat(), to: fc.maxSafeNat(), hashes: fc.array(text) }),
      read: fc.record({
        channelHeader: text,
        signatureHeader: text,
        proposalPayload: text,
        responsePayload: text,
        endorsements: fc.array(fc.record({ endorser: text, signature: text })),
      }),
      block: fc.record({
        number: fc.maxSafeNat(),
        previousHash: text,
        data: fc.array(text),
        transaction: fc.maxSafeNat(),
        signatures: text,
      }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(parts, (some) => {
      const anchor = { ...honest, ...some } as AnchorEvidence;
      const { outcome } = verifier.verifyBundle(JSON.stringify(anchored.log.bundle(1, { anchor })));
      expect(outcome === 'valid').toBe(Object.keys(some).length === 0);
    }),
    { numRuns: 2_000 },
  );
});

test('a signature is read in exactly one form, and has exactly one with low s', async () => {
  const { privateKey } = await newKeys();
  const { KeyObject } = await import('node:crypto');
  const key = KeyObject.from(privateKey);
  const high = signMessage(key, Buffer.from('message'), true);
  expect(isLowS(readEcdsaSignature(high)!)).toBe(false);
  expect(isLowS(toLowS(readEcdsaSignature(high)!))).toBe(true);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), changes, (message, list) => {
      const der = signMessage(key, message);
      const signature = readEcdsaSignature(der)!;
      expect(isLowS(signature)).toBe(true);
      expect(toLowS(signature)).toBe(signature);
      const damaged = damage(der, list);
      const other = readEcdsaSignature(damaged);
      // Another form of the same numbers is none.
      if (other !== undefined && !damaged.equals(der)) expect(encodeBase64(other)).not.toBe(encodeBase64(signature));
    }),
    { numRuns: 500 },
  );
  for (const hex of [
    '',
    '30',
    '3000',
    '30060201000201',
    '3006020101020101',
    '300602010002010100',
    '30070202000102010a',
  ]) {
    const isCanonical = hex === '3006020101020101';
    expect([hex, readEcdsaSignature(Buffer.from(hex, 'hex')) !== undefined]).toEqual([hex, isCanonical]);
  }
});
