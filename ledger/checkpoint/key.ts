/** C2SP signed-note verifier keys (vkeys). @module */
import { decodeBase64, decodeHex, encodeBase64, encodeHex } from '../canonical/base64.ts';
import { concatBytes, copyBytes, isWellFormed, utf8Encode } from '../canonical/bytes.ts';
import { LedgerError } from '../errors.ts';
import type { Sha256 } from '../types.ts';

/** Ed25519 over the note text: how a log signs. */
export const ED25519_TYPE = 0x01;
/** Ed25519 cosignature/v1 with a time: how a witness signs (C2SP tlog-cosignature). */
export const COSIGNATURE_TYPE = 0x04;
export type KeyType = typeof ED25519_TYPE | typeof COSIGNATURE_TYPE;

/** A verifier key. `name` and `keyId` together identify it on a signature line. */
export interface VerifierKey {
  readonly name: string;
  /** Lower-case hex of the 4-byte key ID. */
  readonly keyId: string;
  readonly type: KeyType;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** A key that signs notes. `sign` is Ed25519 (RFC 8032); it holds the private key, which never enters the pure core. */
export interface NoteSigner {
  readonly key: VerifierKey;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** One signature line. `signature` is what follows the key ID. */
export interface NoteSignature {
  readonly name: string;
  /** Lower-case hex of 4 bytes. */
  readonly keyId: string;
  readonly signature: Uint8Array;
}

const NEWLINE = 0x0a;
const PUBLIC_KEY_SIZE = 32;

/** C2SP signed-note: non-empty, no Unicode space, no `+`; control characters are barred from notes as a whole. */
export function isKeyName(name: string): boolean {
  return name !== '' && !/[\s+\p{Cc}]/u.test(name) && isWellFormed(name);
}

/** SHA-256(name ‖ 0x0A ‖ type ‖ publicKey)[:4], lower-case hex. */
export function keyIdOf(sha256: Sha256, name: string, type: KeyType, publicKey: Uint8Array): string {
  const hash = sha256(concatBytes(utf8Encode(name), Uint8Array.of(NEWLINE, type), publicKey));
  return encodeHex(hash.subarray(0, 4));
}

/**
 * A verifier key of a name and a raw Ed25519 public key.
 * @throws LedgerError `invalid_value` on a name that notes cannot carry, or a key that is not 32 bytes
 */
export function newVerifierKey(sha256: Sha256, name: string, type: KeyType, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw new LedgerError('invalid_value', 'A key name has no spaces, no "+" and is not empty.');
  if (publicKey.length !== PUBLIC_KEY_SIZE) throw new LedgerError('invalid_value', 'An Ed25519 key has 32 bytes.');
  return { name, keyId: keyIdOf(sha256, name, type, publicKey), type, publicKey: copyBytes(publicKey) };
}

/** `name+hex8(keyID)+base64(type ‖ publicKey)`. */
export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${key.keyId}+${encodeBase64(concatBytes(Uint8Array.of(key.type), key.publicKey))}`;
}

function unusable(reason: string): LedgerError {
  return new LedgerError('verify_unusable', `Not a usable verifier key: ${reason}.`);
}

/**
 * Reads a vkey (attacker-controlled): strict in every byte, and the key ID must be the one that follows from the rest.
 * @throws LedgerError `verify_unusable`
 */
export function parseVerifierKey(sha256: Sha256, vkey: string): VerifierKey {
  const first = vkey.indexOf('+');
  const second = vkey.indexOf('+', first + 1);
  if (first === -1 || second === -1) throw unusable('it has the form name+keyid+base64');
  const name = vkey.slice(0, first);
  const keyId = vkey.slice(first + 1, second);
  if (!isKeyName(name)) throw unusable('the name is empty or has spaces');
  if (decodeHex(keyId)?.length !== 4) throw unusable('the key ID is 8 lower-case hex digits');
  const { type, publicKey } = parseTypedKey(vkey.slice(second + 1));
  if (keyIdOf(sha256, name, type, publicKey) !== keyId) throw unusable('the key ID does not belong to the key');
  return { name, keyId, type, publicKey };
}

function parseTypedKey(encoded: string): Pick<VerifierKey, 'type' | 'publicKey'> {
  const bytes = decodeBase64(encoded);
  if (bytes?.length !== 1 + PUBLIC_KEY_SIZE) throw unusable('the key is base64 of a type byte and 32 bytes');
  const type = bytes[0];
  if (type !== ED25519_TYPE && type !== COSIGNATURE_TYPE) throw unusable('its type is not one of 01 and 04');
  return { type, publicKey: copyBytes(bytes.subarray(1)) };
}

/** Whether two keys are the same in every part. */
export function isSameKey(a: VerifierKey, b: VerifierKey): boolean {
  return formatVerifierKey(a) === formatVerifierKey(b);
}
