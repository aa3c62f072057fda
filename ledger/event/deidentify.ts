/**
 * The view of an opening for readers who may not see PHI (DESIGN.md §6). Built by allow-list: what the schema of the
 * type does not mark `x-deidentified` is not there. Small cells of an audit have to be gone before, since which figures give
 * one away no schema can say. Evidence for, not a determination of, 45 CFR 164.514(b)(2).
 *
 * @module
 */
import type { EventType, JsonObject, JsonValue, ModelRef, RecordedEnvelope } from '../types.ts';
import { CODE_PATTERN } from './schemas/members.ts';
import { EVENT_SCHEMAS, type EventSchema, type MemberSchema } from './schemas/index.ts';

export interface DeidentifiedEvent {
  readonly id: string;
  readonly type: EventType;
  readonly recordedAt: string;
  /** The year alone, `YYYY`. */
  readonly occurredAt: string;
  /** Random pseudonym of the subject; absent for events without one. */
  readonly pseudonym?: string;
  readonly model?: ModelRef;
  readonly refs?: readonly string[];
  /** Only members that the schema marks; all else is dropped. */
  readonly payload: JsonObject;
}

const CODE = new RegExp(CODE_PATTERN, 'u');
const patterns = new Map<string, RegExp>([[CODE_PATTERN, CODE]]);

function patternOf(source: string): RegExp {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const made = new RegExp(source, 'u');
  patterns.set(source, made);
  return made;
}

function typeOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

function hasType(schema: MemberSchema, value: JsonValue): boolean {
  if (schema.type === undefined) return false;
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.includes(typeOf(value)) || (types.includes('integer') && Number.isInteger(value));
}

/** A marked string is shown only where the schema says what it may be: text that it does not bound is free text. */
function isBounded(schema: MemberSchema, text: string): boolean {
  if (schema.enum !== undefined) return schema.enum.includes(text);
  return schema.pattern !== undefined && patternOf(schema.pattern).test(text);
}

function showScalar(schema: MemberSchema, value: JsonValue): JsonValue | undefined {
  if (schema['x-deidentified'] !== true) return undefined;
  if (typeof value === 'string' && !isBounded(schema, value)) return undefined;
  return value;
}

function showArray(schema: MemberSchema, values: readonly JsonValue[]): JsonValue | undefined {
  const shown: JsonValue[] = [];
  for (const [i, value] of values.entries()) {
    const itemSchema = schema.prefixItems?.[i] ?? schema.items;
    const item = itemSchema === undefined || itemSchema === false ? undefined : show(itemSchema, value);
    if (item !== undefined) shown.push(item);
  }
  return shown.length > 0 ? shown : undefined;
}

function memberSchema(schema: MemberSchema, name: string): MemberSchema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, name)) return schema.properties[name];
  // Names of a map are the poster's: only names that could be a machine's are shown.
  return CODE.test(name) && schema.additionalProperties !== false ? schema.additionalProperties : undefined;
}

function showObject(schema: MemberSchema, object: JsonObject): JsonObject | undefined {
  const shown: JsonObject = {};
  for (const [name, value] of Object.entries(object)) {
    const member = memberSchema(schema, name);
    const part = member === undefined ? undefined : show(member, value);
    if (part !== undefined) shown[name] = part;
  }
  return Object.keys(shown).length > 0 ? shown : undefined;
}

/** What of `value` the schema lets be shown; `undefined`: nothing. */
function show(schema: MemberSchema, value: JsonValue): JsonValue | undefined {
  if (hasType(schema, value)) {
    if (Array.isArray(value)) return showArray(schema, value);
    if (typeof value === 'object' && value !== null) return showObject(schema, value);
    return showScalar(schema, value);
  }
  for (const branch of schema.anyOf ?? []) {
    const shown = show(branch, value);
    if (shown !== undefined) return shown;
  }
  return undefined;
}

/**
 * @param pseudonym of the subject, where the event has one
 * @param schema the version that the event was taken in by; a newer one may mark members that this one takes as free content
 */
export function deidentify(
  envelope: RecordedEnvelope,
  pseudonym: string | undefined,
  schema: EventSchema = EVENT_SCHEMAS[envelope.type],
): DeidentifiedEvent {
  const { id, type, recordedAt, occurredAt, model, refs, payload } = envelope;
  return {
    id,
    type,
    recordedAt,
    occurredAt: occurredAt.slice(0, 4),
    ...(pseudonym === undefined ? {} : { pseudonym }),
    ...(model === undefined ? {} : { model }),
    ...(refs === undefined ? {} : { refs }),
    payload: showObject(schema, payload) ?? {},
  };
}
