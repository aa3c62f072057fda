/** The primitives in JavaScript alone, for browsers. @module */
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Primitives } from '../types.ts';

/** SHA-256, HMAC-SHA-256 and Ed25519 (RFC 8032, not the laxer ZIP 215) and ECDSA P-256 by the noble libraries. */
export const noblePrimitives: Primitives = {
  sha256: (data) => sha256(data),
  hmacSha256: (key, message) => hmac(sha256, key, message),
  verifyEd25519: (publicKey, message, signature) => {
    try {
      return ed25519.verify(signature, message, publicKey, { zip215: false });
    } catch {
      return false;
    }
  },
  verifyP256: (publicKey, message, signature) => {
    if (publicKey.length !== 65 || publicKey[0] !== 4 || signature.length !== 64) return false;
    try {
      return p256.verify(signature, message, publicKey, { lowS: true, prehash: true, format: 'compact' });
    } catch {
      return false;
    }
  },
};
