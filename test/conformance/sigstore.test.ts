import { createRequire } from 'node:module';
import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decodeBase64 } from '../../ledger/canonical/base64.ts';
import { signNote } from '../../ledger/checkpoint/note.ts';
import { sampleEnvelope, SampleLog, sampleSigner, sampleWitness } from '../support/sample-log.ts';

/** The parts of sigstore's verifier that read checkpoints and RFC 6962 inclusion proofs. */
interface Entry {
  canonicalizedBody: Buffer;
  inclusionProof: { logIndex: string; hashes: Buffer[]; checkpoint: { envelope: string } };
}
interface Tlog {
  logID: Buffer;
  baseURL: string;
  publicKey: ReturnType<typeof createPublicKey>;
}
interface Checkpoint {
  origin: string;
  logSize: bigint;
  logHash: Buffer;
}
const require = createRequire(import.meta.url);
const { verifyCheckpoint } = require('@sigstore/verify/dist/tlog/checkpoint') as {
  verifyCheckpoint: (entry: Entry, tlogs: Tlog[]) => Checkpoint;
};
const { verifyMerkleInclusion } = require('@sigstore/verify/dist/tlog/merkle') as {
  verifyMerkleInclusion: (entry: Entry, checkpoint: Checkpoint) => void;
};

const log = new SampleLog();
for (let n = 0; n < 300; n++) log.append(sampleEnvelope(n));

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const tlog: Tlog = {
  logID: Buffer.from(log.signer.key.keyId, 'hex'),
  baseURL: `https://${log.origin}`,
  publicKey: createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, log.signer.key.publicKey]),
    format: 'der',
    type: 'spki',
  }),
};

function entryOf(index: number, checkpoint = log.checkpoint()): Entry {
  return {
    canonicalizedBody: Buffer.from(log.events[index]!.entry),
    inclusionProof: {
      logIndex: String(index),
      hashes: log.proof(index).hashes.map((hash) => Buffer.from(decodeBase64(hash)!)),
      checkpoint: { envelope: checkpoint },
    },
  };
}

describe('read by sigstore’s verifier', () => {
  test('checkpoint and inclusion of every entry', () => {
    for (let index = 0; index < 300; index++) {
      const entry = entryOf(index);
      const checkpoint = verifyCheckpoint(entry, [tlog]);
      expect([checkpoint.origin, checkpoint.logSize]).toEqual([log.origin, 300n]);
      expect(Buffer.compare(checkpoint.logHash, log.edge.root())).toBe(0);
      verifyMerkleInclusion(entry, checkpoint);
    }
  });

  test('a checkpoint with cosignatures', () => {
    const entry = entryOf(7, log.checkpoint([sampleWitness('w.example')]));
    verifyMerkleInclusion(entry, verifyCheckpoint(entry, [tlog]));
  });

  test('it refuses what is wrong', () => {
    const foreign = signNote(`${log.checkpoint().split('\n\n')[0]!}\n`, sampleSigner('other.example'));
    expect(() => verifyCheckpoint(entryOf(7, foreign), [tlog])).toThrow(/signature/);
    const entry = entryOf(7);
    const checkpoint = verifyCheckpoint(entry, [tlog]);
    entry.inclusionProof.hashes.reverse();
    expect(() => {
      verifyMerkleInclusion(entry, checkpoint);
    }).toThrow(/root hash/);
  });
});
