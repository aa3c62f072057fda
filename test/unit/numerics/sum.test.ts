import { expect, test } from 'vitest';
import { createRandom } from '../../../numerics/random.ts';
import { shuffle } from '../../../numerics/sampling.ts';
import { sum } from '../../../numerics/sum.ts';

test('keeps what a plain sum loses', () => {
  expect(sum([1, 1e100, 1, -1e100])).toBe(2);
  expect(sum(Array.from({ length: 10 }, () => 0.1))).toBe(1);
  expect(sum([])).toBe(0);
});

test('a million tenths', () => {
  expect(sum(new Float64Array(1_000_000).fill(0.1))).toBe(100_000);
});

test('infinities and NaN come through', () => {
  expect(sum([1, Infinity])).toBe(Infinity);
  expect(sum([-Infinity, 1, 2])).toBe(-Infinity);
  expect(sum([Infinity, -Infinity])).toBeNaN();
  expect(sum([1, NaN])).toBeNaN();
});

test('the order of the values changes nothing that a plain sum would show', () => {
  const random = createRandom('sum');
  const values = Float64Array.from({ length: 1000 }, () => (random.next() - 0.5) * 10 ** (10 * random.next()));
  const first = sum(values);
  for (let i = 0; i < 20; i += 1) {
    shuffle(random, values);
    expect(sum(values)).toBe(first);
  }
});
