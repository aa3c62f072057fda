import { readFile } from 'node:fs/promises';
import { formatVerifierKey } from '../../ledger/checkpoint/key.ts';
import type { JsonObject } from '../../ledger/types.ts';
import { OUTCOME_EXIT_CODES } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure, unusable } from '../failure.ts';
import { readPinnedKeys } from '../pinned-keys.ts';
import { createFileVerifier, type FileVerification } from '../verify/evidence-file.ts';

/** What a bundle says was recorded, after the bundle was checked. */
export interface RecordedEvent {
  readonly id: string;
  readonly type: string;
  readonly payload: JsonObject;
  readonly isKeyPinned: boolean;
}

/**
 * The content of a bundle that holds what it claims.
 * @throws CommandFailure exit 1 where the bundle is invalid, exit 2 where it is none or carries no content
 */
export async function readRecord(path: string, keys: readonly string[]): Promise<RecordedEvent> {
  const pinned = await readPinnedKeys(keys, nodePrimitives.sha256);
  const verify = await createFileVerifier({ pinnedKeys: pinned.map(formatVerifierKey), refuseUnchecked: false });
  const verification = verify(path);
  if (OUTCOME_EXIT_CODES[verification.outcome] === EXIT.failed) throw invalid(path, verification);
  if (verification.outcome === 'unusable') throw unusable(`${path}: ${whyOf(verification)}`);
  const envelope = await envelopeOf(path);
  const [payload, type] = [envelope?.['payload'], envelope?.['type']];
  if (envelope === undefined || typeof type !== 'string' || !isObject(payload))
    throw withoutContent(path, verification);
  const { id = '', isKeyPinned = false } = verification.facts;
  return { id, type, payload, isKeyPinned };
}

function whyOf({ checks }: FileVerification): string {
  return checks
    .filter((check) => check.status === 'failed')
    .map((check) => check.detail)
    .join(' ');
}

function invalid(path: string, verification: FileVerification): CommandFailure {
  return new CommandFailure(EXIT.failed, `${path} is not what it claims to be: ${whyOf(verification)}`, {
    code: 'bundle_invalid',
    next: `\`vericlin verify ${path}\` says more.`,
  });
}

function withoutContent(path: string, { outcome }: FileVerification): CommandFailure {
  const isErased = outcome === 'valid_erased';
  return new CommandFailure(EXIT.unusable, `${path} carries no content to compute again`, {
    code: isErased ? 'content_erased' : 'opening_missing',
    next: isErased
      ? 'The content was lawfully erased.'
      : 'Fetch the bundle with its opening: vericlin events proof <id> --opening --out <file>.',
  });
}

/** The opening was verified with the rest: the envelope is what the entry commits to. */
async function envelopeOf(path: string): Promise<JsonObject | undefined> {
  const bundle: unknown = JSON.parse(await readFile(path, 'utf8'));
  const opening = isObject(bundle) ? bundle['opening'] : undefined;
  const envelope = isObject(opening) ? opening['envelope'] : undefined;
  return isObject(envelope) ? envelope : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
