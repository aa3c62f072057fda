/** UUIDs as 16 bytes, the way the store keeps them. @module */

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The lower-case text form (RFC 9562 §4) of 16 bytes. */
export function uuidText(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < 16; at += 1) {
    if (at === 4 || at === 6 || at === 8 || at === 10) text += '-';
    text += HEX[bytes[at] ?? 0] ?? '';
  }
  return text;
}

/** The 16 bytes of a UUID's text form. The caller has checked the form. */
export function uuidBytes(text: string): Uint8Array {
  return Buffer.from(text.replaceAll('-', ''), 'hex');
}
