/** @module Small dense linear systems. Matrices are row by row in one array. */

/**
 * Solves `matrix · x = right` for a symmetric positive definite matrix by Cholesky decomposition.
 *
 * @param matrix - `size * size`; only its lower triangle is read
 * @returns `undefined` where the matrix is not positive definite, or too nearly singular to say
 * @throws RangeError where the lengths do not fit
 */
export function choleskySolve(matrix: Float64Array, right: Float64Array): Float64Array | undefined {
  const size = right.length;
  if (matrix.length !== size * size) throw new RangeError('matrix: size * size');
  const lower = cholesky(matrix, size);
  if (lower === undefined) return undefined;
  const x = Float64Array.from(right);
  for (let row = 0; row < size; row += 1) {
    x[row] = (at(x, row) - dot(lower, row * size, 1, x, 0, row)) / at(lower, row * size + row);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    const below = dot(lower, (row + 1) * size + row, size, x, row + 1, size - row - 1);
    x[row] = (at(x, row) - below) / at(lower, row * size + row);
  }
  return x;
}

/** The lower triangle whose product with its transpose is the matrix. */
function cholesky(matrix: Float64Array, size: number): Float64Array | undefined {
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < row; column += 1) {
      const rest = at(matrix, row * size + column) - dot(lower, row * size, 1, lower, column * size, column);
      lower[row * size + column] = rest / at(lower, column * size + column);
    }
    const diagonal = at(matrix, row * size + row);
    const rest = diagonal - dot(lower, row * size, 1, lower, row * size, row);
    // What is left of the diagonal after a column that depends on earlier ones is rounding.
    if (!(rest > size * Number.EPSILON * diagonal)) return undefined;
    lower[row * size + row] = Math.sqrt(rest);
  }
  return lower;
}

function at(values: Float64Array, position: number): number {
  return values[position] ?? 0;
}

/** Product of `count` elements of `left`, `stride` apart, with neighbours of `right`. */
function dot(
  left: Float64Array,
  leftStart: number,
  stride: number,
  right: Float64Array,
  rightStart: number,
  count: number,
): number {
  let total = 0;
  for (let i = 0; i < count; i += 1) total += at(left, leftStart + i * stride) * at(right, rightStart + i);
  return total;
}

/**
 * Minimises `Σ weight · (design · x − response)²` by Householder reflections, which do not square the condition of the
 * design as normal equations do (Golub and Van Loan, *Matrix Computations*, 5.3).
 *
 * @param design - `response.length` rows, row by row
 * @param weights - none negative; absent: all 1
 * @returns one coefficient a column; `undefined` where columns depend on each other, or there are fewer rows than columns
 * @throws RangeError where the lengths do not fit
 */
export function solveLeastSquares(
  design: Float64Array,
  response: Float64Array,
  weights?: Float64Array,
): Float64Array | undefined {
  const rows = response.length;
  const columns = columnsOf(design, rows);
  if (weights !== undefined && weights.length !== rows) throw new RangeError('weights: one a row');
  if (rows < columns || columns === 0) return undefined;
  const r = Float64Array.from(design);
  const y = Float64Array.from(response);
  if (weights !== undefined) scaleRows(r, y, weights, columns);
  const norms = columnNorms(r, columns);
  for (let column = 0; column < columns; column += 1) {
    const pivot = reflect(r, y, column, columns);
    if (!(pivot > rows * Number.EPSILON * at(norms, column))) return undefined;
  }
  return backSubstitute(r, y, columns);
}

function columnsOf(design: Float64Array, rows: number): number {
  const columns = rows === 0 ? 0 : design.length / rows;
  if (!Number.isInteger(columns)) throw new RangeError('design: rows * columns');
  return columns;
}

function scaleRows(r: Float64Array, y: Float64Array, weights: Float64Array, columns: number): void {
  for (const [row, weight] of weights.entries()) {
    const scale = Math.sqrt(weight);
    y[row] = at(y, row) * scale;
    for (let i = row * columns; i < (row + 1) * columns; i += 1) r[i] = at(r, i) * scale;
  }
}

function columnNorms(r: Float64Array, columns: number): Float64Array {
  const squares = new Float64Array(columns);
  for (const [i, value] of r.entries()) squares[i % columns] = at(squares, i % columns) + value * value;
  return squares.map(Math.sqrt);
}

/** Turns what is under the diagonal of a column into zeros. @returns the size of the diagonal element that results */
function reflect(r: Float64Array, y: Float64Array, column: number, columns: number): number {
  const rows = y.length;
  let square = 0;
  for (let row = column; row < rows; row += 1) {
    const value = at(r, row * columns + column);
    square += value * value;
  }
  const norm = Math.sqrt(square);
  const diagonal = at(r, column * columns + column);
  if (norm === 0) return 0;
  const head = diagonal >= 0 ? diagonal + norm : diagonal - norm;
  const scale = 1 / (norm * Math.abs(head));
  const reflector = Float64Array.from({ length: rows - column }, (_, i) =>
    i === 0 ? head : at(r, (column + i) * columns + column),
  );
  const apply = (values: Float64Array, stride: number, offset: number): void => {
    let product = 0;
    for (const [i, v] of reflector.entries()) product += v * at(values, (column + i) * stride + offset);
    const factor = product * scale;
    for (const [i, v] of reflector.entries()) {
      const position = (column + i) * stride + offset;
      values[position] = at(values, position) - factor * v;
    }
  };
  for (let other = column; other < columns; other += 1) apply(r, columns, other);
  apply(y, 1, 0);
  return norm;
}

function backSubstitute(r: Float64Array, y: Float64Array, columns: number): Float64Array {
  const x = new Float64Array(columns);
  for (let row = columns - 1; row >= 0; row -= 1) {
    const known = dot(r, row * columns + row + 1, 1, x, row + 1, columns - row - 1);
    x[row] = (at(y, row) - known) / at(r, row * columns + row);
  }
  return x;
}
