/** Is this content the one that the entry committed to? @module */
import { decodeBase64, encodeBase64 } from '../canonical/base64.ts';
import { utf8Encode } from '../canonical/bytes.ts';
import { canonicalBytes, canonicalize } from '../canonical/jcs.ts';
import type { Entry, JsonObject, JsonValue, Primitives } from '../types.ts';
import type { UncheckedOpening } from './read-bundle.ts';

const SALT_SIZE = 32;
const RECORDED_AT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;

function isSameList(value: JsonValue | undefined, list: readonly string[]): boolean {
  return canonicalize(value ?? []) === canonicalize([...list]);
}

function modelDigest({ sha256 }: Primitives, model: JsonValue | undefined): string | undefined {
  return model === undefined ? undefined : encodeBase64(sha256(canonicalBytes(model)));
}

/** What the envelope and the entry both state has to be the same. */
function envelopeFault(primitives: Primitives, envelope: JsonObject, entry: Entry): string | undefined {
  if (envelope['id'] !== entry.id) return 'The content has another id than the entry.';
  if (envelope['type'] !== entry.type) return 'The content is of another type than the entry.';
  if (!isSameList(envelope['refs'], entry.refs ?? [])) return 'The content refers to other events than the entry.';
  if (modelDigest(primitives, envelope['model']) !== entry.model) {
    return 'The content names another model than the entry.';
  }
  const recordedAt = envelope['recordedAt'];
  if (typeof recordedAt !== 'string' || !RECORDED_AT.test(recordedAt)) {
    return 'The content lacks the time at which the log recorded it.';
  }
  return undefined;
}

/**
 * What is wrong with the opening, as a sentence, or `undefined` if the commitment of the entry is exactly
 * HMAC-SHA-256(salt, canonical envelope) and both state the same.
 */
export function openingFault(
  primitives: Primitives,
  { envelope, salt }: UncheckedOpening,
  entry: Entry,
): string | undefined {
  const key = decodeBase64(salt);
  if (key?.length !== SALT_SIZE) return 'The salt is not base64 of 32 bytes.';
  const commitment = primitives.hmacSha256(key, utf8Encode(canonicalize(envelope)));
  if (encodeBase64(commitment) !== entry.commitment)
    return 'The content or the salt is not what the entry committed to.';
  return envelopeFault(primitives, envelope, entry);
}
