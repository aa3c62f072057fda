import { createHmac, createHash } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalize } from '../../ledger/canonical/jcs.ts';
import { parseStrictJson } from '../../ledger/canonical/strict-json.ts';
import { LedgerError } from '../../ledger/errors.ts';
import {
  createEnvelopeValidator,
  createRandomPool,
  createSealer,
  createUuidV7,
  deidentify,
  ENVELOPE_SCHEMA,
  EVENT_SCHEMAS,
  MAX_ENTRY_BYTES,
  prepareEvent,
  redactPointer,
  sameContent,
  schemaDigest,
  unsealOpening,
  uuidFromBytes,
} from '../../ledger/event/index.ts';
import { writeEnvelope } from '../../ledger/event/canonical-envelope.ts';
import { EVENT_TYPES, type Entry, type JsonObject, type JsonValue } from '../../ledger/types.ts';
import { brokenBody, brokenEnvelope, validEnvelope } from '../fuzz/arbitraries.ts';

const random = createRandomPool();
const newId = createUuidV7({ nowMs: () => Date.now(), random });
const validate = createEnvelopeValidator();
const seal = createSealer(random);
const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();
const options = { nowMs: Date.now(), newId, serverMade: true };
const LEAST: JsonObject = {
  type: 'prediction',
  occurredAt: '2026-11-23T10:15:00Z',
  model: { name: 'm', version: '1' },
  payload: { riskScore: 0.5 },
};
const RECORDED_AT = '2026-11-24T05:41:30.123Z';

const refusalOf = (value: JsonValue): LedgerError => {
  try {
    validate(value, { nowMs: options.nowMs, newId, pointer: '/3' });
  } catch (error) {
    if (error instanceof LedgerError) return error;
    throw error;
  }
  throw new Error('The event was accepted.');
};

function member(object: JsonObject, name: string): JsonValue {
  return object[name] ?? null;
}

describe.each(EVENT_TYPES)('every valid %s event', (type) => {
  it('is accepted, committed to, and comes back from its seal', () => {
    fc.assert(
      fc.property(validEnvelope(type), fc.uint8Array({ minLength: 32, maxLength: 32 }), (posted, salt) => {
        const envelope = validate(posted, options);
        const prepared = prepareEvent(envelope, RECORDED_AT, salt);
        const recorded = { ...envelope, recordedAt: RECORDED_AT };

        // The hand-written canonical texts are those of the general function.
        expect(writeEnvelope(envelope).text).toBe(canonicalize(envelope as unknown as JsonValue));
        const canonical = Buffer.from(prepared.canonicalEnvelope).toString('utf8');
        expect(canonical).toBe(canonicalize(recorded as unknown as JsonValue));

        // The commitment recomputes from the opening by the platform's own HMAC.
        const commitment = createHmac('sha256', salt).update(canonical, 'utf8').digest();
        expect(Buffer.from(prepared.commitment)).toEqual(commitment);

        const text = Buffer.from(prepared.entry).toString('utf8');
        const entry = JSON.parse(text) as Entry;
        expect(text).toBe(canonicalize(entry as unknown as JsonValue));
        expect(prepared.entry.length).toBeLessThanOrEqual(MAX_ENTRY_BYTES);
        const model = posted['model'];
        const refs = envelope.refs ?? [];
        expect(entry).toEqual({
          commitment: commitment.toString('base64'),
          id: envelope.id,
          ...(model === undefined
            ? {}
            : { model: Buffer.from(sha256(Buffer.from(canonicalize(model)))).toString('base64') }),
          ...(refs.length === 0 ? {} : { refs }),
          schema: Buffer.from(schemaDigest(type, sha256)).toString('base64'),
          type,
          v: 1,
        });
        expect(Buffer.from(prepared.leafHash)).toEqual(
          createHash('sha256')
            .update(Buffer.from([0]))
            .update(prepared.entry)
            .digest(),
        );
        expect(uuidFromBytes(prepared.idBytes)).toBe(envelope.id);

        const key = random(32);
        const sealed = seal(key, prepared.idBytes, prepared.canonicalEnvelope, salt);
        const opened = unsealOpening(key, prepared.idBytes, sealed);
        expect(Buffer.from(opened.salt)).toEqual(Buffer.from(salt));
        expect(Buffer.from(opened.canonicalEnvelope).toString('utf8')).toBe(canonical);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps what it said: ids in lower case, all else as posted', () => {
    fc.assert(
      fc.property(validEnvelope(type), (posted) => {
        const envelope = validate(posted, options) as unknown as JsonObject;
        const { id, refs, ...rest } = posted;
        const { id: keptId, refs: keptRefs, ...keptRest } = envelope;
        expect(canonicalize(keptRest)).toBe(canonicalize(rest));
        if (typeof id === 'string') expect(keptId).toBe(id.toLowerCase());
        if (Array.isArray(refs)) expect(keptRefs).toEqual((refs as string[]).map((ref) => ref.toLowerCase()));
      }),
      { numRuns: 30 },
    );
  });
});

describe('the checks written by hand', () => {
  it('agree with the published schema of the envelope', () => {
    const accepts = new Ajv2020({ strict: false }).compile(ENVELOPE_SCHEMA);
    fc.assert(
      fc.property(validEnvelope(), (posted) => {
        expect(accepts(posted)).toBe(true);
      }),
      { numRuns: 200 },
    );
    for (let code = 0; code < 0x300; code++) {
      const posted = { ...LEAST, subject: `x${String.fromCharCode(code)}` };
      const isTaken = accepts(posted);
      expect(isTaken).toBe(code >= 0xa0 || (code >= 0x20 && code < 0x7f));
      if (isTaken) validate(posted, options);
      else expect(refusalOf(posted)).toMatchObject({ code: 'invalid_value', pointer: '/3/subject' });
    }
    // What a schema cannot say: calendar, clock, refs alike but for case, and the rules by type.
    const beyond = new Set(['no such day', 'far future', 'ref twice', 'reserved type', 'payload member wrong']);
    fc.assert(
      fc.property(brokenEnvelope(), ({ value, how }) => {
        fc.pre(!beyond.has(how));
        expect(accepts(value)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

describe('every broken event', () => {
  it('is refused with its code, a pointer of known names, and no word of what was posted', () => {
    fc.assert(
      fc.property(brokenEnvelope(), ({ value, codes, canary }) => {
        const refusal = refusalOf(value);
        expect(codes).toContain(refusal.code);
        expect(refusal.pointer).toMatch(/^\/3(\/[A-Za-z0-9]+)*$/);
        expect(redactPointer(refusal.pointer ?? '')).toBe(refusal.pointer);
        expect(`${refusal.message} ${refusal.pointer ?? ''}`).not.toContain(canary?.slice(0, 6));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the strict reader', () => {
  const limits = { maxBytes: 1024 * 1024 };

  it('takes every valid event, and gives the same commitment as the value itself', () => {
    fc.assert(
      fc.property(validEnvelope(), (posted) => {
        const event = { ...posted, id: newId() };
        const read = validate(parseStrictJson(JSON.stringify(event), limits), options);
        const salt = random(32);
        const direct = prepareEvent(validate(event, options), RECORDED_AT, salt);
        expect(Buffer.from(prepareEvent(read, RECORDED_AT, salt).leafHash)).toEqual(Buffer.from(direct.leafHash));
      }),
      { numRuns: 200 },
    );
  });

  it('refuses every broken body with its code', () => {
    fc.assert(
      fc.property(brokenBody(), ({ body, code }) => {
        expect(() => parseStrictJson(body, limits)).toThrow(expect.objectContaining({ code }) as Error);
      }),
      { numRuns: 300 },
    );
  });

  it('names no member of the poster once its pointer is redacted', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.constantFrom('', '"payload":', '"payload":{"scores":', '"model":'), (canary, start) => {
        const body = `{${start}${start === '' ? '' : '{'}"${canary}":1e400`;
        try {
          parseStrictJson(body, limits);
          expect.unreachable();
        } catch (error) {
          if (!(error instanceof LedgerError)) throw error;
          expect(error.pointer).toContain(canary);
          expect(`${error.message} ${redactPointer(error.pointer ?? '')}`).not.toContain(canary);
        }
      }),
    );
  });
});

describe('same content', () => {
  it('does not depend on member order, nor on when it was recorded', () => {
    fc.assert(
      fc.property(validEnvelope(), (posted) => {
        const envelope = validate({ id: newId(), ...posted }, options);
        const reversed = validate(
          Object.fromEntries(Object.entries({ ...posted, id: envelope.id }).reverse()),
          options,
        );
        expect(sameContent(envelope, reversed)).toBe(true);
        expect(sameContent({ ...envelope, recordedAt: RECORDED_AT } as typeof envelope, reversed)).toBe(true);
        expect(sameContent(envelope, { ...envelope, payload: { ...envelope.payload, changed: true } })).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

describe('de-identified', () => {
  it('shows nothing that the schema does not mark, and shows marked members as they were', () => {
    fc.assert(
      fc.property(validEnvelope(), (posted) => {
        const envelope = validate(posted, options);
        const shown = deidentify({ ...envelope, recordedAt: RECORDED_AT }, undefined);
        const schema = EVENT_SCHEMAS[envelope.type];
        for (const name of Object.keys(shown.payload)) {
          expect(Object.keys(schema.properties)).toContain(name);
          const { type } = schema.properties[name] ?? {};
          if (type === 'number' || type === 'boolean' || type === 'integer') {
            expect(member(shown.payload, name)).toBe(member(envelope.payload, name));
          }
        }
        expect(Object.keys(shown)).not.toContain('subject');
        expect(shown.occurredAt).toMatch(/^\d{4}$/);
      }),
      { numRuns: 300 },
    );
  });
});
