/**
 * Rows as posted -> columns of numbers. Everything that comes in here is the caller's: lengths, types and ranges are checked,
 * and no message repeats a value.
 *
 * @module
 */
import { LedgerError } from '../ledger/errors.ts';
import type { AuditOptions, AuditRows, Bins, Cell } from './audit-types.ts';
import { resolved, textOf, type ResolvedOptions } from './audit/options.ts';
import { codesFor } from './cells.ts';
import {
  type AttributeColumn,
  type AuditColumns,
  cellIndex,
  FAVOURABLE,
  JOINT,
  MISSING,
  UNFAVOURABLE,
  UNKNOWN,
} from './columns.ts';

/** Rows in one audit. */
export const MAX_ROWS = 20_000_000;
/** Groups of one attribute. Beyond it a group says nothing about a population: it is an identifier. */
export const MAX_GROUPS = 1_000;
/** Attributes of one audit. */
export const MAX_ATTRIBUTES = 64;

/** Longest name of an attribute, in UTF-16 units; longer ones are no names, and each figure repeats it. */
export const MAX_NAME = 256;

const LEAST_WEIGHT = 1e-12;
const LARGEST_WEIGHT = 1e12;

/** What the columns hold, beside the attributes. */
export interface ColumnLayout {
  /** Names of the attributes, in the order in which their values are added. */
  readonly attributes: readonly string[];
  readonly hasLabels: boolean;
  /** Without: made of the scores by the first threshold. */
  readonly hasPredictions: boolean;
  readonly hasScores: boolean;
  readonly hasWeights: boolean;
}

/** One row, beside its attributes. What the layout does not have is not looked at. */
export interface RowValues {
  readonly label?: Cell;
  readonly prediction?: Cell;
  readonly score?: number;
  readonly weight?: number;
}

/** A caller's fault in one row. */
function faultIn(code: 'invalid_value' | 'wrong_type', message: string, column: string, row: number): LedgerError {
  return new LedgerError(code, message, { pointer: `/${column}/${row}` });
}

/** Numbers that grow without being copied one by one. */
class GrowingNumbers<T extends Uint8Array | Uint16Array | Float64Array> {
  #values: T;
  #length = 0;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#values = make(1_024);
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = this.#make(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** The values so far; not to be pushed to afterwards. */
  values(): T {
    return this.#values.subarray(0, this.#length) as T;
  }
}

/** The groups of one attribute, numbered as they come, sorted at the end. */
class Groups {
  readonly #name: string;
  readonly #position: number;
  readonly #nameOf: (cell: Cell, row: number) => string;
  readonly #byCell = new Map<Cell, number>();
  readonly #byName = new Map<string, number>();
  readonly #codes = new GrowingNumbers((length) => new Uint16Array(length));

  constructor(name: string, position: number, nameOf: (cell: Cell, row: number) => string) {
    this.#name = name;
    this.#position = position;
    this.#nameOf = nameOf;
  }

  add(cell: Cell, row: number): void {
    this.#codes.push(this.#byCell.get(cell) ?? this.#number(cell, row));
  }

  #number(cell: Cell, row: number): number {
    const name = this.#nameOf(cell, row);
    const code = this.#byName.get(name) ?? this.#byName.size;
    this.#byName.set(name, code);
    // Of an attribute with bins every number is a cell of its own: only so many are remembered.
    if (this.#byCell.size < 4 * MAX_GROUPS) this.#byCell.set(cell, code);
    if (this.#byName.size > MAX_GROUPS) {
      throw new LedgerError(
        'too_many_groups',
        `An attribute may have at most ${MAX_GROUPS} groups. Give numbers by bins.`,
        {
          pointer: `/attributes/${this.#position}`,
        },
      );
    }
    return code;
  }

  column(): AttributeColumn {
    const groups = [...this.#byName.keys()].sort();
    const rank = new Uint16Array(groups.length);
    for (const [position, name] of groups.entries()) rank[this.#byName.get(name) ?? 0] = position;
    const from = this.#codes.values();
    const codes = codesFor(from.length);
    for (let i = 0; i < from.length; i += 1) codes[i] = rank[from[i] ?? 0] ?? 0;
    return { name: this.#name, groups, codes };
  }
}

/** Builds columns row by row, so that a file never is in memory as text. */
export class ColumnBuilder {
  readonly #layout: ColumnLayout;
  readonly #threshold: number;
  readonly #favorable: ReadonlySet<string>;
  readonly #missing: ReadonlySet<string>;
  readonly #classes = new Map<Cell, number>();
  readonly #cells = new GrowingNumbers((length) => new Uint8Array(length));
  readonly #scores = new GrowingNumbers((length) => new Float64Array(length));
  readonly #weights = new GrowingNumbers((length) => new Float64Array(length));
  readonly #attributes: readonly Groups[];
  #rows = 0;
  #weightSum = 0;

  /** @throws LedgerError `invalid_value` for options and layouts that cannot be */
  constructor(layout: ColumnLayout, options: AuditOptions | ResolvedOptions) {
    const known = resolved(options);
    this.#layout = layout;
    this.#threshold = known.thresholds[0] ?? 0.5;
    this.#favorable = new Set(known.favorable);
    this.#missing = new Set(['', ...known.missing]);
    if (layout.hasPredictions && layout.hasScores && known.thresholds.length > 1) {
      const message = 'Several thresholds make the predictions out of the scores: leave predictions out.';
      throw new LedgerError('invalid_value', message, { pointer: '/predictions' });
    }
    checkAttributeNames(layout.attributes);
    this.#attributes = layout.attributes.map((name, position) => {
      const bins = Object.hasOwn(known.bins, name) ? known.bins[name] : undefined;
      return new Groups(name, position, (cell, row) => this.#groupName(cell, bins, { name, row }));
    });
  }

  get rows(): number {
    return this.#rows;
  }

  /**
   * @param attributes values in the order of the layout
   * @throws LedgerError `invalid_value` or `wrong_type` with `/<column>/<row>`, `too_many_groups`
   */
  add(values: RowValues, attributes: readonly Cell[]): void {
    const row = this.#rows;
    if (row >= MAX_ROWS) throw new LedgerError('audit_too_large', `An audit may have at most ${MAX_ROWS} rows.`);
    const { hasLabels, hasScores, hasWeights } = this.#layout;
    const score = hasScores ? checkedScore(values.score, row) : 0;
    if (hasScores) this.#scores.push(score);
    if (hasWeights) this.#pushWeight(values.weight, row);
    const label = hasLabels ? this.#classOf(values.label ?? null) : UNKNOWN;
    this.#cells.push(cellIndex(label, this.#prediction(values, score)));
    for (const [i, groups] of this.#attributes.entries()) groups.add(attributes[i] ?? null, row);
    this.#rows += 1;
  }

  #pushWeight(weight: number | undefined, row: number): void {
    const checked = checkedWeight(weight, row);
    this.#weights.push(checked);
    this.#weightSum += checked;
  }

  #prediction(values: RowValues, score: number): number {
    if (this.#layout.hasPredictions) return this.#classOf(values.prediction ?? null);
    if (!this.#layout.hasScores) return UNKNOWN;
    return score >= this.#threshold ? FAVOURABLE : UNFAVOURABLE;
  }

  #classOf(cell: Cell): number {
    const known = this.#classes.get(cell);
    if (known !== undefined) return known;
    const text = textOf(cell);
    const isFavourable = this.#favorable.has(text);
    const result = this.#missing.has(text) ? UNKNOWN : Number(isFavourable);
    if (this.#classes.size < MAX_GROUPS) this.#classes.set(cell, result);
    return result;
  }

  #groupName(
    cell: Cell,
    bins: Bins | undefined,
    { name, row }: { readonly name: string; readonly row: number },
  ): string {
    const text = textOf(cell);
    if (this.#missing.has(text)) return MISSING;
    if (bins === undefined) return text;
    const value = Number(text);
    // Blanks alone would be 0.
    if (!Number.isFinite(value) || text.trim() === '') {
      throw faultIn('wrong_type', 'An attribute that is given by bins holds numbers.', `attributes/${name}`, row);
    }
    const bin = bins.edges.findIndex((edge) => value < edge);
    return bins.names[bin < 0 ? bins.edges.length : bin] ?? MISSING;
  }

  /** @throws LedgerError `rows_empty`, `invalid_value` where every weight is 0 */
  build(): AuditColumns {
    if (this.#rows === 0)
      throw new LedgerError('rows_empty', 'There is no row. Send at least one, or widen the window.');
    const { hasScores, hasWeights } = this.#layout;
    if (hasWeights && this.#weightSum === 0) {
      throw new LedgerError('invalid_value', 'At least one weight has to be above 0.', { pointer: '/weights' });
    }
    return {
      rows: this.#rows,
      cells: this.#cells.values(),
      ...(hasScores ? { scores: this.#scores.values() } : {}),
      ...(hasWeights ? { weights: this.#weights.values() } : {}),
      attributes: this.#attributes.map((groups) => groups.column()),
    };
  }
}

/** Whether a name is that of an intersection of others: figures of the two could not be told apart. */
function isIntersection(name: string, names: ReadonlySet<string>): boolean {
  const parts = name.split(JOINT);
  return parts.length > 1 && parts.every((part) => names.has(part));
}

function checkAttributeNames(names: readonly string[]): void {
  const known = new Set(names);
  if (names.some((name) => isIntersection(name, known))) {
    throw new LedgerError('invalid_value', 'An attribute has the name of an intersection of others. Rename it.', {
      pointer: '/attributes',
    });
  }
  if (names.some(({ length }) => length > MAX_NAME)) {
    throw new LedgerError('invalid_value', `The name of an attribute has at most ${MAX_NAME} characters.`, {
      pointer: '/attributes',
    });
  }
  const areNamed = names.every((name) => name !== '') && new Set(names).size === names.length;
  if (areNamed && names.length > 0 && names.length <= MAX_ATTRIBUTES) return;
  throw new LedgerError('invalid_value', `Name 1 to ${MAX_ATTRIBUTES} attributes, each once.`, {
    pointer: '/attributes',
  });
}

function checkedScore(score: number | undefined, row: number): number {
  if (typeof score !== 'number') {
    throw faultIn('wrong_type', 'Every row needs a score that is a number. Leave rows without one out.', 'scores', row);
  }
  if (score >= 0 && score <= 1) return score;
  throw faultIn('invalid_value', 'A score is a probability from 0 to 1.', 'scores', row);
}

function checkedWeight(weight: number | undefined, row: number): number {
  if (typeof weight !== 'number')
    throw faultIn('wrong_type', 'Every row needs a weight that is a number.', 'weights', row);
  // Figures are fractions of products of sums of weights: of smaller ones nothing would be left of such a product.
  if (weight === 0 || (weight >= LEAST_WEIGHT && weight <= LARGEST_WEIGHT)) return weight;
  throw faultIn('invalid_value', 'A weight is 0 or a number from 1e-12 to 1e12.', 'weights', row);
}

/**
 * @throws LedgerError `rows_empty`, `lengths_differ` with the column, `missing_member` where there is nothing to measure,
 *   `invalid_value`, `wrong_type`, `too_many_groups`
 */
export function encodeRows(rows: AuditRows, options: AuditOptions | ResolvedOptions): AuditColumns {
  const attributes = Object.entries(rows.attributes);
  const length = commonLength(rows);
  const layout = layoutOf(rows);
  const builder = new ColumnBuilder(layout, options);
  const valuesAt = rowReader(rows);
  const cells: Cell[] = attributes.map(() => null);
  const features = encodeFeatures(rows.features);
  for (let row = 0; row < length; row += 1) {
    for (const [i, [, column]] of attributes.entries()) cells[i] = column[row] ?? null;
    builder.add(valuesAt(row), cells);
  }
  const columns = builder.build();
  return features === undefined ? columns : { ...columns, features };
}

/** Features of one audit. */
const MAX_FEATURES = 256;

function encodeFeatures(features: AuditRows['features']): AuditColumns['features'] {
  if (features === undefined) return undefined;
  const named = Object.entries(features);
  if (named.length === 0 || named.length > MAX_FEATURES) {
    throw new LedgerError('invalid_value', `Give 1 to ${MAX_FEATURES} features, or none at all.`, {
      pointer: '/features',
    });
  }
  return named.map(([name, values]) => {
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw faultIn('wrong_type', 'A feature holds finite numbers.', `features/${name}`, at);
    return { name, values: Float64Array.from(values) };
  });
}

function layoutOf({ labels, predictions, scores, weights, attributes }: AuditRows): ColumnLayout {
  if (labels === undefined && predictions === undefined && scores === undefined) {
    const message = 'Send labels, predictions or scores: without them there is nothing to measure.';
    throw new LedgerError('missing_member', message, { pointer: '/labels' });
  }
  return {
    attributes: Object.keys(attributes),
    hasLabels: labels !== undefined,
    hasPredictions: predictions !== undefined,
    hasScores: scores !== undefined,
    hasWeights: weights !== undefined,
  };
}

/** Reads rows into one object, which the next row overwrites. What is no number where one is needed, the builder refuses. */
function rowReader({ labels, predictions, scores, weights }: AuditRows): (row: number) => RowValues {
  const values: { label?: Cell; prediction?: Cell; score?: number; weight?: number } = {};
  return (row) => {
    values.label = labels?.[row] ?? null;
    values.prediction = predictions?.[row] ?? null;
    values.score = scores?.[row] ?? Number.NaN;
    values.weight = weights?.[row] ?? Number.NaN;
    return values;
  };
}

function commonLength({ labels, predictions, scores, weights, attributes, features = {} }: AuditRows): number {
  const columns: readonly (readonly [string, readonly unknown[] | undefined])[] = [
    ['labels', labels],
    ['predictions', predictions],
    ['scores', scores],
    ['weights', weights],
    ...Object.entries(attributes).map(([name, column]) => [`attributes/${name}`, column] as const),
    ...Object.entries(features).map(([name, column]) => [`features/${name}`, column] as const),
  ];
  const given = columns.flatMap(([name, column]) => (column === undefined ? [] : [{ name, length: column.length }]));
  const [first] = given;
  const odd = given.find(({ length }) => length !== first?.length);
  if (odd === undefined) return first?.length ?? 0;
  throw new LedgerError('lengths_differ', 'Every column needs the same number of rows.', { pointer: `/${odd.name}` });
}

/** The same rows with predictions made by another threshold. @throws LedgerError `missing_member` without scores */
export function atThreshold(columns: AuditColumns, threshold: number): AuditColumns {
  const { scores, cells } = columns;
  if (scores === undefined) {
    throw new LedgerError('missing_member', 'Several thresholds need scores.', { pointer: '/scores' });
  }
  const moved = new Uint8Array(columns.rows);
  for (let i = 0; i < moved.length; i += 1) {
    const label = Math.floor((cells[i] ?? 0) / 3);
    moved[i] = cellIndex(label, (scores[i] ?? 0) >= threshold ? FAVOURABLE : UNFAVOURABLE);
  }
  return { ...columns, cells: moved };
}
