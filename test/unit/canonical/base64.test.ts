import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64, decodeHex, encodeBase64, encodeHex } from '../../../ledger/canonical/base64.ts';
import { concatBytes, copyBytes, equalBytes, isWellFormed, utf8Decode } from '../../../ledger/canonical/bytes.ts';
import { formatPointer } from '../../../ledger/canonical/pointer.ts';

describe('base64', () => {
  test('round trip, against Buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(encodeBase64(bytes)).toBe(text);
        expect(decodeBase64(text)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test('a view into a larger buffer', () => {
    expect(encodeBase64(new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 4))).toBe('AgME');
    expect(encodeBase64(new Uint8Array(100).fill(7).subarray(3, 40))).toBe(Buffer.alloc(37, 7).toString('base64'));
  });

  test('accepts one text per value: exactly those that Buffer writes', () => {
    const character = fc.constantFrom(...Array.from('ABab01+/=-_ \né\u{1f600}'));
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), (text) => {
        const isCanonical = Buffer.from(text, 'base64').toString('base64') === text;
        expect(decodeBase64(text) !== undefined).toBe(isCanonical);
      }),
      { numRuns: 5000 },
    );
  });

  test.each(['A', 'AA', 'AAA', 'AB==', 'AAB=', 'A===', '====', 'AA=A', 'AA==AAAA', 'AAA-', 'AAA_', ' AAA', 'AAAA\n'])(
    'refuses %j',
    (text) => {
      expect(decodeBase64(text)).toBeUndefined();
    },
  );
});

test('hex', () => {
  expect(encodeHex(Uint8Array.of(0, 15, 255))).toBe('000fff');
  expect(decodeHex('000fff')).toEqual(Uint8Array.of(0, 15, 255));
  for (const text of ['0', '0G', 'FF', '0 ']) expect(decodeHex(text)).toBeUndefined();
});

test('bytes', () => {
  expect(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  const buffer = Buffer.from([1, 2]);
  const copy = copyBytes(buffer);
  buffer[0] = 9;
  expect(copy).toEqual(Uint8Array.of(1, 2));
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false);
  expect(isWellFormed('a😀')).toBe(true);
  expect(isWellFormed('\ude00\ud83d')).toBe(false);
  expect(utf8Decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe('\ufeffA');
});

test('pointers escape ~ and / (RFC 6901)', () => {
  expect(formatPointer([])).toBe('');
  expect(formatPointer(['a/b', 'm~n', 0, '', '~1'])).toBe('/a~1b/m~0n/0//~01');
});
