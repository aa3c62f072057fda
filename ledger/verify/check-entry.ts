/** Is this an entry, and is it written in the one way that the log writes it? @module */
import { decodeBase64 } from '../canonical/base64.ts';
import { utf8Decode } from '../canonical/bytes.ts';
import { canonicalize } from '../canonical/jcs.ts';
import { parseStrictJson, type JsonLimits } from '../canonical/strict-json.ts';
import { hashLeaf } from '../merkle/hash.ts';
import { EVENT_TYPES, type Entry, type JsonObject, type JsonValue, type Sha256 } from '../types.ts';

export interface CheckedEntry {
  readonly entry: Entry;
  readonly leafHash: Uint8Array;
}

/** `reason` completes "The entry …". */
export type EntryCheck =
  ({ readonly kind: 'entry' } & CheckedEntry) | { readonly kind: 'not_entry'; readonly reason: string };

/** DESIGN.md §1, and the uint16 length of a C2SP entry bundle. */
const MAX_ENTRY_BYTES = 65_535;
const ENTRY_LIMITS: JsonLimits = { maxBytes: MAX_ENTRY_BYTES, maxDepth: 2 };
const DIGEST_SIZE = 32;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A UUID in the form that the log writes. */
export function isLowerCaseUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

function isDigest(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && decodeBase64(value)?.length === DIGEST_SIZE;
}

function areRefs(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isLowerCaseUuid);
}

/** What each member has to be. */
const MEMBERS: ReadonlyMap<string, (value: JsonValue | undefined) => boolean> = new Map([
  ['commitment', isDigest],
  ['id', isLowerCaseUuid],
  ['model', (value) => value === undefined || isDigest(value)],
  ['refs', (value) => value === undefined || areRefs(value)],
  ['schema', isDigest],
  ['type', (value) => (EVENT_TYPES as readonly unknown[]).includes(value)],
  ['v', (value) => value === 1],
]);

function isEntry(value: JsonObject): boolean {
  if (!Object.keys(value).every((name) => MEMBERS.has(name))) return false;
  for (const [name, accepts] of MEMBERS) if (!accepts(value[name])) return false;
  return true;
}

function parse(bytes: Uint8Array): { text: string; value: JsonValue } | undefined {
  try {
    const text = utf8Decode(bytes);
    return { text, value: parseStrictJson(text, ENTRY_LIMITS) };
  } catch {
    return undefined;
  }
}

/** Reads entry bytes (attacker-controlled): the members of an {@link Entry}, no others, in RFC 8785 form. */
export function checkEntry(sha256: Sha256, bytes: Uint8Array | undefined): EntryCheck {
  if (bytes === undefined) return { kind: 'not_entry', reason: 'is not base64' };
  const parsed = parse(bytes);
  if (parsed === undefined) return { kind: 'not_entry', reason: 'is not a JSON document that the log could hold' };
  const { text, value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !isEntry(value)) {
    return { kind: 'not_entry', reason: 'does not have the members of an entry' };
  }
  if (canonicalize(value) !== text) return { kind: 'not_entry', reason: 'is not in its canonical form' };
  return { kind: 'entry', entry: value as unknown as Entry, leafHash: hashLeaf(sha256, bytes) };
}
