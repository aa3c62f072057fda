/** fast-check arbitraries made from the event schemas, so that a new member is fuzzed as soon as it is defined. */
import fc from 'fast-check';
import { GROUP_PATTERN } from '../../ledger/event/schemas/members.ts';
import type { MemberSchema } from '../../ledger/event/schemas/schema-types.ts';
import type { JsonObject, JsonValue } from '../../ledger/types.ts';

/** Any text, with quotes, escapes, combining marks, right-to-left and emoji; no lone surrogates. */
export function anyText(minLength: number, maxLength: number): fc.Arbitrary<string> {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 24) }),
    fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, 24) }),
    fc.constantFrom(
      'O’Brien "quoted" \\ \u0001\n',
      '\u05e9\u05dc\u05d5\u05dd',
      '👩‍⚕️',
      'ﷺ',
      '1e400',
      '__proto__',
      '</script>',
    ),
  );
  // Lengths in the schemas are code points; graphemes can be several.
  return text.filter((value) => {
    const { length } = Array.from(value);
    return length >= minLength && length <= maxLength;
  });
}

export const anyUuid = fc.oneof(
  fc.uuid(),
  fc.uuid().map((id) => id.toUpperCase()),
);

/** RFC 3339 UTC between 1900 and `maxMs`. */
export function anyTime(maxMs: number): fc.Arbitrary<string> {
  return fc
    .tuple(fc.integer({ min: Date.UTC(1900, 0, 1), max: maxMs }), fc.constantFrom(0, 1, 3, 6, 9))
    .map(([ms, digits]) => {
      const iso = new Date(ms).toISOString();
      const fraction = `${iso.slice(20, 23)}123456`.slice(0, digits);
      return `${iso.slice(0, 19)}${digits === 0 ? '' : `.${fraction}`}Z`;
    });
}

/** Members that no schema defines. */
export const extraMembers: fc.Arbitrary<JsonObject> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc
        .string({ unit: 'grapheme', maxLength: 12 })
        .filter((name) => name !== '__proto__')
        .map((name) => `x-${name}`),
      fc.jsonValue({ maxDepth: 2, stringUnit: 'grapheme' }) as fc.Arbitrary<JsonValue>,
      { maxKeys: 3 },
    ),
  },
);

/** Names of groups; the pattern looks ahead, which no arbitrary can be made of. */
const anyGroup = fc.oneof(
  fc.constantFrom('Asian', 'Caucasian*[70-80)', '(missing)', 'Weiß', '65+', '<30', 'Native Hawaiian or Other'),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 24 })
    .filter((name) => new RegExp(GROUP_PATTERN, 'u').test(name)),
);

function stringOf(schema: MemberSchema): fc.Arbitrary<string> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.format === 'uuid') return anyUuid;
  if (schema.format === 'date-time') return anyTime(Date.UTC(2100, 0, 1));
  if (schema.pattern === GROUP_PATTERN) return anyGroup;
  if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern, 'u'));
  return anyText(schema.minLength ?? 0, schema.maxLength ?? 64);
}

function numberOf(schema: MemberSchema): fc.Arbitrary<number> {
  return fc.double({
    min: schema.minimum ?? schema.exclusiveMinimum ?? -1e12,
    max: schema.maximum ?? 1e12,
    minExcluded: schema.exclusiveMinimum !== undefined,
    noNaN: true,
    noDefaultInfinity: true,
  });
}

function arrayOf(schema: MemberSchema): fc.Arbitrary<JsonValue> {
  if (schema.prefixItems !== undefined) return fc.tuple(...schema.prefixItems.map(valueOf));
  if (schema.items === undefined || schema.items === false) return fc.constant([]);
  return fc.array(valueOf(schema.items), {
    minLength: schema.minItems ?? 0,
    maxLength: Math.min(schema.maxItems ?? 3, 3),
  });
}

/** The schema with one branch of its `anyOf` taken in. */
function merged(schema: MemberSchema, branch: MemberSchema): MemberSchema {
  const rest: MemberSchema = Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== 'anyOf'));
  return {
    ...rest,
    properties: { ...rest.properties, ...branch.properties },
    required: [...(rest.required ?? []), ...(branch.required ?? [])],
    ...(branch.anyOf === undefined ? {} : { anyOf: branch.anyOf }),
  };
}

function objectOf(schema: MemberSchema): fc.Arbitrary<JsonObject> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((branch) => objectOf(merged(schema, branch))));
  const members = Object.entries(schema.properties ?? {}).map(([name, member]) => [name, valueOf(member)] as const);
  const known: fc.Arbitrary<JsonObject> = fc.record(Object.fromEntries(members), {
    requiredKeys: [...new Set(schema.required ?? [])],
  });
  if (schema.additionalProperties === false) return known;
  if (typeof schema.additionalProperties === 'object') {
    const names = anyText(1, 16).filter((name) => name !== '__proto__');
    const extra = fc.dictionary(names, valueOf(schema.additionalProperties), { maxKeys: 4 });
    return fc.tuple(extra, known).map(([a, b]) => ({ ...a, ...b }));
  }
  return fc.tuple(extraMembers, known).map(([a, b]) => ({ ...a, ...b }));
}

function ofType(schema: MemberSchema, type: string): fc.Arbitrary<JsonValue> {
  switch (type) {
    case 'string':
      return stringOf(schema);
    case 'number':
      return numberOf(schema);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1_000_000, max: schema.maximum ?? Number.MAX_SAFE_INTEGER });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return arrayOf(schema);
    default:
      return objectOf(schema);
  }
}

/** Values that the schema accepts. */
export function valueOf(schema: MemberSchema): fc.Arbitrary<JsonValue> {
  if (schema.type === undefined) return fc.oneof(...(schema.anyOf ?? []).map(valueOf));
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  return fc.oneof(...types.map((type) => ofType(schema, type)));
}
