import { hash } from 'node:crypto';

/** SHA-256 block, bytes: what HMAC pads its key to (RFC 2104 §2). */
const BLOCK = 64;
const DIGEST = 32;
const SALT_BYTES = 32;
/** Canonical envelopes up to this many UTF-16 units share one buffer; longer ones are rare and get their own. */
const SHARED_UNITS = 16 * 1024;
/** UTF-8 needs at most three bytes per UTF-16 unit. */
const UTF8_MAX = 3;

const shared = Buffer.alloc(BLOCK + SHARED_UNITS * UTF8_MAX);
const outer = Buffer.alloc(BLOCK + DIGEST);

function padKey(target: Uint8Array, salt: Uint8Array, pad: number): void {
  for (let i = 0; i < SALT_BYTES; i++) target[i] = (salt[i] as number) ^ pad;
  target.fill(pad, SALT_BYTES, BLOCK);
}

export interface Committed {
  /** UTF-8 of the text. */
  readonly message: Uint8Array;
  /** HMAC-SHA-256(salt, message), 32 bytes. */
  readonly commitment: Uint8Array;
}

/**
 * Encodes `text` as UTF-8 and commits to it with HMAC-SHA-256(key = salt) by its definition,
 * H(K⊕opad ‖ H(K⊕ipad ‖ m)) (RFC 2104 §2): two one-shot hashes cost half of `createHmac`, whose object and key set-up
 * outweigh the hashing of one event. Digests pass as `binary` strings, which Node makes faster than buffers.
 *
 * @param salt 32 bytes
 */
export function commitTo(salt: Uint8Array, text: string): Committed {
  if (salt.length !== SALT_BYTES) throw new RangeError('A salt has 32 bytes.');
  const inner = text.length <= SHARED_UNITS ? shared : Buffer.allocUnsafe(BLOCK + text.length * UTF8_MAX);
  const end = BLOCK + inner.write(text, BLOCK, 'utf8');
  padKey(inner, salt, 0x36);
  padKey(outer, salt, 0x5c);
  outer.write(hash('sha256', inner.subarray(0, end), 'binary'), BLOCK, 'latin1');
  const commitment = Buffer.from(hash('sha256', outer, 'binary'), 'latin1');
  const message = Buffer.from(inner.subarray(BLOCK, end));
  // The padded key is the salt in another guise, and the message may be PHI: neither stays behind in shared memory.
  inner.fill(0, 0, end);
  outer.fill(0);
  return { message, commitment };
}
