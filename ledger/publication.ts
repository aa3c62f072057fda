/**
 * Which checkpoint is shown to the world: the newest one, with the witnesses' cosignatures that are there; with a quorum
 * asked for, the newest that has it. Appends never wait for witnesses.
 *
 * @module
 */
import { parseSignatureLine } from './checkpoint/note.ts';
import { isQuorumMet, type WitnessPolicy } from './checkpoint/policy.ts';
import type { VerifierKey } from './checkpoint/key.ts';

export interface PublishedCheckpoint {
  readonly size: number;
  /** The signed note with cosignature lines. */
  readonly note: string;
}

export interface CosignedCheckpoint extends PublishedCheckpoint {
  /** Cosignature lines, each with its newline. */
  readonly lines: readonly string[];
}

/** The cosigned checkpoints, newest first, at most a few. */
export type FindCosigned = () => Promise<readonly CosignedCheckpoint[]>;

function cosigners(policy: WitnessPolicy, lines: readonly string[]): readonly VerifierKey[] {
  const keys: VerifierKey[] = [];
  for (const line of lines) {
    const { name, keyId } = parseSignatureLine(line.trimEnd());
    const witness = policy.witnesses.find(({ key }) => key.name === name && key.keyId === keyId);
    if (witness !== undefined) keys.push(witness.key);
  }
  return keys;
}

function withLines({ size, note, lines }: CosignedCheckpoint): PublishedCheckpoint {
  return { size, note: note + lines.join('') };
}

/**
 * @param newest the newest committed checkpoint
 * @returns the newest checkpoint that meets the policy; before any does, the newest there is
 */
export async function choosePublished(
  newest: PublishedCheckpoint,
  policy: WitnessPolicy | undefined,
  findCosigned: FindCosigned,
): Promise<PublishedCheckpoint> {
  if (policy === undefined) return newest;
  const cosigned = await findCosigned();
  if (isQuorumMet(policy, [])) {
    const own = cosigned.find(({ size }) => size === newest.size);
    return own === undefined ? newest : withLines(own);
  }
  const best = cosigned.find(({ lines }) => isQuorumMet(policy, cosigners(policy, lines)));
  return best === undefined ? newest : withLines(best);
}
