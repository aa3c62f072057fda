/** Inclusion in the checkpoint's tree. @module */
import { decodeBase64 } from '../canonical/base64.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { verifyInclusion } from '../merkle/verify-proof.ts';
import type { InclusionProof, ProofJson, Sha256 } from '../types.ts';

/** The proof with its hashes as bytes; `undefined` if one is not base64. */
export function decodeProof({ index, size, hashes }: ProofJson): InclusionProof | undefined {
  const decoded: Uint8Array[] = [];
  for (const text of hashes) {
    const hash = decodeBase64(text);
    if (hash === undefined) return undefined;
    decoded.push(hash);
  }
  return { index, size, hashes: decoded };
}

/** What is wrong with the proof, as a sentence, or `undefined` if it leads from the leaf hash to the checkpoint's root. */
export function proofFault(
  sha256: Sha256,
  proof: InclusionProof | undefined,
  leafHash: Uint8Array,
  checkpoint: Checkpoint,
): string | undefined {
  if (proof === undefined) return 'A hash of the proof is not base64.';
  if (proof.size !== checkpoint.size) return 'The proof is for another size of the log than the checkpoint states.';
  if (!verifyInclusion(sha256, proof, leafHash, checkpoint.root)) {
    return 'The proof does not lead from the entry to the root that the checkpoint states.';
  }
  return undefined;
}
