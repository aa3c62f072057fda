import type { InclusionProof, ProofJson } from './types.ts';

/** A proof as JSON: hashes in base64. */
export function proofJson({ index, size, hashes }: InclusionProof): ProofJson {
  return { index, size, hashes: hashes.map((hash) => Buffer.from(hash).toString('base64')) };
}
