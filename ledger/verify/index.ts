/**
 * Offline verification of what a log hands out. Pure: no I/O, no clock, no Node module; the primitives are passed in, so
 * the same code runs in a browser (`noble-primitives.ts`) and on Node (`node-primitives.ts`).
 *
 * @module
 */
import type { Verification } from './verification.ts';
import { createVerifier, type VerifierOptions } from './verifier.ts';

export { CHECK_NAMES, OUTCOME_EXIT_CODES } from './verification.ts';
export type { AnchorFacts, Check, CheckName, FabricSigner, Facts, Outcome, Verification } from './verification.ts';
export { createVerifier } from './verifier.ts';
export type { Verifier, VerifierOptions } from './verifier.ts';

/**
 * Verifies one bundle: JSON text or UTF-8 bytes. For many, {@link createVerifier} is faster.
 * @throws LedgerError `verify_unusable` if a pinned key is malformed
 */
export function verifyBundle(input: string | Uint8Array, options: VerifierOptions): Verification {
  return createVerifier(options).verifyBundle(input);
}

/**
 * Verifies one C2SP tlog-proof, about `entry` or the entry in its `extra` line.
 * @throws LedgerError `verify_unusable` if a pinned key is malformed
 */
export function verifyTlogProof(
  input: string | Uint8Array,
  entry: Uint8Array | undefined,
  options: VerifierOptions,
): Verification {
  return createVerifier(options).verifyTlogProof(input, entry);
}
