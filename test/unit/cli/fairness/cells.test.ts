import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumber } from '../../../../cli/fairness/number-cell.ts';
import { TextCells } from '../../../../cli/fairness/text-cells.ts';

const numberOf = (text: string): number | undefined => {
  const bytes = new TextEncoder().encode(`<${text}>`);
  return readNumber(bytes, 1, bytes.length - 1);
};

describe('numbers in bytes', () => {
  it('are to the last bit what Number makes of the text', () => {
    const decimal = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.nat(20)).map(([n, places]) => {
        const digits = n.toString().padStart(places + 1, '0');
        return `-${digits.slice(0, digits.length - places)}.${digits.slice(digits.length - places)}`;
      }),
      fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value.toFixed(6)),
    );
    fc.assert(
      fc.property(decimal, (text) => {
        expect(Object.is(numberOf(text), Number(text))).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each(['0', '-0', '.5', '1.', '007', '+1', '1e3', '-2.5E-7', '999999999999999', '0.1234567890123456789'])(
    'takes %s',
    (text) => {
      expect(numberOf(text)).toBe(Number(text));
    },
  );

  it.each([
    '',
    '-',
    '.',
    '-.',
    '1.2.3',
    ' 1',
    '1 ',
    '0x10',
    '1,5',
    'NaN',
    'Infinity',
    '1e400',
    '1e',
    '--1',
    '1_0',
    '٣',
  ])('refuses %j', (text) => {
    expect(numberOf(text)).toBeUndefined();
  });

  it('does not make text of a cell that is too long for a number', () => {
    expect(numberOf(`1${'0'.repeat(1_000)}`)).toBeUndefined();
  });
});

describe('texts of a column', () => {
  it('are decoded to the same texts, however many there are', () => {
    const cells = new TextCells();
    const read = (text: string): string => {
      const bytes = new TextEncoder().encode(`..${text}..`);
      return cells.read(bytes, 2, bytes.length - 2);
    };
    const texts = ['', 'a', 'é', '\u{1F600}', 'x'.repeat(1_000), ...Array.from({ length: 70_000 }, (_, i) => `g${i}`)];
    expect(texts.map(read)).toEqual(texts);
    expect(texts.map(read)).toEqual(texts);
  });

  it('refuse bytes that are no UTF-8', () => {
    expect(() => new TextCells().read(Uint8Array.of(0xc3, 0x28), 0, 2)).toThrow(TypeError);
  });
});
