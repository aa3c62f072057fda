/** The name of a log on a chain. @module */
import { encodeHex } from '../canonical/base64.ts';
import { utf8Encode } from '../canonical/bytes.ts';
import type { Sha256 } from '../types.ts';

/** Log names that the chaincode takes. */
export const CHAIN_LOG_NAME = /^[a-z0-9-]{1,64}$/;

const MAX_SLUG = 40;
const DIGEST_HEX = 20;

/**
 * Origin, made readable, and 80 bits of SHA-256 of the vkey: two logs never share a name, and one log has exactly one, so
 * that a verifier who pins the vkey knows which history on the chain is meant.
 *
 * @param vkey C2SP verifier key of the log
 */
export function chainLogName(sha256: Sha256, vkey: string): string {
  const slug = (vkey.split('+')[0] ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, MAX_SLUG)
    .replace(/-+$/, '');
  const digest = encodeHex(sha256(utf8Encode(vkey))).slice(0, DIGEST_HEX);
  return slug === '' ? digest : `${slug}-${digest}`;
}
