/**
 * Rows by combination of attribute values: a scan works on the combinations that occur.
 *
 * @module
 */
import type { Codes } from '../../columns.ts';
import { CurveBuilder, CurveEvidence, POINTS } from './curve.ts';

/** What a scan goes through. All columns have the same length. */
export interface ScanRows {
  readonly attributes: readonly ScanAttribute[];
  /** 0 or 1, but for the Gaussian and Poisson scores, where any finite number is. */
  readonly outcomes: Float64Array;
  /** What the model expected of each row; in [0, 1] for the Bernoulli score. */
  readonly expectations: Float64Array;
}

export interface ScanAttribute {
  /** How many codes there are. */
  readonly size: number;
  readonly codes: Codes;
}

/** Beyond so many combinations their curves (0.7 kB each) are not kept, but made from the rows each time. */
const CURVES_KEPT = 1 << 16;

export interface Cells {
  readonly size: number;
  /** By attribute: the code of each cell. */
  readonly codes: readonly Uint32Array[];
  readonly counts: Float64Array;
  readonly observed: Float64Array;
  readonly expected: Float64Array;
  /** Expectations of cell `c`: `expectations[starts[c]] … expectations[starts[c + 1] - 1]`. */
  readonly starts: Uint32Array;
  readonly expectations: Float64Array;
  /** Values of the curve of each cell, `POINTS` a cell. */
  readonly curves: Float64Array | 'from-rows' | 'unused';
}

export function cellsOf({ attributes, outcomes, expectations }: ScanRows, withCurves: boolean): Cells {
  const rows = outcomes.length;
  const { cellOf, first } = combinations(attributes, rows);
  const size = first.length;
  const codes = attributes.map(({ codes }) => Uint32Array.from(first, (row) => codes[row] ?? 0));
  const counts = new Float64Array(size);
  const observed = new Float64Array(size);
  const expected = new Float64Array(size);
  for (let row = 0; row < rows; row += 1) {
    const cell = cellOf[row] ?? 0;
    increase(counts, cell, 1);
    increase(observed, cell, outcomes[row] ?? 0);
    increase(expected, cell, expectations[row] ?? 0);
  }
  const { starts, sorted } = sortByCell(cellOf, counts, expectations);
  return {
    size,
    codes,
    counts,
    observed,
    expected,
    starts,
    expectations: sorted,
    curves: curvesFor(sorted, starts, withCurves),
  };
}

function increase(sums: Float64Array, at: number, by: number): void {
  sums[at] = (sums[at] ?? 0) + by;
}

function sortByCell(
  cellOf: Uint32Array,
  counts: Float64Array,
  expectations: Float64Array,
): { readonly starts: Uint32Array; readonly sorted: Float64Array } {
  const starts = new Uint32Array(counts.length + 1);
  for (const [cell, count] of counts.entries()) starts[cell + 1] = (starts[cell] ?? 0) + count;
  const next = Uint32Array.from(starts);
  const sorted = new Float64Array(cellOf.length);
  for (const [row, cell] of cellOf.entries()) {
    const place = next[cell] ?? 0;
    sorted[place] = expectations[row] ?? 0;
    next[cell] = place + 1;
  }
  return { starts, sorted };
}

function curvesFor(expectations: Float64Array, starts: Uint32Array, withCurves: boolean): Cells['curves'] {
  const size = starts.length - 1;
  if (!withCurves) return 'unused';
  return size > CURVES_KEPT ? 'from-rows' : curvesOf(expectations, starts, size);
}

function curvesOf(expectations: Float64Array, starts: Uint32Array, size: number): Float64Array {
  const curves = new Float64Array(size * POINTS);
  const builder = new CurveBuilder();
  for (let cell = 0; cell < size; cell += 1) {
    builder.add(expectations, starts[cell] ?? 0, starts[cell + 1] ?? 0, curves, cell * POINTS);
    builder.flush(curves, cell * POINTS);
  }
  return curves;
}

/** Combinations in order of their first rows. */
function combinations(
  attributes: readonly ScanAttribute[],
  rows: number,
): { readonly cellOf: Uint32Array; readonly first: readonly number[] } {
  const cellOf = new Uint32Array(rows);
  let first: number[] = rows === 0 ? [] : [0];
  // After each attribute the combinations are numbered anew, so that a key never exceeds rows × values.
  for (const { size, codes } of attributes) {
    const numbers = numbering(first.length * size);
    const firstOfNew: number[] = [];
    for (let row = 0; row < rows; row += 1) {
      const key = (cellOf[row] ?? 0) * size + (codes[row] ?? 0);
      let cell = numbers.get(key);
      if (cell === undefined) {
        cell = firstOfNew.push(row) - 1;
        numbers.set(key, cell);
      }
      cellOf[row] = cell;
    }
    first = firstOfNew;
  }
  return { cellOf, first };
}

interface Numbering {
  get(key: number): number | undefined;
  set(key: number, value: number): unknown;
}

const DENSE_LIMIT = 1 << 22;

function numbering(keys: number): Numbering {
  if (keys > DENSE_LIMIT) return new Map<number, number>();
  const numbers = new Int32Array(keys).fill(-1);
  return {
    get: (key) => {
      const value = numbers[key] ?? -1;
      return value < 0 ? undefined : value;
    },
    set: (key, value) => {
      numbers[key] = value;
    },
  };
}

/** Which codes of each attribute are in a subset; `undefined`: all of them. */
export type Masks = readonly (Uint8Array | undefined)[];

/** Whether a cell is in a subset, whatever its value of the attribute `except`. */
function isIn(cells: Cells, cell: number, masks: Masks, except: number): boolean {
  for (let attribute = 0; attribute < masks.length; attribute += 1) {
    const mask = masks[attribute];
    if (mask === undefined || attribute === except) continue;
    if (mask[cells.codes[attribute]?.[cell] ?? 0] !== 1) return false;
  }
  return true;
}

/** Rows of a subset. */
export function countIn(cells: Cells, masks: Masks): number {
  let count = 0;
  for (let cell = 0; cell < cells.size; cell += 1) if (isIn(cells, cell, masks, -1)) count += cells.counts[cell] ?? 0;
  return count;
}

/** Evidence of the rows of a subset, by the values of `attribute`, on which the subset sets no condition. */
export function evidenceByValue(
  cells: Cells,
  masks: Masks,
  attribute: number,
  values: number,
): readonly CurveEvidence[] {
  const [count, observed, expected] = [new Float64Array(values), new Float64Array(values), new Float64Array(values)];
  const curves = new CurveSums(cells, values);
  const codes = cells.codes[attribute] ?? new Uint32Array();
  for (let cell = 0; cell < cells.size; cell += 1) {
    if (!isIn(cells, cell, masks, attribute)) continue;
    const code = codes[cell] ?? 0;
    increase(count, code, cells.counts[cell] ?? 0);
    increase(observed, code, cells.observed[cell] ?? 0);
    increase(expected, code, cells.expected[cell] ?? 0);
    curves.add(cell, code);
  }
  const sums = curves.finish();
  return Array.from(
    sums,
    (values, code) => new CurveEvidence(count[code] ?? 0, observed[code] ?? 0, expected[code] ?? 0, values),
  );
}

/** Sums of the curves of cells, by value: from kept curves, from the rows, or zeros where the score needs none. */
class CurveSums {
  readonly #cells: Cells;
  readonly #sums: readonly Float64Array[];
  readonly #builders: readonly CurveBuilder[];

  constructor(cells: Cells, values: number) {
    this.#cells = cells;
    this.#sums = Array.from({ length: values }, () => new Float64Array(POINTS));
    this.#builders = cells.curves === 'from-rows' ? this.#sums.map(() => new CurveBuilder()) : [];
  }

  add(cell: number, value: number): void {
    const { curves, expectations, starts } = this.#cells;
    const into = this.#sums[value];
    if (into === undefined || curves === 'unused') return;
    if (curves === 'from-rows') {
      this.#builders[value]?.add(expectations, starts[cell] ?? 0, starts[cell + 1] ?? 0, into, 0);
      return;
    }
    const start = cell * POINTS;
    for (let point = 0; point < POINTS; point += 1) increase(into, point, curves[start + point] ?? 0);
  }

  finish(): readonly Float64Array[] {
    for (const [value, into] of this.#sums.entries()) this.#builders[value]?.flush(into, 0);
    return this.#sums;
  }
}
