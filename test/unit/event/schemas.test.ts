import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalize } from '../../../ledger/canonical/jcs.ts';
import {
  digestOfSchema,
  EVENT_SCHEMAS,
  findSchema,
  schemaDigest,
  schemaVersions,
  versionOf,
} from '../../../ledger/event/index.ts';
import { createPayloadValidator } from '../../../ledger/event/payload-validator.ts';
import { EVENT_TYPES, type JsonObject, type JsonValue } from '../../../ledger/types.ts';
import { valueOf } from '../../fuzz/schema-arbitrary.ts';

const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();

describe('the event schemas', () => {
  it('are one for each type, in the design’s words', () => {
    expect(Object.keys(EVENT_SCHEMAS).sort()).toEqual([...EVENT_TYPES].sort());
  });

  it.each(EVENT_TYPES)('say for %s what it is, under its own id', (type) => {
    const schema = EVENT_SCHEMAS[type];
    expect(schema.$id).toBe(`urn:vericlin:schema:${type}:${type === 'bias_metric' ? 2 : 1}`);
    expect(schema.title.length).toBeGreaterThan(3);
    expect(schema.description).toMatch(/\.$/);
    expect(schema.additionalProperties).toBeUndefined();
    for (const [name, member] of Object.entries(schema.properties)) {
      expect(member.description, name).toMatch(/\.$/);
      expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/);
    }
    // Every required member is defined; `required` of a schema that asks for nothing is empty.
    for (const name of schema.required) expect(Object.keys(schema.properties)).toContain(name);
  });

  it.each(EVENT_TYPES)('have for %s the digest of the canonical schema, which callers cannot change', (type) => {
    const expected = createHash('sha256')
      .update(canonicalize(EVENT_SCHEMAS[type] as unknown as JsonValue), 'utf8')
      .digest();
    schemaDigest(type, sha256).fill(0);
    expect(Buffer.from(schemaDigest(type, sha256)).equals(expected)).toBe(true);
  });

  it.each(EVENT_TYPES)('of %s are all found by their digest, numbered from 1, the newest in force', (type) => {
    const versions = schemaVersions(type);
    expect(versions.map(versionOf)).toEqual(versions.map((_, at) => at + 1));
    expect(versions.at(-1)).toBe(EVENT_SCHEMAS[type]);
    for (const schema of versions) {
      const digest = Buffer.from(digestOfSchema(schema, sha256)).toString('base64');
      expect(findSchema(type, digest, sha256)).toBe(schema);
    }
    expect(findSchema(type, Buffer.alloc(32).toString('base64'), sha256)).toBeUndefined();
  });

  it('take with the newest version every value of the members that an earlier one named', () => {
    const validate = createPayloadValidator();
    for (const type of EVENT_TYPES) {
      for (const earlier of schemaVersions(type).slice(0, -1)) {
        const named = (payload: JsonObject): JsonObject =>
          Object.fromEntries(Object.entries(payload).filter(([name]) => Object.hasOwn(earlier.properties, name)));
        fc.assert(
          fc.property(valueOf(earlier), (payload) => {
            validate(type, named(payload as JsonObject), '');
          }),
        );
      }
    }
  });

  it('differ from each other', () => {
    expect(new Set(EVENT_TYPES.map((type) => Buffer.from(schemaDigest(type, sha256)).toString('hex'))).size).toBe(19);
  });
});
