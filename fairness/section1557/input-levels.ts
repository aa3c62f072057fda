/**
 * An input of a tool as levels: categories as they are, numbers by equal-mass bins.
 *
 * @module
 */
import { argsort } from '../../numerics/argsort.ts';
import type { Cell } from '../audit-types.ts';

/** Columns as they come. In columns of numbers NaN is missing. */
export type InputColumn =
  readonly Cell[] | Float64Array | Float32Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

/** Code of a row without a value, or with none that is finite. */
export const NO_LEVEL = 0xffff;

export interface InputLevels {
  readonly kind: 'categorical' | 'numeric';
  /** Level of each row, or {@link NO_LEVEL}. */
  readonly codes: Uint16Array;
  readonly levels: number;
  /** Of numeric inputs. */
  readonly values?: Float64Array;
  readonly missing: number;
  /** Categories that were put together as one because there are too many. */
  readonly merged: number;
}

/** Numbers with at most so many different values are codes of something, as far as anybody can tell: categories. */
const FEW_VALUES = 20;
/** Bins of a numeric input at most. */
export const NUMERIC_BINS = 32;
/** Levels of a categorical input at most: the smallest ones are put together. */
export const MAXIMUM_LEVELS = 256;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;

/** Reads a column. Texts that are numbers throughout are numbers: CSV knows no other. */
export function inputLevels(column: InputColumn): InputLevels {
  const values = numbersOf(column);
  if (values === undefined)
    return categories(Array.from(column, (cell) => (isMissing(cell) ? undefined : String(cell))));
  const different = new Set<number>();
  for (let i = 0; i < values.length && different.size <= FEW_VALUES; i += 1) {
    const value = values[i] ?? NaN;
    if (Number.isFinite(value)) different.add(value);
  }
  if (different.size > FEW_VALUES) return binned(values);
  return categories(Array.from(values, (value) => (Number.isFinite(value) ? String(value) : undefined)));
}

function isMissing(cell: Cell | undefined): boolean {
  return cell === null || cell === undefined || cell === '' || (typeof cell === 'number' && !Number.isFinite(cell));
}

/** @returns `undefined` where something is no number; `NaN` for what is missing */
function numbersOf(column: InputColumn): Float64Array | undefined {
  if (!Array.isArray(column)) return Float64Array.from(column as Float64Array);
  const cells = column as readonly Cell[];
  const values = new Float64Array(cells.length).fill(NaN);
  for (let i = 0; i < cells.length; i += 1) {
    const cell = cells[i];
    if (cell === undefined || isMissing(cell)) continue;
    const isNumber = typeof cell === 'number' || (typeof cell === 'string' && NUMBER.test(cell));
    if (!isNumber) return undefined;
    values[i] = Number(cell);
  }
  return values;
}

function categories(texts: readonly (string | undefined)[]): InputLevels {
  const counts = new Map<string, number>();
  let missing = 0;
  for (const text of texts) {
    if (text === undefined) missing += 1;
    else counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  // By size and then by name, so that the order of the rows changes nothing.
  const names = [...counts.keys()].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (a < b ? -1 : 1));
  const isMerged = names.length > MAXIMUM_LEVELS;
  const code = new Map(names.map((name, i) => [name, Math.min(i, MAXIMUM_LEVELS - 1)]));
  const codes = Uint16Array.from(texts, (text) => (text === undefined ? NO_LEVEL : (code.get(text) ?? NO_LEVEL)));
  return {
    kind: 'categorical',
    codes,
    levels: Math.min(names.length, MAXIMUM_LEVELS),
    missing,
    merged: isMerged ? names.length - MAXIMUM_LEVELS + 1 : 0,
  };
}

/** Equal values are in the same bin. */
function binned(values: Float64Array): InputLevels {
  const codes = new Uint16Array(values.length).fill(NO_LEVEL);
  const known = finiteRows(values);
  const order = argsort(Float64Array.from(known, (row) => values[row] ?? 0));
  // Fewer where there are few rows, so that bins hold several.
  const bins = Math.max(2, Math.min(NUMERIC_BINS, Math.floor(Math.sqrt(known.length))));
  const mass = known.length / bins;
  let level = 0;
  let end = mass;
  let before: number | undefined;
  for (let rank = 0; rank < order.length; rank += 1) {
    const row = known[order[rank] ?? 0] ?? 0;
    const value = values[row];
    if (rank >= end && value !== before) {
      level += 1;
      end = Math.max(end + mass, rank + 1);
    }
    codes[row] = level;
    before = value;
  }
  return { kind: 'numeric', codes, levels: level + 1, values, missing: values.length - known.length, merged: 0 };
}

function finiteRows(values: Float64Array): Uint32Array {
  const rows = new Uint32Array(values.length);
  let length = 0;
  for (let i = 0; i < values.length; i += 1) {
    if (!Number.isFinite(values[i] ?? NaN)) continue;
    rows[length] = i;
    length += 1;
  }
  return rows.subarray(0, length);
}
