import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalize } from '../../../ledger/canonical/jcs.ts';
import { EVENT_SCHEMAS, schemaDigest } from '../../../ledger/event/index.ts';
import { EVENT_TYPES, type JsonValue } from '../../../ledger/types.ts';

const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();

describe('the event schemas', () => {
  it('are one for each type, in the design’s words', () => {
    expect(Object.keys(EVENT_SCHEMAS).sort()).toEqual([...EVENT_TYPES].sort());
  });

  it.each(EVENT_TYPES)('say for %s what it is, under its own id', (type) => {
    const schema = EVENT_SCHEMAS[type];
    expect(schema.$id).toBe(`urn:vericlin:schema:${type}:1`);
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

  it('differ from each other', () => {
    expect(new Set(EVENT_TYPES.map((type) => Buffer.from(schemaDigest(type, sha256)).toString('hex'))).size).toBe(19);
  });
});
