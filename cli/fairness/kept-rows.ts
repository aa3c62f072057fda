import type { AuditRows } from '../../fairness/audit-types.ts';
import type { AuditColumns } from '../../fairness/columns.ts';
import type { ColumnSelection } from './column-selection.ts';
import type { SelectedRow } from './csv-columns.ts';

/** The values of rows as they stand in a file, column by column, in the form in which they are posted. */
export class KeptRows {
  readonly rows: AuditRows;
  readonly #columns: readonly { readonly values: unknown[]; readonly of: (row: SelectedRow) => unknown }[];

  constructor(selection: ColumnSelection) {
    const single = (['label', 'prediction', 'score', 'weight'] as const)
      .filter((name) => selection[name] !== undefined)
      .map((name) => ({ name: `${name}s`, values: [], of: ({ values }: SelectedRow): unknown => values[name] }));
    const attributes = selection.attributes.map((name, i) => ({
      name,
      values: [],
      of: (row: SelectedRow): unknown => row.attributes[i] ?? null,
    }));
    const features = selection.features.map((name, i) => ({
      name,
      values: [],
      of: (row: SelectedRow): unknown => row.features[i],
    }));
    this.#columns = [...single, ...attributes, ...features];
    this.rows = {
      ...byName(single),
      attributes: byName(attributes),
      ...(features.length === 0 ? {} : { features: byName(features) }),
    };
  }

  add(row: SelectedRow): void {
    for (const column of this.#columns) column.values.push(column.of(row));
  }
}

function byName<T>(columns: readonly { readonly name: string; readonly values: T[] }[]): Record<string, T[]> {
  return Object.fromEntries(columns.map(({ name, values }) => [name, values]));
}

/** Numbers of the features, which grow row by row. */
export class FeatureColumns {
  readonly #names: readonly string[];
  #values: Float64Array[];
  #rows = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#values = names.map(() => new Float64Array(1_024));
  }

  add(features: ArrayLike<number>): void {
    for (const [i, values] of this.#values.entries()) {
      let room = values;
      if (this.#rows === room.length) {
        room = new Float64Array(room.length * 2);
        room.set(values);
        this.#values[i] = room;
      }
      room[this.#rows] = features[i] ?? 0;
    }
    this.#rows += 1;
  }

  /** Columns with these features beside them, if there are any. */
  withColumns(columns: AuditColumns): AuditColumns {
    if (this.#names.length === 0) return columns;
    const features = this.#values.map((values, i) => ({
      name: this.#names[i] ?? '',
      values: values.subarray(0, this.#rows),
    }));
    return { ...columns, features };
  }
}
