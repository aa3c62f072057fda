/**
 * Keyed blind indexes: HMAC-SHA-256 (RFC 2104) of domain ‖ 0x00 ‖ value under the log's index key. Equal values can be
 * found, nothing can be read back, and values of different domains never match.
 *
 * @module
 */
import { createHmac, hash } from 'node:crypto';

export type BlindDomain = 'subject' | 'encounter' | 'actor' | 'model' | 'model_version';

export interface BlindIndex {
  /** All 32 bytes: the link of a subject. */
  readonly full: (domain: BlindDomain, value: string) => Uint8Array;
  /** Cut to 16 bytes: enough to find rows by. */
  readonly short: (domain: BlindDomain, value: string) => Uint8Array;
}

/** Values that repeat (actors, models) are kept, so that they cost one look-up. */
const REMEMBERED = 10_000;
/** Hardly any value repeats in these. */
const UNIQUE: ReadonlySet<BlindDomain> = new Set(['subject', 'encounter']);

const BLOCK = 64;
const DIGEST = 32;
const MAX_SHARED_UNITS = 1_000;
const UTF8_MAX = 3;

/** HMAC by its definition over one-shot hashes: half the cost of `createHmac` at these lengths. */
function createPrf(key: Uint8Array): (message: string) => Uint8Array {
  const inner = Buffer.alloc(BLOCK + MAX_SHARED_UNITS * UTF8_MAX, 0x36);
  const outer = Buffer.alloc(BLOCK + DIGEST, 0x5c);
  for (const [at, byte] of key.entries()) {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  return (message) => {
    if (message.length > MAX_SHARED_UNITS) return createHmac('sha256', key).update(message, 'utf8').digest();
    const end = BLOCK + inner.write(message, BLOCK, 'utf8');
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), BLOCK, 'latin1');
    inner.fill(0, BLOCK, end);
    return Buffer.from(hash('sha256', outer, 'binary'), 'latin1');
  };
}

/** @param key 32 bytes */
export function createBlindIndex(key: Uint8Array): BlindIndex {
  const remembered = new Map<string, Uint8Array>();
  const prf = createPrf(key);
  function full(domain: BlindDomain, value: string): Uint8Array {
    return prf(`${domain}\0${value}`);
  }
  function short(domain: BlindDomain, value: string): Uint8Array {
    if (UNIQUE.has(domain)) return full(domain, value).subarray(0, 16);
    const id = `${domain}\0${value}`;
    const known = remembered.get(id);
    if (known !== undefined) return known;
    const blind = prf(id).subarray(0, 16);
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(id, blind);
    return blind;
  }
  return { full, short };
}
