import { describe, expect, test } from 'vitest';
import { bisect, brent } from '../../../numerics/root.ts';

const CASES: readonly [string, (x: number) => number, number, number, number][] = [
  ['a cube root', (x) => x ** 3 - 2, 0, 5, Math.cbrt(2)],
  ['the other way up', (x) => 2 - x ** 3, 0, 5, Math.cbrt(2)],
  ['a fixed point of the cosine', (x) => Math.cos(x) - x, 0, 1, 0.7390851332151607],
  ['a curve that is flat on one side', (x) => Math.exp(x) - 1e-5, -50, 50, Math.log(1e-5)],
  ['a root of odd order, where secants are slow', (x) => (x - 0.3) ** 9, -1, 2, 0.3],
  ['a low end that is the root', (x) => x, 0, 1, 0],
  ['a high end that is the root', (x) => x - 1, 0, 1, 1],
];

describe('roots', () => {
  test.each(CASES)('brent: %s', (name, f, low, high, root) => {
    expect(Math.abs(brent(f, low, high) - root)).toBeLessThan(
      name.includes('odd') ? 0.02 : 1e-14 * (1 + Math.abs(root)),
    );
  });

  test.each(CASES)('bisect: %s', (name, f, low, high, root) => {
    expect(Math.abs(bisect(f, low, high) - root)).toBeLessThan(
      name.includes('odd') ? 1e-7 : 2e-14 * (1 + Math.abs(root)),
    );
  });

  test('brent needs far fewer steps', () => {
    const counted = (find: typeof brent): number => {
      let count = 0;
      find(
        (x) => {
          count += 1;
          return Math.exp(x) - 3;
        },
        -10,
        10,
      );
      return count;
    };
    expect(counted(brent)).toBeLessThan(20);
    expect(counted(bisect)).toBeGreaterThan(40);
  });

  test('a tolerance ends the search early, within it', () => {
    const f = (x: number): number => x * x - 2;
    expect(Math.abs(brent(f, 0, 2, 1e-3) - Math.SQRT2)).toBeLessThan(1e-3);
    expect(Math.abs(bisect(f, 0, 2, 1e-3) - Math.SQRT2)).toBeLessThan(1e-3);
  });

  test('a jump is found by both', () => {
    const step = (x: number): number => (x < 0.7 ? -1 : 1);
    expect(bisect(step, 0, 1)).toBeCloseTo(0.7, 12);
    expect(brent(step, 0, 1)).toBeCloseTo(0.7, 12);
  });

  test.each([brent, bisect])('without a change of sign there is nothing to find', (find) => {
    expect(() => find((x) => x * x + 1, -1, 1)).toThrow(RangeError);
    expect(() => find(() => NaN, -1, 1)).toThrow(RangeError);
  });
});
