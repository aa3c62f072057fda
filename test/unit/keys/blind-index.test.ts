import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createBlindIndex } from '../../../ledger/keys/blind-index.ts';

const domains = ['subject', 'encounter', 'actor', 'model', 'model_version'] as const;

it('is HMAC-SHA-256 of domain, zero byte and value, whatever came before it', () => {
  const key = randomBytes(32);
  const { full, short } = createBlindIndex(key);
  fc.assert(
    fc.property(fc.constantFrom(...domains), fc.string({ unit: 'grapheme', maxLength: 1_500 }), (domain, value) => {
      const expected = createHmac('sha256', key).update(`${domain}\0${value}`, 'utf8').digest();
      expect(Buffer.compare(full(domain, value), expected)).toBe(0);
      expect(Buffer.compare(short(domain, value), expected.subarray(0, 16))).toBe(0);
    }),
    { numRuns: 300 },
  );
});

it('keeps domains and keys apart', () => {
  const one = createBlindIndex(randomBytes(32));
  const other = createBlindIndex(randomBytes(32));
  expect(one.short('actor', 'x')).not.toEqual(one.short('model', 'x'));
  expect(one.full('subject', 'x')).not.toEqual(other.full('subject', 'x'));
});
