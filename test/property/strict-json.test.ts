import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalize } from '../../ledger/canonical/jcs.ts';
import { parseStrictJson, parseStrictNdjson } from '../../ledger/canonical/strict-json.ts';
import { LedgerError } from '../../ledger/errors.ts';
import type { JsonValue } from '../../ledger/types.ts';

const LIMITS = { maxBytes: 1_000_000, maxDepth: 100 };
const wellFormed = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' });

function native(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function strict(text: string): { value: unknown } | { code: string } {
  try {
    return { value: parseStrictJson(text, LIMITS) };
  } catch (error) {
    if (error instanceof LedgerError) return { code: error.code };
    throw error;
  }
}

describe('strict JSON against JSON.parse', () => {
  test('whatever JSON.stringify writes is read back', () => {
    fc.assert(
      fc.property(wellFormed, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(parseStrictJson(text, LIMITS)).toStrictEqual(JSON.parse(text));
      }),
      { numRuns: 1000 },
    );
  });

  test('damaged text: the grammar is JSON.parse’s, and what passes has the same value', () => {
    const pieces = fc.constantFrom(
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '0',
      '1',
      '-',
      '.',
      'e',
      ' ',
      '\n',
      'null',
      '\\u00',
      '\ud83d',
      '{"a":1,"a":2}',
    );
    fc.assert(
      fc.property(wellFormed, fc.nat(), fc.nat(3), pieces, (value, at, cut, piece) => {
        const text = JSON.stringify(value);
        const place = at % (text.length + 1);
        const damaged = text.slice(0, place) + piece + text.slice(place + cut);
        const expected = native(damaged);
        const outcome = strict(damaged);
        if ('value' in outcome) expect(outcome).toStrictEqual(expected);
        else if (outcome.code === 'json_invalid') expect(expected).toBeUndefined();
        else expect(['json_duplicate_member', 'json_number_imprecise', 'json_lone_surrogate']).toContain(outcome.code);
      }),
      { numRuns: 5000 },
    );
  });

  test('a decimal literal is taken exactly if it survives the way through a double', () => {
    const digits = fc.stringMatching(/^[1-9][0-9]{0,24}$/);
    fc.assert(
      fc.property(digits, fc.integer({ min: -40, max: 40 }), (mantissa, exponent) => {
        const literal = `${mantissa}e${exponent}`;
        const shortest = String(Number(literal))
          .replace(/e.*$/, '')
          .replace('.', '')
          .replace(/^0+/, '')
          .replace(/0+$/, '');
        const isExact = shortest === mantissa.replace(/0+$/, '');
        expect('value' in strict(literal)).toBe(isExact);
      }),
      { numRuns: 3000 },
    );
  });

  test('the pointer of a duplicate leads to the member', () => {
    const name = fc.string({ unit: 'binary', maxLength: 6 });
    fc.assert(
      fc.property(fc.array(fc.oneof(name, fc.nat(3)), { maxLength: 5 }), name, wellFormed, (path, last, value) => {
        const duplicate = `{${JSON.stringify(last)}:${JSON.stringify(value)},${JSON.stringify(last)}:0}`;
        const text = path.reduceRight<string>(
          (inner, step) =>
            typeof step === 'string' ? `{${JSON.stringify(step)}:${inner}}` : `[${'0,'.repeat(step)}${inner}]`,
          duplicate,
        );
        const pointer = [...path, last]
          .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
          .join('');
        expect(() => parseStrictJson(text, LIMITS)).toThrow(
          expect.objectContaining({ code: 'json_duplicate_member', pointer }),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('NDJSON is the values of its lines', () => {
    fc.assert(
      fc.property(fc.array(wellFormed, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), (values, newline) => {
        const lines = values.map((value) => JSON.stringify(value) + newline);
        expect(parseStrictNdjson(lines.join(''), LIMITS)).toStrictEqual(
          values.map((value) => JSON.parse(JSON.stringify(value)) as JsonValue),
        );
      }),
    );
  });

  test('canonical text is a fixed point of reading and canonicalising', () => {
    fc.assert(
      fc.property(wellFormed, (value) => {
        const text = canonicalize(value as JsonValue);
        expect(canonicalize(parseStrictJson(text, LIMITS))).toBe(text);
      }),
    );
  });
});
