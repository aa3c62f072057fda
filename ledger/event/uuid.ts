/** UUID text and bytes (RFC 9562 §4). @module */

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const NOT_HEX = 255;
/** Value of a character as a hex digit. */
const NIBBLE = new Uint8Array(128).fill(NOT_HEX);
for (let value = 0; value < 16; value++) {
  NIBBLE[value.toString(16).charCodeAt(0)] = value;
  NIBBLE[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}
const DASH = 45;
const isDash = (at: number): boolean => at === 8 || at === 13 || at === 18 || at === 23;

/**
 * The UUID in lower case, or `undefined` unless `text` has the RFC 9562 form (any version, any case).
 * Allocates nothing when the text is in lower case already.
 */
export function normalizeUuid(text: string): string | undefined {
  if (text.length !== 36) return undefined;
  let hasUpper = false;
  for (let at = 0; at < 36; at++) {
    const code = text.charCodeAt(at);
    if (isDash(at)) {
      if (code !== DASH) return undefined;
    } else if (code > 127 || NIBBLE[code] === NOT_HEX) {
      return undefined;
    } else if (code > 64 && code < 71) {
      hasUpper = true;
    }
  }
  return hasUpper ? text.toLowerCase() : text;
}

/** 16 bytes of a UUID that {@link normalizeUuid} has accepted; what other text gives is unspecified. */
export function uuidToBytes(uuid: string): Uint8Array {
  const bytes = new Uint8Array(16);
  let at = 0;
  for (let i = 0; i < 16; i++) {
    if (isDash(at)) at++;
    bytes[i] = ((NIBBLE[uuid.charCodeAt(at)] ?? 0) << 4) | (NIBBLE[uuid.charCodeAt(at + 1)] ?? 0);
    at += 2;
  }
  return bytes;
}

/** Where a dash stands before the byte. */
const startsGroup = (byte: number): boolean => byte === 4 || byte === 6 || byte === 8 || byte === 10;

/** Lower-case text of 16 bytes. @throws RangeError for any other length (a programming error) */
export function uuidFromBytes(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new RangeError('A UUID has 16 bytes.');
  let text = '';
  for (let i = 0; i < 16; i++) {
    if (startsGroup(i)) text += '-';
    text += HEX[bytes[i] as number] as string;
  }
  return text;
}
