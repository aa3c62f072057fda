import { describe, expect, test } from 'vitest';
import { parseStrictJson, parseStrictJsonBytes, parseStrictNdjson } from '../../../ledger/canonical/strict-json.ts';
import { LedgerError } from '../../../ledger/errors.ts';

const LIMITS = { maxBytes: 10_000 };

function refusal(read: () => unknown): { code: string; pointer: string | undefined; offset: number | undefined } {
  try {
    read();
  } catch (error) {
    if (error instanceof LedgerError) return { code: error.code, pointer: error.pointer, offset: error.offset };
    throw error;
  }
  throw new Error('nothing was refused');
}

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('hostile JSON is refused with code and place', () => {
  const table: [text: string, code: string, pointer: string][] = [
    ['', 'json_invalid', ''],
    ['   ', 'json_invalid', ''],
    ['nul', 'json_invalid', ''],
    ['NaN', 'json_invalid', ''],
    ['Infinity', 'json_invalid', ''],
    ['undefined', 'json_invalid', ''],
    ['true false', 'json_invalid', ''],
    ['{} x', 'json_invalid', ''],
    ['\u00a0{}', 'json_invalid', ''],
    ['{}\u00a0', 'json_invalid', ''],
    ['\ufeff{}', 'json_invalid', ''],
    ["{'a':1}", 'json_invalid', ''],
    ['{a:1}', 'json_invalid', ''],
    ['{"a" 1}', 'json_invalid', '/a'],
    ['{"a":1,}', 'json_invalid', ''],
    ['{"a":1 "b":2}', 'json_invalid', '/a'],
    ['{"a":', 'json_invalid', '/a'],
    ['{"a":1', 'json_invalid', '/a'],
    ['{,}', 'json_invalid', ''],
    ['[1,]', 'json_invalid', '/1'],
    ['[,1]', 'json_invalid', '/0'],
    ['[1 2]', 'json_invalid', '/0'],
    ['[1', 'json_invalid', '/0'],
    ['[1}', 'json_invalid', '/0'],
    [']', 'json_invalid', ''],
    ['/* c */ 1', 'json_invalid', ''],
    ['{"a":[1,{"b/c~d":tru}]}', 'json_invalid', '/a/1/b~1c~0d'],
    ['"abc', 'json_invalid', ''],
    ['"a\nb"', 'json_invalid', ''],
    ['"a\u0000b"', 'json_invalid', ''],
    ['"\\x41"', 'json_invalid', ''],
    ['"\\u12G4"', 'json_invalid', ''],
    ['"\\u12"', 'json_invalid', ''],
    ['"\\', 'json_invalid', ''],
    ['01', 'json_invalid', ''],
    ['-', 'json_invalid', ''],
    ['-01', 'json_invalid', ''],
    ['+1', 'json_invalid', ''],
    ['.5', 'json_invalid', ''],
    ['1.', 'json_invalid', ''],
    ['1.e5', 'json_invalid', ''],
    ['1e', 'json_invalid', ''],
    ['1e+', 'json_invalid', ''],
    ['0x10', 'json_invalid', ''],
    ['1_000', 'json_invalid', ''],
    ['{"a":1,"a":1}', 'json_duplicate_member', '/a'],
    ['{"a":{"b":1,"c":2,"b":3}}', 'json_duplicate_member', '/a/b'],
    ['{"a":1,"\\u0061":2}', 'json_duplicate_member', '/a'],
    ['{"__proto__":1,"__proto__":2}', 'json_duplicate_member', '/__proto__'],
    ['[{"x":1},{"x":1,"x":2}]', 'json_duplicate_member', '/1/x'],
    ['9007199254740993', 'json_number_imprecise', ''],
    ['{"n":0.1234567890123456789}', 'json_number_imprecise', '/n'],
    ['[1e400]', 'json_number_imprecise', '/0'],
    ['-1e400', 'json_number_imprecise', ''],
    ['1e-400', 'json_number_imprecise', ''],
    ['4e-324', 'json_number_imprecise', ''],
    ['123456789012345678901234567890', 'json_number_imprecise', ''],
    ['0.30000000000000000001', 'json_number_imprecise', ''],
    ['"\\ud800"', 'json_lone_surrogate', ''],
    ['"\\udc00\\ud800"', 'json_lone_surrogate', ''],
    ['"\ud800"', 'json_lone_surrogate', ''],
    ['"x\udc00y"', 'json_lone_surrogate', ''],
    ['["a",{"k":"\\ud83d"}]', 'json_lone_surrogate', '/1/k'],
    ['{"\\ud800":1}', 'json_lone_surrogate', ''],
  ];
  test.each(table)('%j is %s at %j', (text, code, pointer) => {
    expect(refusal(() => parseStrictJson(text, LIMITS))).toMatchObject({ code, pointer });
  });

  test('a depth over the limit, arrays and objects alike', () => {
    const nested = (depth: number) => '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2);
    expect(parseStrictJson(nested(32), LIMITS)).toBeDefined();
    expect(refusal(() => parseStrictJson(nested(34), LIMITS)).code).toBe('json_too_deep');
    expect(refusal(() => parseStrictJson('[[[1]]]', { ...LIMITS, maxDepth: 2 }))).toEqual({
      code: 'json_too_deep',
      pointer: '/0/0',
      offset: 2,
    });
    expect(parseStrictJson('[[1],[2],[3]]', { ...LIMITS, maxDepth: 2 })).toEqual([[1], [2], [3]]);
  });

  test('a million brackets do not exhaust the stack, whatever depth was asked for', () => {
    const limits = { maxBytes: 1e7, maxDepth: Number.MAX_SAFE_INTEGER };
    expect(refusal(() => parseStrictJson('['.repeat(1_000_000), limits)).code).toBe('json_too_deep');
  });

  test('a size over the limit is counted in UTF-8 bytes', () => {
    expect(parseStrictJson('"éé"', { maxBytes: 6 })).toBe('éé');
    expect(refusal(() => parseStrictJson('"éé"', { maxBytes: 5 })).code).toBe('json_too_large');
    expect(refusal(() => parseStrictJsonBytes(utf8('"éé"'), { maxBytes: 5 })).code).toBe('json_too_large');
  });

  test('bytes that are not UTF-8, and a byte order mark', () => {
    const bad: number[][] = [
      [0x22, 0xff, 0x22],
      [0x22, 0xc0, 0x80, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xe2, 0x82],
    ];
    for (const bytes of bad) {
      expect(refusal(() => parseStrictJsonBytes(Uint8Array.from(bytes), LIMITS)).code).toBe('json_not_utf8');
    }
    expect(refusal(() => parseStrictJsonBytes(utf8('\ufeff{}'), LIMITS)).code).toBe('json_invalid');
  });

  test('messages hold no value of the input', () => {
    for (const text of ['{"ssn":"078-05-1120","ssn":1}', '["078-05-1120" 1]', '{"a":078051120}', '"078-05-1120\\q"']) {
      expect(() => parseStrictJson(text, LIMITS)).toThrow(/^(?!.*078)/);
    }
  });
});

describe('what is fine is read as JSON.parse reads it', () => {
  test.each([
    '1.0',
    '1e2',
    '1E2',
    '0.10',
    '-0',
    '0',
    '-0.0',
    '1e-7',
    '5e-324',
    '1.7976931348623157e308',
    '9007199254740992',
    '0.1',
    '100000000000000000000',
    '1e21',
    '123456789012345',
    '0.000001',
    '1e+2',
    '0e10',
    '20e-1',
    '-12.5',
    '"\\u0041\\n\\"\\\\\\/\\b\\f\\r\\t"',
    '"\\ud83d\\ude00"',
    '"😀"',
    '"\u2028\u007f"',
    ' [ ] ',
    '\t{\r\n}\n',
    '{"a":[true,false,null,{"b":""}],"":0}',
    '{"toString":1,"constructor":2,"hasOwnProperty":3}',
  ])('%s', (text) => {
    expect(parseStrictJson(text, LIMITS)).toStrictEqual(JSON.parse(text));
    expect(parseStrictJsonBytes(utf8(text), LIMITS)).toStrictEqual(JSON.parse(text));
  });

  test('__proto__ is an own member and pollutes nothing', () => {
    const value = parseStrictJson('{"__proto__":{"admin":true},"a":{"constructor":{"prototype":{"x":1}}}}', LIMITS);
    expect(Object.keys(value as object)).toEqual(['__proto__', 'a']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect((value as Record<string, unknown>)['admin']).toBeUndefined();
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  test('-0 stays -0', () => {
    expect(Object.is(parseStrictJson('-0', LIMITS), -0)).toBe(true);
  });
});

describe('NDJSON', () => {
  test('one value a line; blank lines at the end only', () => {
    expect(parseStrictNdjson('{"a":1}\r\n[2]\n3', LIMITS)).toEqual([{ a: 1 }, [2], 3]);
    expect(parseStrictNdjson(utf8('1\n2\n\n \t\r\n\n'), LIMITS)).toEqual([1, 2]);
    expect(parseStrictNdjson('', LIMITS)).toEqual([]);
    expect(parseStrictNdjson('\n\n', LIMITS)).toEqual([]);
  });

  test.each<[string, string, string]>([
    ['1\n\n2', 'json_invalid', '/1'],
    ['\n1', 'json_invalid', '/0'],
    ['1\n{"a":\n1}', 'json_invalid', '/1/a'],
    ['1 2', 'json_invalid', '/0'],
    ['1\n{"x":[1,"\\ud800"]}\n', 'json_lone_surrogate', '/1/x/1'],
    ['{"x":1}\n{"x":1,"x":1}', 'json_duplicate_member', '/1/x'],
    ['"a\nb"', 'json_invalid', '/0'],
    ['1\n\u00a0\n', 'json_invalid', '/1'],
  ])('%j is %s at %s', (text, code, pointer) => {
    expect(refusal(() => parseStrictNdjson(text, LIMITS))).toMatchObject({ code, pointer });
  });

  test('more lines than allowed', () => {
    expect(parseStrictNdjson('1\n2\n', { ...LIMITS, maxValues: 2 })).toEqual([1, 2]);
    expect(refusal(() => parseStrictNdjson('1\n2\n3', { ...LIMITS, maxValues: 2 })).code).toBe('batch_too_large');
  });
});

describe('plain spelling: no flipped bit may give the same value', () => {
  const plain = { ...LIMITS, plainSpelling: true };
  test.each([
    '1E5',
    '0.50',
    '1.00',
    '-0',
    '-0.0',
    '-0.00',
    '"\\u00E9"',
    '"\\\\\\u00E9"',
    '\t1',
    '1\t',
    '1\r',
    '\r1',
    '[1,\r2]',
    '1.50e3',
  ])('%j is refused', (text) => {
    expect(refusal(() => parseStrictJson(text, plain)).code).toBe('json_invalid');
  });
  test.each([
    '1e5',
    '0.5',
    '1.0',
    '0.05',
    '100',
    '10.01',
    '-0.5',
    '"\\u00e9"',
    '"\\\\u00E9"',
    '"\\\\\\\\uABCD"',
    '[1,\r\n 2]\r\n',
    '1e-07',
    '0',
  ])('%j is fine', (text) => {
    expect(parseStrictJson(text, plain)).toStrictEqual(JSON.parse(text));
  });
});
