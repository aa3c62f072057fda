import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choleskySolve, solveLeastSquares } from '../../../numerics/linear.ts';
import { createRandom } from '../../../numerics/random.ts';
import { normal } from '../../../numerics/sampling.ts';

const close = (a: Float64Array | undefined, b: readonly number[], tolerance = 1e-12): void => {
  expect(a).toHaveLength(b.length);
  for (const [i, value] of b.entries())
    expect(Math.abs(a![i]! - value)).toBeLessThan(tolerance * (1 + Math.abs(value)));
};

describe('solveLeastSquares', () => {
  test('the line through four points that everybody knows', () => {
    close(solveLeastSquares(Float64Array.of(1, 1, 1, 2, 1, 3, 1, 4), Float64Array.of(6, 5, 7, 10)), [3.5, 1.4]);
  });

  test('a weight of 2 is a row that is there twice, and 0 one that is not', () => {
    const weighted = solveLeastSquares(
      Float64Array.of(1, 1, 1, 2, 1, 3, 1, 9),
      Float64Array.of(6, 5, 7, -40),
      Float64Array.of(1, 2, 1, 0),
    );
    const repeated = solveLeastSquares(Float64Array.of(1, 1, 1, 2, 1, 2, 1, 3), Float64Array.of(6, 5, 5, 7));
    close(weighted, [...repeated!]);
  });

  test('Läuchli’s matrix, where normal equations lose everything', () => {
    const e = 1e-9;
    close(solveLeastSquares(Float64Array.of(1, 1, e, 0, 0, e), Float64Array.of(2, e, e)), [1, 1], 1e-7);
  });

  test('what is left is at right angles to every column', () => {
    const random = createRandom('least squares');
    const [rows, columns] = [50, 4];
    const design = Float64Array.from({ length: rows * columns }, () => normal(random));
    const response = Float64Array.from({ length: rows }, () => normal(random));
    const x = solveLeastSquares(design, response)!;
    for (let column = 0; column < columns; column += 1) {
      let product = 0;
      for (let row = 0; row < rows; row += 1) {
        let fitted = 0;
        for (let k = 0; k < columns; k += 1) fitted += design[row * columns + k]! * x[k]!;
        product += design[row * columns + column]! * (response[row]! - fitted);
      }
      expect(Math.abs(product)).toBeLessThan(1e-12);
    }
  });

  test.each([
    ['columns that depend on each other', [1, 2, 2, 4, 3, 6], [1, 2, 3]],
    ['a column of zeros', [1, 0, 1, 0, 1, 0], [1, 2, 3]],
    ['fewer rows than columns', [1, 2, 3], [1]],
    ['no rows', [], []],
    ['NaN', [1, NaN, 1, 2], [1, 2]],
  ])('%s have no solution', (_, design, response) => {
    expect(solveLeastSquares(Float64Array.from(design), Float64Array.from(response))).toBeUndefined();
  });

  test('lengths that do not fit are refused', () => {
    expect(() => solveLeastSquares(new Float64Array(5), new Float64Array(2))).toThrow(RangeError);
    expect(() => solveLeastSquares(new Float64Array(4), new Float64Array(2), new Float64Array(3))).toThrow(RangeError);
  });
});

describe('choleskySolve', () => {
  test('solves what it was made from', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.string(), (size, seed) => {
        const random = createRandom(seed);
        const factor = Float64Array.from({ length: size * size }, () => normal(random));
        const x = Array.from({ length: size }, () => normal(random));
        const matrix = new Float64Array(size * size);
        for (let i = 0; i < size; i += 1) {
          for (let j = 0; j < size; j += 1) {
            matrix[i * size + j] = i === j ? 1 : 0;
            for (let k = 0; k < size; k += 1) matrix[i * size + j]! += factor[i * size + k]! * factor[j * size + k]!;
          }
        }
        const right = Float64Array.from(x, (_, i) =>
          x.reduce((all, value, k) => all + matrix[i * size + k]! * value, 0),
        );
        close(choleskySolve(matrix, right), x, 1e-10);
      }),
    );
  });

  test.each([
    ['singular', [1, 1, 1, 1]],
    ['indefinite', [1, 2, 2, 1]],
    ['negative', [-1, 0, 0, 1]],
    ['NaN', [NaN, 0, 0, 1]],
  ])('%s matrices have no solution', (_, matrix) => {
    expect(choleskySolve(Float64Array.from(matrix), Float64Array.of(1, 1))).toBeUndefined();
  });

  test('lengths that do not fit are refused', () => {
    expect(() => choleskySolve(new Float64Array(5), new Float64Array(2))).toThrow(RangeError);
  });
});
