import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalize } from '../../ledger/canonical/jcs.ts';
import {
  createEnvelopeValidator,
  prepareEvent,
  digestOfSchema,
  schemaVersions,
  versionOf,
} from '../../ledger/event/index.ts';
import { hashLeaf } from '../../ledger/merkle/hash.ts';
import { EVENT_TYPES, type EventType, type JsonObject, type JsonValue } from '../../ledger/types.ts';

/**
 * Fixed events, salts and times, with the commitment, entry and leaf hash they must give, and the digest of every
 * published schema, `type` or `type:version`. A difference here means that entries written before can no longer be checked.
 */
interface Vectors {
  readonly schemas: Readonly<Record<string, string>>;
  readonly vectors: readonly {
    readonly posted: JsonObject & { readonly type: string };
    readonly recordedAt: string;
    readonly salt: string;
    readonly commitment: string;
    readonly entry: string;
    readonly leafHash: string;
    /** Version of the schema that the entry names. */
    readonly version?: number;
  }[];
}

const golden = JSON.parse(readFileSync(new URL('event-vectors.json', import.meta.url), 'utf8')) as Vectors;
const validate = createEnvelopeValidator();
const options = {
  nowMs: Date.UTC(2026, 10, 24),
  newId: () => {
    throw new Error('Every vector has an id.');
  },
  serverMade: true,
};
const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Every published schema by the name that the vectors give it. */
const schemas = Object.fromEntries(
  EVENT_TYPES.flatMap((type) =>
    schemaVersions(type).map((schema) => [nameOf(type, versionOf(schema)), schema] as const),
  ),
);

function nameOf(type: string, version = 1): string {
  return version === 1 ? type : `${type}:${version}`;
}

/** An entry as the log would hold it if it had been taken in by this version of the schema. */
function ofVersion(entry: Uint8Array, version = 1): Uint8Array {
  const members = JSON.parse(Buffer.from(entry).toString('ascii')) as Record<string, JsonValue>;
  const schema = schemas[nameOf(members['type'] as EventType, version)];
  return Buffer.from(
    canonicalize({ ...members, schema: Buffer.from(digestOfSchema(schema!, sha256)).toString('base64') }),
  );
}

describe('event vectors', () => {
  it.each(golden.vectors.map((vector, i) => ({ name: `${i} ${vector.posted.type}`, vector })))(
    'vector $name gives its commitment, entry and leaf hash, twice the same',
    ({ vector }) => {
      for (let run = 0; run < 2; run++) {
        const prepared = prepareEvent(
          validate(vector.posted, options),
          vector.recordedAt,
          Buffer.from(vector.salt, 'hex'),
        );
        expect(hex(prepared.commitment)).toBe(vector.commitment);
        const entry = ofVersion(prepared.entry, vector.version);
        expect(Buffer.from(entry).toString('ascii')).toBe(vector.entry);
        expect(hex(hashLeaf(sha256, entry))).toBe(vector.leafHash);
        // Of the version in force the bytes are the log's own.
        const newest = schemaVersions(prepared.type).length;
        if ((vector.version ?? 1) === newest) expect(hex(prepared.leafHash)).toBe(vector.leafHash);
      }
    },
  );

  it('are there for every version of a schema that has several', () => {
    for (const type of EVENT_TYPES.filter((one) => schemaVersions(one).length > 1)) {
      const seen = golden.vectors.filter(({ posted }) => posted.type === type).map(({ version = 1 }) => version);
      expect([...new Set(seen)].sort()).toEqual(schemaVersions(type).map(versionOf));
    }
  });

  it.each(Object.entries(schemas))('the published schema of %s has not changed', (name, schema) => {
    expect(Buffer.from(digestOfSchema(schema, sha256)).toString('base64')).toBe(golden.schemas[name]);
  });

  const hasPython = spawnSync('python3', ['--version']).status === 0;
  it.skipIf(!hasPython)(
    `Python’s standard library computes the same${hasPython ? '' : ' (skipped: no python3)'}`,
    () => {
      const job = {
        schemas,
        vectors: golden.vectors.map(({ posted, recordedAt, salt, version }) => ({
          salt,
          schema: nameOf(posted.type, version),
          recorded: { ...validate(posted, options), recordedAt },
        })),
      };
      const script = new URL('event-vectors.py', import.meta.url).pathname;
      const computed = JSON.parse(
        execFileSync('python3', [script], { input: JSON.stringify(job), encoding: 'utf8' }),
      ) as Vectors;
      expect(computed.schemas).toEqual(golden.schemas);
      expect(computed.vectors).toEqual(
        golden.vectors.map(({ commitment, entry, leafHash }) => ({ commitment, entry, leafHash })),
      );
    },
  );
});
