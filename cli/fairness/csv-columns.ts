import type { Cell } from '../../fairness/audit-types.ts';
import { type RowValues } from '../../fairness/encode.ts';
import type { ColumnSelection } from './column-selection.ts';
import { locate } from './column-selection.ts';
import { decodeCell, type TableReader } from './csv-table.ts';
import type { CsvCells } from './csv-record.ts';
import { readNumber } from './number-cell.ts';
import { rowFault, type RowPlace } from './row-fault.ts';
import { TextCells } from './text-cells.ts';

/** Takes the values of one row. Both arguments are used again for the next row. */
export type TakeRow = (values: RowValues, attributes: readonly Cell[], place: RowPlace) => void;

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

/** Decides once what is read of a row, so that nothing is decided for each. */
function compileRow(selection: ColumnSelection, header: readonly string[], take: TakeRow): TableReader['row'] {
  const at = locate(selection, header);
  const text = (column: number | undefined): Read<string> | undefined =>
    column === undefined ? undefined : textColumn(header[column] ?? '', column);
  const number = (column: number | undefined): Read<number> | undefined =>
    column === undefined ? undefined : numberColumn(header[column] ?? '', column);
  const [label, prediction] = [text(at.label), text(at.prediction)];
  const [score, weight] = [number(at.score), number(at.weight)];
  const attributes = at.attributes.map((column) => textColumn(header[column] ?? '', column));
  const values: Writable<RowValues> = {};
  const groups: Cell[] = attributes.map(() => null);
  return (bytes, cells, place) => {
    if (label !== undefined) values.label = label(bytes, cells, place);
    if (prediction !== undefined) values.prediction = prediction(bytes, cells, place);
    if (score !== undefined) values.score = score(bytes, cells, place);
    if (weight !== undefined) values.weight = weight(bytes, cells, place);
    for (let i = 0; i < attributes.length; i += 1) groups[i] = attributes[i]?.(bytes, cells, place) ?? null;
    take(values, groups, place);
  };
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
