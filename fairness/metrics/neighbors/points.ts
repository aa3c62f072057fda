/**
 * Rows of features as points: rows with the same features are one point, so that a table of categories costs what its
 * combinations cost, not what its rows cost.
 *
 * @module
 */

export interface Points {
  /** Distinct points. */
  readonly size: number;
  /** Numbers of a point in `coordinates`: the features, widest spread first, filled up with zeros to a multiple of 4. */
  readonly width: number;
  readonly coordinates: Float64Array;
  /** Rows of point `p`, ascending: `rows[starts[p]] … rows[starts[p + 1] - 1]`. */
  readonly starts: Uint32Array;
  readonly rows: Uint32Array;
}

/** Points in order of their first rows. @param features - columns of the same length, all finite */
export function pointsOf(features: readonly Float64Array[], rows: number): Points {
  const matrix = rowMajor(bySpread(features), rows);
  const width = paddedWidth(features.length);
  const { pointOf, size } = distinct(matrix, width, rows);
  const coordinates = new Float64Array(size * width);
  const starts = new Uint32Array(size + 1);
  for (let row = 0; row < rows; row += 1) {
    const point = pointOf[row] ?? 0;
    if (starts[point + 1] === 0) coordinates.set(matrix.subarray(row * width, (row + 1) * width), point * width);
    starts[point + 1] = (starts[point + 1] ?? 0) + 1;
  }
  for (let point = 0; point < size; point += 1) starts[point + 1] = (starts[point + 1] ?? 0) + (starts[point] ?? 0);
  return { size, width, coordinates, starts, rows: rowsByPoint(pointOf, starts) };
}

/** The same points in another order: point `p` of the result was `order[p]`. */
export function reorder({ size, width, coordinates, starts, rows }: Points, order: Uint32Array): Points {
  const moved = new Float64Array(coordinates.length);
  const movedStarts = new Uint32Array(size + 1);
  const movedRows = new Uint32Array(rows.length);
  for (let point = 0; point < size; point += 1) {
    const old = order[point] ?? 0;
    moved.set(coordinates.subarray(old * width, (old + 1) * width), point * width);
    const own = rows.subarray(starts[old] ?? 0, starts[old + 1] ?? 0);
    const start = movedStarts[point] ?? 0;
    movedRows.set(own, start);
    movedStarts[point + 1] = start + own.length;
  }
  return { size, width, coordinates: moved, starts: movedStarts, rows: movedRows };
}

function paddedWidth(features: number): number {
  return Math.max(4, Math.ceil(features / 4) * 4);
}

/** A distance that grows fast in its first terms is given up early. */
function bySpread(features: readonly Float64Array[]): readonly Float64Array[] {
  const spread = features.map((values) => {
    let mean = 0;
    for (const value of values) mean += value / values.length;
    let square = 0;
    for (const value of values) square += (value - mean) ** 2;
    return square;
  });
  const order = features.map((_, i) => i).sort((a, b) => (spread[b] ?? 0) - (spread[a] ?? 0) || a - b);
  return order.map((i) => features[i] ?? new Float64Array());
}

function rowMajor(features: readonly Float64Array[], rows: number): Float64Array {
  const width = paddedWidth(features.length);
  const matrix = new Float64Array(rows * width);
  for (const [column, values] of features.entries()) {
    // + 0 turns −0 into 0: they are the same place.
    for (let row = 0; row < rows; row += 1) matrix[row * width + column] = (values[row] ?? 0) + 0;
  }
  return matrix;
}

/** Numbers the distinct rows of a matrix by a hash table with open addresses. */
function distinct(matrix: Float64Array, width: number, rows: number): { pointOf: Uint32Array; size: number } {
  const words = new Uint32Array(matrix.buffer);
  const mask = 2 ** Math.ceil(Math.log2(rows * 2 + 2)) - 1;
  const table = new Int32Array(mask + 1).fill(-1);
  const first = new Uint32Array(rows);
  const pointOf = new Uint32Array(rows);
  let size = 0;
  for (let row = 0; row < rows; row += 1) {
    let slot = hashRow(words, row * width * 2, width * 2) & mask;
    let point = table[slot] ?? -1;
    while (point >= 0 && !sameRow(words, (first[point] ?? 0) * width * 2, row * width * 2, width * 2)) {
      slot = (slot + 1) & mask;
      point = table[slot] ?? -1;
    }
    if (point < 0) {
      point = size;
      size += 1;
      table[slot] = point;
      first[point] = row;
    }
    pointOf[row] = point;
  }
  return { pointOf, size };
}

function hashRow(words: Uint32Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < start + length; i += 1) {
    hash = Math.imul(hash ^ (words[i] ?? 0), 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  return hash;
}

function sameRow(words: Uint32Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i += 1) if (words[a + i] !== words[b + i]) return false;
  return true;
}

function rowsByPoint(pointOf: Uint32Array, starts: Uint32Array): Uint32Array {
  const next = Uint32Array.from(starts);
  const rows = new Uint32Array(pointOf.length);
  for (const [row, point] of pointOf.entries()) {
    const at = next[point] ?? 0;
    rows[at] = row;
    next[point] = at + 1;
  }
  return rows;
}
