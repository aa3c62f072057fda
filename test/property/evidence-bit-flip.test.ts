/** Every bit of a piece of evidence flipped in turn: it never verifies, and the result says which check failed. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createFabricTrust } from '../../ledger/verify/fabric/index.ts';
import { createVerifier, type Verifier } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { AnchoredLog } from '../support/anchored-log.ts';
import { flipBits } from '../support/flip-bits.ts';

/** A hundred thousand verifications. */
const TIMEOUT_MS = 600_000;

describe('evidence of a chain', { timeout: TIMEOUT_MS }, () => {
  let anchored: AnchoredLog;

  beforeAll(async () => {
    anchored = await AnchoredLog.create(5);
  });

  const verifierOf = (isNamed: boolean): Verifier =>
    createVerifier({
      primitives: nodePrimitives,
      pinnedKeys: [anchored.log.vkey],
      fabric: createFabricTrust(nodePrimitives, {
        ...anchored.trust,
        cas: anchored.trust.cas.map((ca) => (isNamed ? ca : { pem: ca.pem })),
      }),
    });

  test('a signed read', () => {
    const bundle = JSON.stringify(anchored.log.bundle(1, { anchor: anchored.evidence() }));
    expect(flipBits(bundle, 'anchor', verifierOf(true))).toEqual([]);
  });

  test('a signed read of another size than the checkpoint, whose CAs nobody named', () => {
    const { read, ...rest } = anchored.evidence({}, 3, 1);
    // All that stands before the read, and one bit in each byte of it.
    const anchor = { read, ...rest };
    const bundle = JSON.stringify(anchored.log.bundle(1, { anchor }));
    const verifier = verifierOf(false);
    expect(flipBits(bundle, 'format', verifier)).toEqual([]);
    expect(flipBits(bundle, 'anchor', verifier, { every: 9 })).toEqual([]);
  });

  test('a block', () => {
    const anchor = { ...anchored.evidence(), block: anchored.block(3).evidence };
    const bundle = JSON.stringify(anchored.log.bundle(1, { anchor }));
    expect(flipBits(bundle, 'block', verifierOf(true))).toEqual([]);
  });
});
