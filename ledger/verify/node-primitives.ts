/** The primitives of Node's crypto module. The only file of the pure core that imports a Node module. @module */
import { createHmac, createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import type { Primitives } from '../types.ts';

/** Making a key object costs more than a verification: the few keys in use are kept. */
const KEY_CACHE_SIZE = 64;
const keys = new Map<string, KeyObject>();

function keyObject(publicKey: Uint8Array): KeyObject {
  const x = Buffer.from(publicKey).toString('base64url');
  const known = keys.get(x);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const oldest = keys.keys().next();
  if (keys.size >= KEY_CACHE_SIZE && oldest.done !== true) keys.delete(oldest.value);
  keys.set(x, key);
  return key;
}

/** SHA-256, HMAC-SHA-256 and Ed25519 (RFC 8032) by OpenSSL. */
export const nodePrimitives: Primitives = {
  sha256: (data) => hash('sha256', data, 'buffer'),
  hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest(),
  verifyEd25519: (publicKey, message, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    try {
      return verify(null, message, keyObject(publicKey), signature);
    } catch {
      return false;
    }
  },
};
