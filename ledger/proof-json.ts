import type { ConsistencyJson, ConsistencyProof, InclusionProof, ProofJson } from './types.ts';

const toBase64 = (hashes: readonly Uint8Array[]): string[] =>
  hashes.map((hash) => Buffer.from(hash).toString('base64'));

/** A proof as JSON: hashes in base64. */
export function proofJson({ index, size, hashes }: InclusionProof): ProofJson {
  return { index, size, hashes: toBase64(hashes) };
}

/** A consistency proof as JSON: hashes in base64. */
export function consistencyJson({ from, to, hashes }: ConsistencyProof): ConsistencyJson {
  return { from, to, hashes: toBase64(hashes) };
}
