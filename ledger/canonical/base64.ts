/**
 * Strict base64 (RFC 4648 §4, padding required, unused bits zero) and lower-case hex. One text per value, so that
 * every character of a bundle matters. Runs in browsers and on Node.
 *
 * @module
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const INVALID = 255;

const SEXTET = new Uint8Array(128).fill(INVALID);
for (let i = 0; i < 64; i++) SEXTET[ALPHABET.charCodeAt(i)] = i;

/** Two characters for each 12 bits: half the concatenations of a plain table. */
const PAIRS: readonly string[] = Array.from(
  { length: 4096 },
  (_, i) => ALPHABET.charAt(i >> 6) + ALPHABET.charAt(i & 63),
);

interface NativeBase64 {
  from: (buffer: ArrayBufferLike, offset: number, length: number) => { toString: (encoding: 'base64') => string };
}
const native = (globalThis as { Buffer?: NativeBase64 }).Buffer;

function sextet(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? (SEXTET[code] as number) : INVALID;
}

/** Base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  if (native !== undefined && bytes.length > 12) {
    return native.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  }
  let text = '';
  let i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const word = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    text += (PAIRS[word >> 12] as string) + (PAIRS[word & 4095] as string);
  }
  if (i === bytes.length) return text;
  const word = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8);
  const last = i + 1 < bytes.length ? ALPHABET.charAt((word >> 6) & 63) : '=';
  return `${text}${PAIRS[word >> 12] as string}${last}=`;
}

function paddingOf(text: string): number {
  if (!text.endsWith('=')) return 0;
  return text.endsWith('==') ? 2 : 1;
}

/** The bytes, or `undefined` unless `text` is exactly what {@link encodeBase64} writes for them. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const length = text.length;
  if (length % 4 !== 0) return undefined;
  const padding = paddingOf(text);
  const whole = padding === 0 ? length : length - 4;
  const bytes = new Uint8Array((length / 4) * 3 - padding);
  let out = 0;
  let seen = 0;
  for (let i = 0; i < whole; i += 4) {
    const a = sextet(text, i);
    const b = sextet(text, i + 1);
    const c = sextet(text, i + 2);
    const d = sextet(text, i + 3);
    seen |= a | b | c | d;
    bytes[out++] = (a << 2) | (b >> 4);
    bytes[out++] = (b << 4) | (c >> 2);
    bytes[out++] = (c << 6) | d;
  }
  // INVALID is the only table value above 63.
  if (seen > 63) return undefined;
  return padding === 0 || decodeLastGroup(text, whole, padding, bytes) ? bytes : undefined;
}

function decodeLastGroup(text: string, at: number, padding: number, bytes: Uint8Array): boolean {
  const a = sextet(text, at);
  const b = sextet(text, at + 1);
  const c = padding === 1 ? sextet(text, at + 2) : 0;
  if ((a | b | c) > 63) return false;
  const unusedBits = padding === 2 ? b & 15 : c & 3;
  if (unusedBits !== 0) return false;
  const out = bytes.length - (3 - padding);
  bytes[out] = (a << 2) | (b >> 4);
  if (padding === 1) bytes[out + 1] = (b << 4) | (c >> 2);
  return true;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** Lower-case hex. */
export function encodeHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte] as string;
  return text;
}

/** The bytes, or `undefined` unless `text` is lower-case hex of whole bytes. */
export function decodeHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
