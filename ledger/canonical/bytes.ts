/** Byte operations that run anywhere. @module */
import { LedgerError } from '../errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 of `text`. Lone surrogates become U+FFFD: refuse them before (canonicalize and parseStrictJson do). */
export function utf8Encode(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * Text of UTF-8 bytes; a byte order mark is kept as U+FEFF.
 * @throws LedgerError `json_not_utf8` on any malformed sequence
 */
export function utf8Decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new LedgerError('json_not_utf8', 'The bytes are not valid UTF-8.', { cause });
  }
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** An independent copy. `slice` would not do: of a Node Buffer it returns a view of the same memory. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** Not constant time: for public values (hashes, roots) alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether the text has no lone surrogate: only such text has a UTF-8 form. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
