import canonicalizeOracle from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalBytes, canonicalize } from '../../../ledger/canonical/jcs.ts';
import type { JsonValue } from '../../../ledger/types.ts';

describe('RFC 8785', () => {
  test('the example of §3.2.2', () => {
    const value = {
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
    };
    const expected = String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`;
    expect(canonicalize(value)).toBe(expected);
    expect(canonicalBytes(value)).toEqual(new TextEncoder().encode(expected));
  });

  test('the sorting example of §3.2.3', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const order = Object.values(JSON.parse(canonicalize(value)) as Record<string, string>);
    // JSON.parse puts the integer-like name first; the text itself has the carriage return first.
    expect(canonicalize(value).startsWith('{"\\r":"Carriage Return","1":"One","\u0080"')).toBe(true);
    expect(order.slice(-4)).toEqual([
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  /** IEEE 754 bits and text, RFC 8785 appendix B. */
  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('number %s', (bits, text) => {
    expect(canonicalize(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text);
  });

  test('agrees with an independent implementation', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }), (value) => {
        expect(canonicalize(value as JsonValue)).toBe(canonicalizeOracle(value));
      }),
      { numRuns: 2000 },
    );
  });

  test('sorts objects of any size by code units, and does not depend on the order of insertion', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 4 }), { maxLength: 60 }), (names) => {
        const value = Object.fromEntries(names.map((name) => [name, 1]));
        const reversed = Object.fromEntries(names.toReversed().map((name) => [name, 1]));
        const text = `{${names
          .toSorted()
          .map((name) => `${JSON.stringify(name)}:1`)
          .join(',')}}`;
        expect([canonicalize(value), canonicalize(reversed)]).toEqual([text, text]);
      }),
    );
  });
});

describe('what JSON cannot hold is refused', () => {
  test.each<[string, unknown]>([
    ['NaN', NaN],
    ['Infinity', [Infinity]],
    ['undefined', { a: undefined }],
    ['a hole', new Array(1)],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a Date', { at: new Date(0) }],
    ['a Map', new Map([['a', 1]])],
    ['bytes', new Uint8Array(2)],
  ])('%s', (_, value) => {
    expect(() => canonicalize(value as JsonValue)).toThrow(expect.objectContaining({ code: 'invalid_value' }));
  });

  test.each(['\ud800', 'a\udc00', '\udc00\ud800'])('a lone surrogate %j, as value and as name', (text) => {
    const refused = expect.objectContaining({ code: 'json_lone_surrogate' }) as Error;
    expect(() => canonicalize(text)).toThrow(refused);
    expect(() => canonicalize({ [text]: 1 })).toThrow(refused);
  });

  test('toJSON is not called', () => {
    expect(() => canonicalize({ toJSON: (() => 'x') as unknown as JsonValue })).toThrow();
  });

  test('objects without prototype and with __proto__ as a member are plain', () => {
    expect(canonicalize(Object.assign(Object.create(null) as Record<string, JsonValue>, { b: 1, a: 2 }))).toBe(
      '{"a":2,"b":1}',
    );
    expect(canonicalize(JSON.parse('{"__proto__":1}') as JsonValue)).toBe('{"__proto__":1}');
  });
});
