/** A log of any size in memory with its own key, for what only needs checkpoints and proofs. @module */
import {
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { signCheckpoint } from '../../ledger/checkpoint/checkpoint.ts';
import {
  COSIGNATURE_TYPE,
  ED25519_TYPE,
  formatVerifierKey,
  newVerifierKey,
  type KeyType,
  type NoteSigner,
} from '../../ledger/checkpoint/key.ts';
import { hashLeaf, hashNode } from '../../ledger/merkle/hash.ts';
import { consistencyProof, rootOf, type NodeSource } from '../../ledger/merkle/proof.ts';
import type { Primitives } from '../../ledger/types.ts';

const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();

/** SPKI DER of Ed25519 is this and the 32 bytes of the key. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export const primitives: Primitives = {
  sha256,
  hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest(),
  verifyEd25519: (publicKey, message, signature) => {
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
    return verify(null, message, key, signature);
  },
  verifyP256: () => {
    throw new Error('no note is signed with P-256');
  },
};

/** A fresh Ed25519 key that signs notes or cosigns. */
export function newSigner(name: string, type: KeyType): NoteSigner {
  const pair = generateKeyPairSync('ed25519');
  const publicKey = rawPublicKey(pair.publicKey);
  return {
    key: newVerifierKey(sha256, name, type, publicKey),
    sign: (message) => sign(null, message, pair.privateKey),
  };
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return key.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
}

export interface MemoryLog {
  readonly origin: string;
  readonly vkey: string;
  /** The signed checkpoint of the first `size` entries. */
  readonly note: (size: number) => string;
  readonly prove: (from: number, to: number) => Promise<readonly Uint8Array[]>;
}

/** The entries of two logs with the same `seed` are the same. */
export function newMemoryLog(options: { readonly seed?: string; readonly signer?: NoteSigner } = {}): MemoryLog {
  const { seed = 'entry', signer = newSigner('test.example/log', ED25519_TYPE) } = options;
  const nodes = newNodeSource(seed);
  const origin = signer.key.name;
  return {
    origin,
    vkey: formatVerifierKey(signer.key),
    note: (size) => signCheckpoint({ origin, size, root: rootOf(sha256, size, nodes) }, signer),
    prove: (from, to) => Promise.resolve(consistencyProof(sha256, from, to, nodes).hashes),
  };
}

function newNodeSource(seed: string): NodeSource {
  const known = new Map<string, Uint8Array>();
  const node: NodeSource = (level, index) => {
    const name = `${level}/${index}`;
    const hash =
      known.get(name) ??
      (level === 0
        ? hashLeaf(sha256, Buffer.from(`${seed} ${index}`))
        : hashNode(sha256, node(level - 1, 2 * index), node(level - 1, 2 * index + 1)));
    known.set(name, hash);
    return hash;
  };
  return node;
}

/** A witness's key. */
export function newWitnessSigner(name = 'witness.example/w1'): NoteSigner {
  return newSigner(name, COSIGNATURE_TYPE);
}
