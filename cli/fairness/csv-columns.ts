import type { Cell } from '../../fairness/audit-types.ts';
import { type RowValues } from '../../fairness/encode.ts';
import type { ColumnSelection } from './column-selection.ts';
import { locate } from './column-selection.ts';
import { decodeCell, type TableReader } from './csv-table.ts';
import type { CsvCells } from './csv-record.ts';
import { readNumber } from './number-cell.ts';
import { rowFault, type RowPlace } from './row-fault.ts';
import { TextCells } from './text-cells.ts';

/** What is read of one row. */
export interface SelectedRow {
  readonly values: RowValues;
  /** In the order of the selection, like the features. */
  readonly attributes: readonly Cell[];
  readonly features: ArrayLike<number>;
}

/** Takes one row. It is used again for the next one. */
export type TakeRow = (row: SelectedRow, place: RowPlace) => void;

type Read<T> = (bytes: Uint8Array, cells: CsvCells, place: RowPlace) => T;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the selected columns of a CSV table and passes over all others. */
export function selectedColumns(selection: ColumnSelection, take: TakeRow): TableReader {
  let readRow: (bytes: Uint8Array, cells: CsvCells, place: RowPlace) => void = () => undefined;
  return {
    header(names) {
      readRow = compileRow(selection, names, take);
    },
    row(bytes, cells, place) {
      readRow(bytes, cells, place);
    },
  };
}

/** Puts one cell of a row where it belongs. */
type Fill = Read<void>;

/** Decides once what is read of a row, so that nothing is decided for each. */
function compileRow(selection: ColumnSelection, header: readonly string[], take: TakeRow): TableReader['row'] {
  const at = locate(selection, header);
  const values: Writable<RowValues> = {};
  const attributes: Cell[] = at.attributes.map(() => null);
  const features = new Float64Array(at.features.length);
  const fill = <T>(read: (name: string, column: number) => Read<T>, into: (value: T) => void) => {
    return (column: number): Fill => {
      const cell = read(header[column] ?? '', column);
      return (bytes, cells, place) => {
        into(cell(bytes, cells, place));
      };
    };
  };
  const fills = [
    ...given(at.label).map(fill(textColumn, (value) => (values.label = value))),
    ...given(at.prediction).map(fill(textColumn, (value) => (values.prediction = value))),
    ...given(at.score).map(fill(numberColumn, (value) => (values.score = value))),
    ...given(at.weight).map(fill(numberColumn, (value) => (values.weight = value))),
    ...at.attributes.map((column, i) => fill(textColumn, (value) => (attributes[i] = value))(column)),
    ...at.features.map((column, i) => fill(numberColumn, (value) => (features[i] = value))(column)),
  ];
  const row: SelectedRow = { values, attributes, features };
  return (bytes, cells, place) => {
    for (const one of fills) one(bytes, cells, place);
    take(row, place);
  };
}

function given(column: number | undefined): readonly number[] {
  return column === undefined ? [] : [column];
}

function textColumn(name: string, column: number): Read<string> {
  const texts = new TextCells();
  return (bytes, cells, place) => {
    try {
      if (cells.escaped[column] === 1) return decodeCell(bytes, cells, column);
      return texts.read(bytes, cells.starts[column] ?? 0, cells.ends[column] ?? 0);
    } catch {
      throw rowFault('row_malformed', place, `column ${JSON.stringify(name)} holds text that is no UTF-8`);
    }
  };
}

function numberColumn(name: string, column: number): Read<number> {
  return (bytes, cells, place) => {
    const value = readNumber(bytes, cells.starts[column] ?? 0, cells.ends[column] ?? 0);
    if (value !== undefined) return value;
    const isEmpty = cells.starts[column] === cells.ends[column];
    const what = isEmpty ? 'is empty, and every row needs a number' : 'holds no number';
    throw rowFault('wrong_type', place, `column ${JSON.stringify(name)} ${what}`);
  };
}
