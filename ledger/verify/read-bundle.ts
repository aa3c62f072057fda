/** The shape of a bundle. @module */
import { parseStrictJson, parseStrictJsonBytes, type JsonLimits } from '../canonical/strict-json.ts';
import type { AnchorEvidence, JsonObject, JsonValue, ProofJson } from '../types.ts';
import { readAnchor } from './read-anchor.ts';
import { readObject, readPosition, readProof, readString, unusable } from './read-members.ts';

/** An opening whose shape alone was checked. */
export interface UncheckedOpening {
  readonly envelope: JsonObject;
  readonly salt: string;
}

export interface UncheckedErasure {
  readonly event: string;
  readonly index: number;
  readonly entry: string;
  readonly proof: ProofJson;
  readonly opening?: UncheckedOpening;
}

/** A bundle whose shape alone was checked: members and their JSON types. */
export interface UncheckedBundle {
  readonly entry: string;
  readonly proof: ProofJson;
  readonly checkpoint: string;
  readonly key: string;
  readonly opening?: UncheckedOpening;
  readonly erasure?: UncheckedErasure;
  readonly anchor: AnchorEvidence | null;
}

/** An envelope has at most 4 MiB, an entry 64 KiB as base64; evidence with its block about 1 MiB. */
const BUNDLE_LIMITS: JsonLimits = { maxBytes: 8 * 1024 * 1024, maxDepth: 64, plainSpelling: true };

const RECEIPT_HINT =
  'it is a receipt, which names no key; fetch the bundle of its event (GET /v1/events/{id}/proof), and verify that';

/** The answer to a post, saved as it came: an easy mistake to make, and to explain. */
function isReceipt(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const has = (name: string): boolean => Object.hasOwn(value, name);
  return !has('format') && ['id', 'index', 'entry', 'proof', 'checkpoint'].every(has);
}

function readOpening(value: JsonValue | undefined, pointer: string): UncheckedOpening | undefined {
  if (value === undefined) return undefined;
  const members = readObject(value, pointer, ['envelope', 'salt']);
  const envelope = members['envelope'];
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) {
    throw unusable('an object is expected', `${pointer}/envelope`);
  }
  return { envelope, salt: readString(members['salt'], `${pointer}/salt`) };
}

function readErasure(value: JsonValue | undefined): UncheckedErasure | undefined {
  if (value === undefined) return undefined;
  const members = readObject(value, '/erasure', ['event', 'index', 'entry', 'proof'], ['opening']);
  const opening = readOpening(members['opening'], '/erasure/opening');
  return {
    event: readString(members['event'], '/erasure/event'),
    index: readPosition(members['index'], '/erasure/index'),
    entry: readString(members['entry'], '/erasure/entry'),
    proof: readProof(members['proof'], '/erasure/proof'),
    ...(opening !== undefined && { opening }),
  };
}

/**
 * Reads a bundle (attacker-controlled) as far as its shape goes. White space between tokens carries no meaning in JSON;
 * everything else in the file does, and what could be spelled two ways within one flipped bit is refused.
 *
 * @throws LedgerError `verify_unusable` or a `json_…` code, with pointer
 */
export function readBundle(input: string | Uint8Array): UncheckedBundle {
  const value =
    typeof input === 'string' ? parseStrictJson(input, BUNDLE_LIMITS) : parseStrictJsonBytes(input, BUNDLE_LIMITS);
  if (isReceipt(value)) throw unusable(RECEIPT_HINT, '');
  const required = ['format', 'entry', 'proof', 'checkpoint', 'key'];
  const members = readObject(value, '', required, ['opening', 'erasure', 'anchor']);
  if (members['format'] !== 'vericlin-bundle/1') throw unusable('the format is not vericlin-bundle/1', '/format');
  const opening = readOpening(members['opening'], '/opening');
  const erasure = readErasure(members['erasure']);
  return {
    entry: readString(members['entry'], '/entry'),
    proof: readProof(members['proof'], '/proof'),
    checkpoint: readString(members['checkpoint'], '/checkpoint'),
    key: readString(members['key'], '/key'),
    ...(opening !== undefined && { opening }),
    ...(erasure !== undefined && { erasure }),
    anchor: readAnchor(members['anchor'], '/anchor'),
  };
}
