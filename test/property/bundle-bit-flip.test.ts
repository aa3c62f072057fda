import { describe, expect, test } from 'vitest';
import { formatVerifierKey } from '../../ledger/checkpoint/key.ts';
import { createVerifier, type Verification } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { sampleEnvelope, sampleLog, sampleUuid, sampleWitness } from '../support/sample-log.ts';

/**
 * Every bit of a file flipped in turn: it never verifies, and the result says which check failed.
 *
 * Signature lines of unknown keys have to be ignored (C2SP signed-note), and a flipped bit in the name or key ID of a
 * witness's line makes it one. So files with cosignatures are verified with all keys pinned and `refuseUnchecked`; without that option
 * the result still tells that a line could not be checked, and the witness no longer counts.
 */
const log = sampleLog(5);
const witness = sampleWitness('w.example');
const options = {
  primitives: nodePrimitives,
  pinnedKeys: [log.vkey, formatVerifierKey(witness.key)],
  refuseUnchecked: true,
};

function flipEveryBit(file: string, verify: (bytes: Uint8Array) => Verification): void {
  const bytes = Buffer.from(file);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const { outcome, checks } = verify(flipped);
    const failed = checks.filter(({ status }) => status === 'failed');
    if ((outcome !== 'invalid' && outcome !== 'unusable') || failed.length === 0) {
      const around = bytes.subarray(Math.max(0, (bit >> 3) - 30), (bit >> 3) + 30).toString();
      expect.unreachable(`bit ${bit & 7} of byte ${bit >> 3} gives ${outcome}: …${around}…`);
    }
  }
}

/** Numbers and text whose JSON spelling could hide a flipped bit: exponents, escapes, fractions. */
const tricky = {
  tiny: 1e-7,
  huge: 1e21,
  zero: 0,
  ten: 10,
  half: 0.5,
  negative: -3,
  control: '\u001b\n"\\',
  text: 'Ü€😀',
};
log.append(sampleEnvelope(9, { refs: [sampleUuid(0)], payload: tricky }));
const checkpoint = log.checkpoint([witness]);

describe.each([
  ['compact', 0],
  ['indented', 2],
])('a bundle, %s', (_, indent) => {
  const write = (bundle: object) => `${JSON.stringify(bundle, null, indent)}\n`;
  const verifier = createVerifier(options);

  test('with its content', () => {
    const file = write(log.bundle(5, { opening: log.opening(5), anchor: null, checkpoint }));
    expect(verifier.verifyBundle(file).outcome).toBe('valid');
    flipEveryBit(file, verifier.verifyBundle);
  });

  test('whose content was erased', () => {
    const file = write(log.bundle(0, { erasure: log.erasure(4), checkpoint }));
    expect(verifier.verifyBundle(file).outcome).toBe('valid_erased');
    flipEveryBit(file, verifier.verifyBundle);
  });

  test('whose signer is not pinned: it is not even consistent any more', () => {
    const unpinned = createVerifier({ primitives: nodePrimitives });
    const file = write(log.bundle(5, { opening: log.opening(5) }));
    expect(unpinned.verifyBundle(file).outcome).toBe('valid_unpinned');
    flipEveryBit(file, unpinned.verifyBundle);
  });
});

test('a bundle with line ends of Windows', () => {
  const verifier = createVerifier(options);
  const file = JSON.stringify(log.bundle(0, { opening: log.opening(0) }), null, 1).replaceAll('\n', '\r\n');
  expect(verifier.verifyBundle(file).outcome).toBe('valid');
  flipEveryBit(file, verifier.verifyBundle);
});

test('without that option a bit of a cosignature line fails a check, or the witness no longer counts', () => {
  const verifier = createVerifier({ ...options, refuseUnchecked: false });
  const file = log.tlogProof(5, [witness]);
  expect(verifier.verifyTlogProof(file).facts.cosignedBy).toHaveLength(1);
  const bytes = Buffer.from(file);
  for (let bit = bytes.indexOf('— w.example') * 8; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const { outcome, facts, checks } = verifier.verifyTlogProof(flipped);
    if (outcome !== 'valid') continue;
    expect(facts.cosignedBy).toEqual([]);
    expect(checks.filter(({ name }) => name === 'cosignatures').map(({ status }) => status)).toEqual([
      'not_checked',
      'not_checked',
    ]);
  }
});

test('a tlog-proof', () => {
  const verifier = createVerifier(options);
  const file = log.tlogProof(5, [witness]);
  expect(verifier.verifyTlogProof(file).outcome).toBe('valid');
  flipEveryBit(file, (bytes) => verifier.verifyTlogProof(bytes));
});
