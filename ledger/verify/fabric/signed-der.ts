/** What a CA signed, in DER (X.690 §10): one encoding and no other. @module */
import { concatBytes, equalBytes } from '../../canonical/bytes.ts';

const SEQUENCE = 0x30;
const BIT_STRING = 0x03;
const NO_UNUSED_BITS = Uint8Array.of(0);
/** AlgorithmIdentifier of ecdsa-with-SHA256, whose parameters are absent (RFC 5758 §3.2). */
const ECDSA_WITH_SHA256 = Uint8Array.of(0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);

function lengthOf(size: number): Uint8Array {
  if (size < 0x80) return Uint8Array.of(size);
  const octets: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 0x100)) octets.unshift(rest % 0x100);
  return Uint8Array.of(0x80 | octets.length, ...octets);
}

function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const size = contents.reduce((all, { length }) => all + length, 0);
  return concatBytes(Uint8Array.of(tag), lengthOf(size), ...contents);
}

/**
 * Whether `der` is the one encoding of a certificate, or revocation list, of these parts. The library reads other tags, lengths
 * and unused bits around what is signed as well; nobody's signature would cover such a change.
 *
 * @param signature DER of the ECDSA signature
 */
export function isSignedDer(der: Uint8Array, tbs: Uint8Array, signature: Uint8Array): boolean {
  const whole = element(SEQUENCE, tbs, ECDSA_WITH_SHA256, element(BIT_STRING, NO_UNUSED_BITS, signature));
  return equalBytes(der, whole);
}
