/**
 * A frontier as bytes: `uint64-BE size ‖ 32 bytes for each perfect subtree, largest first`. This is what the chaincode
 * keeps of a log, and what a verifier of a transaction finds in its write set.
 *
 * @module
 */
import { LedgerError } from '../errors.ts';
import type { Frontier } from './compact-range.ts';
import { HASH_SIZE } from './hash.ts';

const SIZE_BYTES = 8;

/** @throws LedgerError `invalid_value` unless the size is a safe integer; the roots are not looked at */
export function encodeFrontier({ size, roots }: Frontier): Uint8Array {
  if (!Number.isSafeInteger(size) || size < 0) throw new LedgerError('invalid_value', 'The size is out of range.');
  const bytes = new Uint8Array(SIZE_BYTES + roots.length * HASH_SIZE);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size));
  roots.forEach((root, at) => {
    bytes.set(root, SIZE_BYTES + at * HASH_SIZE);
  });
  return bytes;
}

/**
 * The roots are views of `bytes`. Whether their number fits the size is `CompactRange.fromFrontier`'s to say.
 * @throws LedgerError `invalid_value` unless the bytes are a size below 2^53 and whole hashes
 */
export function decodeFrontier(bytes: Uint8Array): Frontier {
  if (bytes.length < SIZE_BYTES || (bytes.length - SIZE_BYTES) % HASH_SIZE !== 0) {
    throw new LedgerError('invalid_value', 'A frontier is a size and whole hashes.');
  }
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset, SIZE_BYTES).getBigUint64(0));
  if (!Number.isSafeInteger(size)) throw new LedgerError('invalid_value', 'The size is out of range.');
  const roots: Uint8Array[] = [];
  for (let at = SIZE_BYTES; at < bytes.length; at += HASH_SIZE) roots.push(bytes.subarray(at, at + HASH_SIZE));
  return { size, roots };
}
