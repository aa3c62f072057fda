/** The primitives of Node's crypto module. The only file of the pure core that imports a Node module. @module */
import { createHmac, createPublicKey, hash, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import type { Primitives } from '../types.ts';

/** Making a key object costs more than a verification: the few keys in use are kept. */
const KEY_CACHE_SIZE = 64;
const keys = new Map<string, KeyObject>();

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
}

function keyObject(publicKey: Uint8Array, toJwk: (publicKey: Uint8Array) => JsonWebKey): KeyObject {
  const cacheKey = base64url(publicKey);
  const known = keys.get(cacheKey);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: toJwk(publicKey), format: 'jwk' });
  const oldest = keys.keys().next();
  if (keys.size >= KEY_CACHE_SIZE && oldest.done !== true) keys.delete(oldest.value);
  keys.set(cacheKey, key);
  return key;
}

const ed25519Jwk = (publicKey: Uint8Array): JsonWebKey => ({ kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey) });

const p256Jwk = (publicKey: Uint8Array): JsonWebKey => ({
  kty: 'EC',
  crv: 'P-256',
  x: base64url(publicKey.subarray(1, 33)),
  y: base64url(publicKey.subarray(33)),
});

/** (n - 1) / 2 of P-256, big-endian. */
const P256_HALF_ORDER = Buffer.from('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8', 'hex');

/** SHA-256, HMAC-SHA-256, Ed25519 (RFC 8032) and ECDSA P-256 by OpenSSL. */
export const nodePrimitives: Primitives = {
  sha256: (data) => hash('sha256', data, 'buffer'),
  hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest(),
  verifyEd25519: (publicKey, message, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    try {
      return verify(null, message, keyObject(publicKey, ed25519Jwk), signature);
    } catch {
      return false;
    }
  },
  verifyP256: (publicKey, message, signature) => {
    if (publicKey.length !== 65 || publicKey[0] !== 4 || signature.length !== 64) return false;
    // OpenSSL takes both s and n - s.
    if (Buffer.compare(signature.subarray(32), P256_HALF_ORDER) > 0) return false;
    try {
      const key = keyObject(publicKey, p256Jwk);
      return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
    } catch {
      return false;
    }
  },
};
