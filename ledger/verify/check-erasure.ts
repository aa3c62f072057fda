/** Does the log record that the content was erased? @module */
import { decodeBase64 } from '../canonical/base64.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { Entry, JsonObject, Primitives } from '../types.ts';
import { checkEntry, isLowerCaseUuid } from './check-entry.ts';
import { openingFault } from './check-opening.ts';
import { decodeProof, proofFault } from './check-proof.ts';
import type { UncheckedErasure } from './read-bundle.ts';

function payloadFault(envelope: JsonObject): string | undefined {
  const payload = envelope['payload'];
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  if (!isObject || !isLowerCaseUuid(payload['pseudonym'])) return 'The erasure record names no pseudonym.';
  const count = payload['erasedEvents'];
  const isCount = Number.isSafeInteger(count) && (count as number) >= 0;
  return isCount ? undefined : 'The erasure record does not say how many events it erased.';
}

function statementFault(erasure: UncheckedErasure, entry: Entry, index: number): string | undefined {
  if (entry.type !== 'key_shredded') return 'The entry given as the erasure record is not one.';
  if (entry.id !== erasure.event) return 'The erasure record has another id than the file states.';
  if (erasure.index !== erasure.proof.index)
    return 'The erasure record is proven at another index than the file states.';
  if (erasure.index <= index) return 'The erasure record stands before the entry, so it cannot be about it.';
  return undefined;
}

function recordFault(primitives: Primitives, erasure: UncheckedErasure, entry: Entry): string | undefined {
  if (erasure.opening === undefined) return undefined;
  return openingFault(primitives, erasure.opening, entry) ?? payloadFault(erasure.opening.envelope);
}

/**
 * What is wrong with the erasure, as a sentence, or `undefined` if a `key_shredded` entry stands in the log of the same
 * checkpoint, after the entry at `index`, and its opening, where given, fits.
 *
 * It proves that the log recorded an erasure then and there. That the entry at `index` was about the subject whose key was
 * destroyed is the operator's statement: entries name no subject, so nobody outside can check it.
 */
export function erasureFault(
  primitives: Primitives,
  erasure: UncheckedErasure,
  index: number,
  checkpoint: Checkpoint,
): string | undefined {
  const checked = checkEntry(primitives.sha256, decodeBase64(erasure.entry));
  if (checked.kind === 'not_entry') return `The entry of the erasure record ${checked.reason}.`;
  return (
    statementFault(erasure, checked.entry, index) ??
    proofFault(primitives.sha256, decodeProof(erasure.proof), checked.leafHash, checkpoint) ??
    recordFault(primitives, erasure, checked.entry)
  );
}
