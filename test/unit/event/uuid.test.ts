import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUuidV7, newUuidV7, normalizeUuid, uuidFromBytes, uuidToBytes } from '../../../ledger/event/index.ts';

describe('UUID text', () => {
  it('is normalised to lower case, whatever its version', () => {
    expect(normalizeUuid('0197A1C2-7d3e-7ABC-8def-0000000000fF')).toBe('0197a1c2-7d3e-7abc-8def-0000000000ff');
    expect(normalizeUuid('00000000-0000-0000-0000-000000000000')).toBe('00000000-0000-0000-0000-000000000000');
  });

  it.each([
    '',
    '0197a1c2-7d3e-7abc-8def-0000000000f',
    '0197a1c2-7d3e-7abc-8def-0000000000fff',
    '0197a1c27d3e-7abc-8def-0000000000ff-',
    '0197a1c2-7d3e-7abc-8def-0000000000fg',
    '0197a1c2-7d3e-7abc-8def-0000000000f\u0000',
    '0197a1c2-7d3e-7abc-8def-0000000000f\u0661',
    'urn:uuid:0197a1c2-7d3e-7abc-8def-0000000000ff',
    '{0197a1c2-7d3e-7abc-8def-0000000000f}',
    ' 197a1c2-7d3e-7abc-8def-0000000000ff',
    '-0197a1c-7d3e-7abc-8def-0000000000ff',
    '0197a1c2_7d3e_7abc_8def_0000000000ff',
  ])('is refused: %j', (text) => {
    expect(normalizeUuid(text)).toBeUndefined();
  });

  it('agrees with the pattern of RFC 9562 on any text near a UUID', () => {
    const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
    fc.assert(
      fc.property(fc.uuid(), fc.nat(35), fc.string({ unit: 'binary', maxLength: 2 }), (uuid, at, patch) => {
        const text = uuid.slice(0, at) + patch + uuid.slice(at + patch.length);
        expect(normalizeUuid(text)).toBe(pattern.test(text) ? text.toLowerCase() : undefined);
      }),
    );
  });

  it('and bytes are each other’s inverse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const text = uuidFromBytes(bytes);
        expect(normalizeUuid(text)).toBe(text);
        expect(Array.from(uuidToBytes(text))).toEqual(Array.from(bytes));
        expect(text.replaceAll('-', '')).toBe(Buffer.from(bytes).toString('hex'));
      }),
    );
    expect(() => uuidFromBytes(new Uint8Array(15))).toThrow(RangeError);
  });
});

describe('UUIDv7', () => {
  it('is the example of RFC 9562 appendix A.6', () => {
    const random = Uint8Array.of(0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f);
    expect(newUuidV7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  it('holds its time, version and variant for any clock and random bytes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 48 - 1 }),
        fc.uint8Array({ minLength: 10, maxLength: 10 }),
        (ms, random) => {
          const uuid = newUuidV7(ms, random);
          expect(Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)).toBe(ms);
          expect(uuid).toMatch(/^.{14}7.{3}-[89ab]/);
        },
      ),
    );
  });

  it('rises strictly while the clock stands still, goes back or jumps, with any random bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 0, 0, 0, 1, -5, 60_000), { minLength: 5, maxLength: 60 }),
        fc.constantFrom(0x00, 0x55, 0xff),
        (steps, byte) => {
          let now = 1_790_000_000_000;
          const next = createUuidV7({ nowMs: () => now, random: (length) => new Uint8Array(length).fill(byte) });
          let last = '';
          for (const step of steps) {
            now += step;
            for (let i = 0; i < 100; i++) {
              const id = next();
              expect(id > last).toBe(true);
              last = id;
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('rises strictly through more ids than one millisecond has counters', () => {
    const next = createUuidV7({
      nowMs: () => 1_790_000_000_000,
      random: (length) => new Uint8Array(length).fill(0xff),
    });
    const ids = Array.from({ length: 10_000 }, next);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
