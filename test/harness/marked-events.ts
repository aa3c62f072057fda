/** Events whose every place that takes free content holds a marked value: made from the published schemas. */
import { randomUUID } from 'node:crypto';
import { EVENT_RULES } from '../../ledger/event/rules.ts';
import { EVENT_SCHEMAS, type MemberSchema } from '../../ledger/event/schemas/index.ts';
import type { EventType, JsonObject, JsonValue } from '../../ledger/types.ts';

const DIGEST = 'a'.repeat(64);

function markedText(schema: MemberSchema, mark: string): string {
  if (schema.format === 'date-time') return '2026-11-23T10:15:00Z';
  if (schema.format === 'uuid') return randomUUID();
  if (schema.pattern?.includes('sha256') === true) return DIGEST;
  return mark.slice(0, schema.maxLength ?? 64);
}

function markedObject(schema: MemberSchema, mark: string): JsonObject {
  const made: JsonObject = {};
  for (const [name, member] of Object.entries(schema.properties ?? {})) made[name] = markedValue(member, mark);
  const others = schema.additionalProperties;
  if (typeof others === 'object') made[`${mark}Name`] = markedValue(others, mark);
  // A member that the schema does not know, with a marked name, and more of them inside.
  else if (others === undefined)
    made[`${mark}Member`] = { [`${mark}Inside`]: [mark, { [`${mark}Deep`]: `text with ${mark} in it` }] };
  return made;
}

const typeOf = ({ type }: MemberSchema): string => (typeof type === 'string' ? type : (type?.[0] ?? 'object'));

/** A value that the schema takes, with `mark` wherever it takes free content. */
export function markedValue(schema: MemberSchema, mark: string): JsonValue {
  if (schema.enum !== undefined) return schema.enum[0] ?? null;
  // Of alternatives the freest: the last one.
  const freest = schema.type === undefined ? schema.anyOf?.at(-1) : undefined;
  if (freest !== undefined) return markedValue(freest, mark);
  switch (typeOf(schema)) {
    case 'string':
      return markedText(schema, mark);
    case 'boolean':
      return true;
    case 'number':
    case 'integer':
      return Math.max(schema.minimum ?? 1, 1);
    case 'null':
      return null;
    case 'array':
      return schema.prefixItems?.map((item) => markedValue(item, mark)) ?? [markedValue(schema.items || {}, mark)];
    default:
      return markedObject(schema, mark);
  }
}

/**
 * An event of a type that may be posted.
 * @param refs of events that exist
 */
export function markedEvent(type: EventType, mark: string, refs: readonly string[]): JsonObject & { id: string } {
  const rule = EVENT_RULES[type];
  return {
    id: randomUUID(),
    type,
    occurredAt: '2026-11-23T10:15:00Z',
    actor: { id: `${mark}Actor`, purposeOfUse: `${mark}Purpose` },
    refs: [...refs],
    payload: markedObject(EVENT_SCHEMAS[type], mark),
    ...(rule.subject !== 'forbidden' && { subject: `${mark}Subject`, encounter: `${mark}Encounter` }),
    ...(rule.model !== 'forbidden' && { model: { name: `${mark}Model`, version: `${mark}Version` } }),
  };
}
