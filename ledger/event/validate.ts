/**
 * Posted JSON -> {@link Envelope}. Everything here is attacker-controlled until it is returned. Errors name the place
 * by an RFC 6901 pointer of known names and never repeat a value or an unknown name (invariant 5).
 *
 * @module
 */
import { LedgerError, type ErrorCode } from '../errors.ts';
import {
  EVENT_TYPES,
  type Actor,
  type Envelope,
  type EventType,
  type JsonObject,
  type JsonValue,
  type ModelRef,
} from '../types.ts';
import { parseEventTime } from './event-time.ts';
import { MAX_AHEAD_MS, MAX_NAME_CHARS, MAX_REFS, MAX_SHORT_CHARS } from './limits.ts';
import { createPayloadValidator } from './payload-validator.ts';
import { checkRules } from './check-rules.ts';
import { EVENT_RULES } from './rules.ts';
import { normalizeUuid } from './uuid.ts';

export interface ValidateOptions {
  /** The server's clock, ms since 1970: `occurredAt` may be at most 24 h later. */
  readonly nowMs: number;
  /** Makes the id of an event that was posted without one. */
  readonly newId: () => string;
  /** Where the event stands in the body: `''` (default) for the whole, `/3` in a batch. */
  readonly pointer?: string;
  /** Take the types that only the service itself makes. Default: refused with `type_reserved`. */
  readonly serverMade?: boolean;
}

/**
 * Checks one event and returns its envelope: id and refs in lower case, id made where absent, unknown members refused.
 * The payload object is taken over, not copied.
 *
 * @throws LedgerError `unknown_member`, `missing_member`, `wrong_type`, `invalid_value`, `unknown_event_type`,
 *   `type_reserved`, `invalid_id`, `invalid_time`, `invalid_ref`, with the pointer of the place
 */
export type EnvelopeValidator = (value: JsonValue, options: ValidateOptions) => Envelope;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function fail(code: ErrorCode, message: string, pointer: string): never {
  throw new LedgerError(code, message, { pointer });
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const ENVELOPE_MEMBERS = new Set([
  'id',
  'type',
  'occurredAt',
  'subject',
  'encounter',
  'model',
  'actor',
  'refs',
  'payload',
]);
const MODEL_MEMBERS = new Set(['name', 'version', 'digest']);
const ACTOR_MEMBERS = new Set(['id', 'purposeOfUse']);

function refuseUnknown(object: JsonObject, known: ReadonlySet<string>, pointer: string): void {
  for (const name of Object.keys(object)) {
    if (known.has(name)) continue;
    if (name === 'recordedAt')
      fail('unknown_member', 'recordedAt is set by the server; do not post it.', `${pointer}/recordedAt`);
    // The pointer stops at the parent: the name itself may be PHI.
    fail('unknown_member', 'The object has a member that is not defined here; put own data into payload.', pointer);
  }
}

const CONTROL = /\p{Cc}/u;

/** Whether `text` has 1..`max` code points and no control character. */
function isName(text: string, max: number): boolean {
  const length = text.length;
  if (length === 0 || length > 2 * max) return false;
  if (length > max && Array.from(text).length > max) return false;
  return !CONTROL.test(text);
}

function readName(value: JsonValue, max: number, pointer: string): string {
  if (typeof value !== 'string') return fail('wrong_type', 'The member must be a string.', pointer);
  if (!isName(value, max)) {
    fail('invalid_value', `The member must have 1 to ${max} characters and no control characters.`, pointer);
  }
  return value;
}

function readRequired(object: JsonObject, name: string, pointer: string): JsonValue {
  const value = object[name];
  if (value === undefined) return fail('missing_member', `The member ${name} is missing.`, `${pointer}/${name}`);
  return value;
}

const TYPES: ReadonlySet<string> = new Set(EVENT_TYPES);

function readType(value: JsonValue, options: ValidateOptions, pointer: string): EventType {
  if (typeof value !== 'string') return fail('wrong_type', 'type must be a string.', pointer);
  if (!TYPES.has(value))
    return fail('unknown_event_type', 'type is none of the event types; see GET /v1/schemas.', pointer);
  const type = value as EventType;
  if (EVENT_RULES[type].serverMade && options.serverMade !== true) {
    fail('type_reserved', 'Events of this type are made by the service itself and cannot be posted.', pointer);
  }
  return type;
}

function readId(value: JsonValue, pointer: string): string {
  if (typeof value !== 'string') return fail('wrong_type', 'id must be a string.', pointer);
  return normalizeUuid(value) ?? fail('invalid_id', 'id must be a UUID (RFC 9562).', pointer);
}

function readOccurredAt(value: JsonValue, nowMs: number, pointer: string): string {
  if (typeof value !== 'string') return fail('wrong_type', 'occurredAt must be a string.', pointer);
  const millis = parseEventTime(value);
  if (millis === undefined) {
    fail('invalid_time', 'occurredAt must be an existing RFC 3339 time in UTC with Z, years 1900 to 9999.', pointer);
  } else if (millis > nowMs + MAX_AHEAD_MS) {
    fail('invalid_time', 'occurredAt is more than 24 hours ahead of the server; check the clock.', pointer);
  }
  return value;
}

const HEX_SHA256 = /^[0-9a-f]{64}$/;

function readModel(value: JsonValue, pointer: string): ModelRef {
  if (!isObject(value)) return fail('wrong_type', 'model must be an object.', pointer);
  refuseUnknown(value, MODEL_MEMBERS, pointer);
  const name = readName(readRequired(value, 'name', pointer), MAX_NAME_CHARS, `${pointer}/name`);
  const version = readName(readRequired(value, 'version', pointer), MAX_SHORT_CHARS, `${pointer}/version`);
  const digest = value['digest'];
  if (digest === undefined) return { name, version };
  if (typeof digest !== 'string') return fail('wrong_type', 'digest must be a string.', `${pointer}/digest`);
  if (!HEX_SHA256.test(digest))
    fail('invalid_value', 'digest must be a SHA-256 in lower-case hex.', `${pointer}/digest`);
  return { name, version, digest };
}

function readActor(value: JsonValue, pointer: string): Actor {
  if (!isObject(value)) return fail('wrong_type', 'actor must be an object.', pointer);
  refuseUnknown(value, ACTOR_MEMBERS, pointer);
  const id = readName(readRequired(value, 'id', pointer), MAX_NAME_CHARS, `${pointer}/id`);
  const purpose = value['purposeOfUse'];
  if (purpose === undefined) return { id };
  return { id, purposeOfUse: readName(purpose, MAX_SHORT_CHARS, `${pointer}/purposeOfUse`) };
}

function readRef(value: JsonValue, pointer: string): string {
  if (typeof value !== 'string') return fail('wrong_type', 'A ref must be a string.', pointer);
  return normalizeUuid(value) ?? fail('invalid_ref', 'A ref must be the UUID of an event.', pointer);
}

function readRefs(value: JsonValue, id: string, pointer: string): readonly string[] {
  if (!Array.isArray(value)) return fail('wrong_type', 'refs must be an array.', pointer);
  if (value.length > MAX_REFS) fail('invalid_value', `refs may name at most ${MAX_REFS} events.`, pointer);
  const refs = value.map((ref, i) => readRef(ref, `${pointer}/${i}`));
  for (const [i, ref] of refs.entries()) {
    if (ref === id) fail('invalid_ref', 'An event cannot refer to itself.', `${pointer}/${i}`);
    if (refs.indexOf(ref) !== i) fail('invalid_ref', 'refs names an event twice.', `${pointer}/${i}`);
  }
  return refs;
}

function readOptional(value: JsonObject, envelope: Writable<Envelope>, pointer: string): void {
  const { subject, encounter, model, actor, refs } = value;
  if (subject !== undefined) envelope.subject = readName(subject, MAX_NAME_CHARS, `${pointer}/subject`);
  if (encounter !== undefined) envelope.encounter = readName(encounter, MAX_NAME_CHARS, `${pointer}/encounter`);
  if (model !== undefined) envelope.model = readModel(model, `${pointer}/model`);
  if (actor !== undefined) envelope.actor = readActor(actor, `${pointer}/actor`);
  if (refs !== undefined) envelope.refs = readRefs(refs, envelope.id, `${pointer}/refs`);
}

/** The first call in a process compiles the schemas, which takes some hundred milliseconds: make it at start. */
export function createEnvelopeValidator(): EnvelopeValidator {
  const validatePayload = createPayloadValidator();
  return (value, options) => {
    const pointer = options.pointer ?? '';
    if (!isObject(value)) return fail('wrong_type', 'An event must be an object.', pointer);
    refuseUnknown(value, ENVELOPE_MEMBERS, pointer);
    const type = readType(readRequired(value, 'type', pointer), options, `${pointer}/type`);
    const posted = value['id'];
    const id = posted === undefined ? options.newId() : readId(posted, `${pointer}/id`);
    const occurredAt = readOccurredAt(
      readRequired(value, 'occurredAt', pointer),
      options.nowMs,
      `${pointer}/occurredAt`,
    );
    const payload = readRequired(value, 'payload', pointer);
    if (!isObject(payload)) return fail('wrong_type', 'payload must be an object.', `${pointer}/payload`);
    const envelope: Writable<Envelope> = { id, type, occurredAt, payload };
    readOptional(value, envelope, pointer);
    checkRules(envelope, pointer);
    validatePayload(type, payload, pointer);
    return envelope;
  };
}
