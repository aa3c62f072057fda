import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argsort } from '../../../numerics/argsort.ts';
import { createRandom } from '../../../numerics/random.ts';

/** The definition: by value, −0 as 0, NaN last, then by position. */
function byComparison(values: Float64Array): number[] {
  const rank = (value: number): number => (Number.isNaN(value) ? 1 : 0);
  return [...values.keys()].sort((a, b) => {
    const [x, y] = [values[a]!, values[b]!];
    if (rank(x) !== rank(y) || rank(x) === 1) return rank(x) - rank(y) || a - b;
    return x < y ? -1 : x > y ? 1 : a - b;
  });
}

describe('argsort', () => {
  test('orders infinities, zeros of both signs, subnormals and NaN', () => {
    const values = Float64Array.of(3, -0, NaN, 0, -Infinity, -1, Infinity, -0, -2, 5e-324, -5e-324);
    expect([...argsort(values)]).toEqual([4, 8, 5, 10, 1, 3, 7, 9, 0, 6, 2]);
  });

  test('a NaN is a NaN, whatever its bits', () => {
    const bits = new BigUint64Array([0xfff8000000000000n, 0x7ff0000000000001n, 0xffffffffffffffffn, 0n]);
    expect([...argsort(new Float64Array(bits.buffer))]).toEqual([3, 0, 1, 2]);
  });

  test('does what sorting by comparison does, for any doubles', () => {
    fc.assert(
      fc.property(fc.float64Array({ maxLength: 200 }), (values) => {
        expect([...argsort(values)]).toEqual(byComparison(values));
      }),
    );
  });

  test.each([
    ['evenly spread', (random: () => number) => random()],
    ['a few values, many times each', (random: () => number) => Math.floor(random() * 7) / 7],
    ['numbers whose high words are all the same', (random: () => number) => 1 + random() * 2 ** -21],
    ['any magnitude and sign', (random: () => number) => (random() - 0.5) * 10 ** (200 * random() - 100)],
    ['one value', () => 0.25],
  ])('stable and in order: %s', (name, value) => {
    const random = createRandom(name);
    const values = Float64Array.from({ length: 20_000 }, () => value(() => random.next()));
    expect([...argsort(values)]).toEqual(byComparison(values));
  });

  test('leaves its input alone, and takes nothing', () => {
    const values = Float64Array.of(2, -0, 1);
    argsort(values);
    expect([...values]).toEqual([2, -0, 1]);
    expect(argsort(new Float64Array(0))).toHaveLength(0);
  });
});
