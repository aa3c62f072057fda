/**
 * Keyed blind indexes: HMAC-SHA-256 (RFC 2104) of domain ‖ 0x00 ‖ value under the log's index key. Equal values can be
 * found, nothing can be read back, and values of different domains never match.
 *
 * @module
 */
import { createHmac } from 'node:crypto';

export type BlindDomain = 'subject' | 'encounter' | 'actor' | 'model' | 'model_version';

export interface BlindIndex {
  /** All 32 bytes: the link of a subject. */
  readonly full: (domain: BlindDomain, value: string) => Uint8Array;
  /** Cut to 16 bytes: enough to find rows by. */
  readonly short: (domain: BlindDomain, value: string) => Uint8Array;
}

/** Values that repeat (actors, models) are kept, so that they cost one look-up. */
const REMEMBERED = 10_000;

/** @param key 32 bytes */
export function createBlindIndex(key: Uint8Array): BlindIndex {
  const remembered = new Map<string, Uint8Array>();
  function full(domain: BlindDomain, value: string): Uint8Array {
    return createHmac('sha256', key).update(`${domain}\0${value}`, 'utf8').digest();
  }
  function short(domain: BlindDomain, value: string): Uint8Array {
    const id = `${domain}\0${value}`;
    const known = remembered.get(id);
    if (known !== undefined) return known;
    const blind = full(domain, value).subarray(0, 16);
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(id, blind);
    return blind;
  }
  return { full, short };
}
