/**
 * Counting: one pass over the rows, after which every metric over groups works on a few numbers.
 *
 * @module
 */
import { LedgerError } from '../ledger/errors.ts';
import { type AttributeColumn, type AuditColumns, CELLS, type Codes, JOINT } from './columns.ts';

/** Sums by group and cell, each array `groups.length * CELLS` long: `array[group * CELLS + cellIndex(label, prediction)]`. */
export interface CellTable {
  readonly attribute: string;
  readonly groups: readonly string[];
  /** Rows (persons). */
  readonly rows: Float64Array;
  /** Sum of weights; the same array as `rows` where there are none. */
  readonly weight: Float64Array;
  /** Sum of squared weights; the same array as `rows` where there are none. */
  readonly weightSquared: Float64Array;
  /** Weighted sums of scores and of their squares, where there are scores. */
  readonly score?: Float64Array;
  readonly scoreSquared?: Float64Array;
}

/** Sums of an attribute's groups. Θ(rows), one pass. */
export function tally(columns: AuditColumns, { name, groups, codes }: AttributeColumn): CellTable {
  const { cells, weights, scores } = columns;
  const size = groups.length * CELLS;
  const rows = countCells(codes, cells, size);
  const weighted = weights === undefined ? [rows, rows] : sumTwice(codes, cells, size, { values: weights });
  const [weight = rows, weightSquared = rows] = weighted;
  if (scores === undefined) return { attribute: name, groups, rows, weight, weightSquared };
  const [score = rows, scoreSquared = rows] = sumTwice(codes, cells, size, { values: scores, weights });
  return { attribute: name, groups, rows, weight, weightSquared, score, scoreSquared };
}

/** Counts in 32 bits: fewer than 2^32 rows are ever in memory. */
function countCells(codes: Codes, cells: Uint8Array, size: number): Float64Array {
  const counts = new Uint32Array(size);
  for (let i = 0; i < cells.length; i += 1) {
    const at = (codes[i] ?? 0) * CELLS + (cells[i] ?? 0);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return Float64Array.from(counts);
}

interface Summed {
  readonly values: Float64Array;
  readonly weights?: Float64Array | undefined;
}

/** Σ w·v and Σ w·v² by group and cell; the two sums of a cell lie side by side while they grow. */
function sumTwice(codes: Codes, cells: Uint8Array, size: number, { values, weights }: Summed): readonly Float64Array[] {
  const sums = new Float64Array(size * 2);
  if (weights === undefined) addValues(sums, codes, cells, values);
  else addWeighted(sums, codes, cells, { values, weights });
  return [0, 1].map((which) => Float64Array.from({ length: size }, (_, i) => sums[i * 2 + which] ?? 0));
}

function addValues(sums: Float64Array, codes: Codes, cells: Uint8Array, values: Float64Array): void {
  for (let i = 0; i < cells.length; i += 1) {
    const at = ((codes[i] ?? 0) * CELLS + (cells[i] ?? 0)) * 2;
    const value = values[i] ?? 0;
    sums[at] = (sums[at] ?? 0) + value;
    sums[at + 1] = (sums[at + 1] ?? 0) + value * value;
  }
}

function addWeighted(sums: Float64Array, codes: Codes, cells: Uint8Array, { values, weights }: Required<Summed>): void {
  for (let i = 0; i < cells.length; i += 1) {
    const at = ((codes[i] ?? 0) * CELLS + (cells[i] ?? 0)) * 2;
    const value = values[i] ?? 0;
    const product = value * (weights?.[i] ?? 0);
    sums[at] = (sums[at] ?? 0) + product;
    sums[at + 1] = (sums[at + 1] ?? 0) + product * value;
  }
}

/** The table with all groups of `members` as one group. `members` are positions in `table.groups`. */
export function mergeGroups(table: CellTable, name: string, members: readonly number[]): CellTable {
  const merge = (from: Float64Array): Float64Array => {
    const sums = new Float64Array(CELLS);
    for (const group of members) {
      for (let cell = 0; cell < CELLS; cell += 1) sums[cell] = (sums[cell] ?? 0) + (from[group * CELLS + cell] ?? 0);
    }
    return sums;
  };
  const rows = merge(table.rows);
  const isWeighted = table.weight !== table.rows;
  return {
    attribute: table.attribute,
    groups: [name],
    rows,
    weight: isWeighted ? merge(table.weight) : rows,
    weightSquared: isWeighted ? merge(table.weightSquared) : rows,
    ...(table.score === undefined ? {} : { score: merge(table.score) }),
    ...(table.scoreSquared === undefined ? {} : { scoreSquared: merge(table.scoreSquared) }),
  };
}

/** Everybody. */
export function totalOf(table: CellTable, name = 'all'): CellTable {
  return mergeGroups(
    table,
    name,
    table.groups.map((_, i) => i),
  );
}

/** Groups of one intersection: beyond it hardly anybody is left in each. */
const MAX_JOINT_GROUPS = 10_000;
/** Combinations up to here are counted in an array of their own; beyond, only the ones that occur. */
const DENSE_LIMIT = 1 << 20;

/**
 * The intersection of attributes as an attribute of its own: `race*sex` with groups `Asian*Female`, …; only combinations
 * that occur, sorted by code unit. Θ(rows · attributes).
 *
 * @throws LedgerError `too_many_groups`, `invalid_value` where two combinations have one name
 */
export function intersect(attributes: readonly AttributeColumn[]): AttributeColumn {
  const name = attributes.map((attribute) => attribute.name).join(JOINT);
  const { codes, firstRows } = combine(attributes);
  const names = firstRows.map((row) =>
    attributes.map(({ groups, codes }) => groups[codes[row] ?? 0] ?? '').join(JOINT),
  );
  requireDistinct(names);
  const order = names.map((_, i) => i).sort((a, b) => compareNames(names[a] ?? '', names[b] ?? ''));
  const rank = new Uint32Array(order.length);
  for (const [position, old] of order.entries()) rank[old] = position;
  const narrow = codesFor(codes.length);
  for (let i = 0; i < narrow.length; i += 1) narrow[i] = rank[codes[i] ?? 0] ?? 0;
  return { name, groups: order.map((i) => names[i] ?? ''), codes: narrow };
}

/**
 * Combinations are known by their names: `x*y` of one attribute with `z` of another must not be taken for `x` with `y*z`.
 *
 * @throws LedgerError `invalid_value`
 */
export function requireDistinct(names: readonly string[]): void {
  if (new Set(names).size === names.length) return;
  const message = `Two combinations of groups have one name, because groups are named with ${JOINT}. Name them without.`;
  throw new LedgerError('invalid_value', message, { pointer: '/attributes' });
}

/** By code unit: the same everywhere. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * An array for codes. One kind for every number of groups: loops over the rows then see one kind of array and stay fast, which
 * a byte less a row would not pay for.
 */
export function codesFor(rows: number): Uint16Array {
  return new Uint16Array(rows);
}

/** Rows by combination, numbered in order of their first occurrence. */
interface Combinations {
  readonly codes: Uint32Array;
  /** A row of each combination. */
  readonly firstRows: readonly number[];
}

/** Numbered anew after each attribute: the product of the numbers of groups of many attributes is beyond what doubles count. */
function combine(attributes: readonly AttributeColumn[]): Combinations {
  const rows = attributes[0]?.codes.length ?? 0;
  let found: Combinations = { codes: new Uint32Array(rows), firstRows: [0] };
  for (const { codes, groups } of attributes) found = refine(found, codes, groups.length);
  return found;
}

function refine({ codes, firstRows }: Combinations, by: AttributeColumn['codes'], size: number): Combinations {
  const refined = new Uint32Array(codes.length);
  const first: number[] = [];
  const product = firstRows.length * size;
  const dense = product <= DENSE_LIMIT ? new Int32Array(product).fill(-1) : undefined;
  const sparse = new Map<number, number>();
  for (let i = 0; i < codes.length; i += 1) {
    const code = (codes[i] ?? 0) * size + (by[i] ?? 0);
    let position = dense === undefined ? sparse.get(code) : dense[code];
    if (position === undefined || position < 0) {
      if (first.length === MAX_JOINT_GROUPS) throw tooManyGroups();
      position = first.push(i) - 1;
      if (dense === undefined) sparse.set(code, position);
      else dense[code] = position;
    }
    refined[i] = position;
  }
  return { codes: refined, firstRows: first };
}

function tooManyGroups(): LedgerError {
  const message = `An intersection may have at most ${MAX_JOINT_GROUPS} groups. Name fewer attributes, or give numbers by bins.`;
  return new LedgerError('too_many_groups', message, { pointer: '/intersections' });
}
