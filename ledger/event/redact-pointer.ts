/**
 * Pointers that may leave the process. A pointer into hostile input names members of that input, and a member name
 * can be a patient's: error bodies and logs get only the part whose names our schemas know (invariant 5).
 *
 * @module
 */
import { ENVELOPE_SCHEMA } from './envelope-schema.ts';
import { EVENT_SCHEMAS, type MemberSchema } from './schemas/index.ts';

/** Indices of more digits could be record numbers used as member names. */
const INDEX = /^(?:0|[1-9]\d{0,4})$/;

const ENVELOPE: MemberSchema = {
  properties: {
    ...ENVELOPE_SCHEMA.properties,
    // Set by the server, but a name of ours.
    recordedAt: {},
    payload: { anyOf: Object.values(EVENT_SCHEMAS) },
  },
};
const BODY: MemberSchema = { anyOf: [ENVELOPE, { items: ENVELOPE }] };

function itemSchemas(schema: MemberSchema, index: number): readonly MemberSchema[] {
  if (schema.maxItems !== undefined && index >= schema.maxItems) return [];
  const prefix = schema.prefixItems?.[index];
  if (prefix !== undefined) return [prefix];
  return schema.items === undefined || schema.items === false ? [] : [schema.items];
}

/** The schemas that apply to the member or item `token` of a value that `schema` applies to. */
function below(schema: MemberSchema, token: string): readonly MemberSchema[] {
  const found: MemberSchema[] = (schema.anyOf ?? []).flatMap((branch) => below(branch, token));
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, token)) {
    found.push(schema.properties[token] as MemberSchema);
  }
  if (INDEX.test(token)) found.push(...itemSchemas(schema, Number(token)));
  return found;
}

/**
 * The longest beginning of an RFC 6901 pointer whose member names are known to the envelope or to a payload schema;
 * it is cut at the first unknown name. Works on pointers into one event and into an array of events.
 */
export function redactPointer(pointer: string): string {
  let kept = '';
  let schemas: readonly MemberSchema[] = [BODY];
  for (const token of pointer.split('/').slice(1)) {
    schemas = schemas.flatMap((schema) => below(schema, token));
    if (schemas.length === 0) break;
    kept += `/${token}`;
  }
  return kept;
}
