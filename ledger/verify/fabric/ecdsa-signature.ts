/** ECDSA P-256 signatures: DER as X.509 and Fabric write them, r ‖ s as {@link Primitives} take them. @module */
import { decodeHex, encodeHex } from '../../canonical/base64.ts';

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const SCALAR_SIZE = 32;
/** Order of P-256 (FIPS 186-5). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Content of an INTEGER that is positive and in its shortest form, without the leading zero. */
function magnitudeOf(digits: Uint8Array): Uint8Array | undefined {
  const [first = 0x80, second = 0] = digits;
  // A leading zero is there exactly where the number would be negative without, and nothing is negative.
  if (first >= 0x80 || (first === 0 && second < 0x80)) return undefined;
  return first === 0 ? digits.subarray(1) : digits;
}

/** The INTEGER at `at` as 32 bytes, and where it ends. */
function readScalar(der: Uint8Array, at: number): { scalar: Uint8Array; end: number } | undefined {
  const end = at + 2 + (der[at + 1] ?? 0);
  if (der[at] !== INTEGER || end > der.length) return undefined;
  const magnitude = magnitudeOf(der.subarray(at + 2, end));
  if (magnitude === undefined || magnitude.length > SCALAR_SIZE) return undefined;
  const scalar = new Uint8Array(SCALAR_SIZE);
  scalar.set(magnitude, SCALAR_SIZE - magnitude.length);
  return { scalar, end };
}

/** r ‖ s of a signature in DER (attacker-controlled), or `undefined` unless it is written in the one form that DER has. */
export function readEcdsaSignature(der: Uint8Array): Uint8Array | undefined {
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2 || der.length >= 0x80) return undefined;
  const r = readScalar(der, 2);
  const s = r === undefined ? undefined : readScalar(der, r.end);
  if (r === undefined || s?.end !== der.length) return undefined;
  const signature = new Uint8Array(2 * SCALAR_SIZE);
  signature.set(r.scalar);
  signature.set(s.scalar, SCALAR_SIZE);
  return signature;
}

function scalarS(signature: Uint8Array): bigint {
  return BigInt(`0x${encodeHex(signature.subarray(SCALAR_SIZE))}`);
}

/** s <= n / 2: of the two forms of a signature, Fabric takes this one alone. */
export function isLowS(signature: Uint8Array): boolean {
  return scalarS(signature) <= ORDER / 2n;
}

/** The same signature with low s. CAs sign certificates without caring. */
export function toLowS(signature: Uint8Array): Uint8Array {
  const s = scalarS(signature);
  if (s <= ORDER / 2n || s > ORDER) return signature;
  const low = new Uint8Array(signature);
  const digits = decodeHex((ORDER - s).toString(16).padStart(2 * SCALAR_SIZE, '0'));
  if (digits !== undefined) low.set(digits, SCALAR_SIZE);
  return low;
}
