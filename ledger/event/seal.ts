/**
 * Openings at rest: envelope and salt together under a data key, so that destroying the data key is enough to erase
 * both (invariant 8). AES-256-GCM, NIST SP 800-38D.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { LedgerError } from '../errors.ts';
import type { RandomBytes } from './random-pool.ts';

const NONCE_BYTES = 12;
const SALT_BYTES = 32;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';

/** 32 bytes, raw or as a secret `KeyObject`. */
export type DataKey = Uint8Array | KeyObject;

export interface UnsealedOpening {
  /** 32 bytes. */
  readonly salt: Uint8Array;
  /** RFC 8785 UTF-8 of the recorded envelope. */
  readonly canonicalEnvelope: Uint8Array;
}

/**
 * nonce(12) ‖ AES-256-GCM(salt(32) ‖ canonical envelope) ‖ tag(16); associated data is the event's id, so that a row's
 * opening cannot be moved to another row.
 *
 * Nonces are random: with one key per subject the bound of 2^32 seals under one key (SP 800-38D §8.3) is far away;
 * the log's own key has to be replaced before it.
 */
export type SealOpening = (
  dataKey: DataKey,
  idBytes: Uint8Array,
  canonicalEnvelope: Uint8Array,
  salt: Uint8Array,
) => Uint8Array;

/**
 * From Node 24 on, a cipher with a raw key takes three times as long as one with a `KeyObject` made for it; before, the
 * raw key is the faster one.
 */
const WANTS_KEY_OBJECT = Number.parseInt(process.versions.node, 10) >= 24;

function cipherKey(dataKey: DataKey): DataKey {
  return WANTS_KEY_OBJECT && dataKey instanceof Uint8Array ? createSecretKey(dataKey) : dataKey;
}

/** One input buffer for all: a second `update` costs more than the copy. */
const SHARED_PLAINTEXT_BYTES = 64 * 1024;

/** @param random fresh random bytes, from {@link createRandomPool} */
export function createSealer(random: RandomBytes): SealOpening {
  const shared = Buffer.alloc(SHARED_PLAINTEXT_BYTES);
  return (dataKey, idBytes, canonicalEnvelope, salt) => {
    const length = SALT_BYTES + canonicalEnvelope.length;
    const plaintext = length <= SHARED_PLAINTEXT_BYTES ? shared : Buffer.allocUnsafe(length);
    plaintext.set(salt, 0);
    plaintext.set(canonicalEnvelope, SALT_BYTES);
    const nonce = random(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, cipherKey(dataKey), nonce);
    cipher.setAAD(idBytes);
    const ciphertext = cipher.update(plaintext.subarray(0, length));
    // GCM is a stream: final() gives no bytes, it completes the tag.
    cipher.final();
    plaintext.fill(0, 0, length);
    const sealed = Buffer.allocUnsafe(NONCE_BYTES + length + TAG_BYTES);
    sealed.set(nonce, 0);
    sealed.set(ciphertext, NONCE_BYTES);
    sealed.set(cipher.getAuthTag(), NONCE_BYTES + length);
    return sealed;
  };
}

/**
 * @throws LedgerError `internal` if the key is wrong, the bytes were changed, or they belong to another event
 */
export function unsealOpening(dataKey: DataKey, idBytes: Uint8Array, sealed: Uint8Array): UnsealedOpening {
  const body = sealed.length - TAG_BYTES;
  if (body < NONCE_BYTES + SALT_BYTES)
    throw new LedgerError('internal', 'A sealed opening is cut short; restore the row from a backup.');
  try {
    const decipher = createDecipheriv(ALGORITHM, cipherKey(dataKey), sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(idBytes);
    decipher.setAuthTag(sealed.subarray(body));
    const opened = decipher.update(sealed.subarray(NONCE_BYTES, body));
    decipher.final();
    return {
      salt: new Uint8Array(opened.subarray(0, SALT_BYTES)),
      canonicalEnvelope: new Uint8Array(opened.subarray(SALT_BYTES)),
    };
  } catch (cause) {
    throw new LedgerError(
      'internal',
      'A sealed opening cannot be authenticated: wrong data key, or the row was changed.',
      { cause },
    );
  }
}
