import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEnvelopeValidator, EVENT_SCHEMAS, prepareEvent, schemaDigest } from '../../ledger/event/index.ts';
import { EVENT_TYPES, type JsonObject } from '../../ledger/types.ts';

/**
 * Fixed events, salts and times, with the commitment, entry and leaf hash they must give, and the digest of every
 * published schema. A difference here means that entries written before can no longer be checked.
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
        expect(Buffer.from(prepared.entry).toString('ascii')).toBe(vector.entry);
        expect(hex(prepared.leafHash)).toBe(vector.leafHash);
      }
    },
  );

  it.each(EVENT_TYPES)('the published schema of %s has not changed', (type) => {
    expect(Buffer.from(schemaDigest(type, sha256)).toString('base64')).toBe(golden.schemas[type]);
  });

  const hasPython = spawnSync('python3', ['--version']).status === 0;
  it.skipIf(!hasPython)(
    `Python’s standard library computes the same${hasPython ? '' : ' (skipped: no python3)'}`,
    () => {
      const job = {
        schemas: EVENT_SCHEMAS,
        vectors: golden.vectors.map(({ posted, recordedAt, salt }) => ({
          salt,
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
