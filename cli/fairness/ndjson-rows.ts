import type { Cell } from '../../fairness/audit-types.ts';
import type { RowValues } from '../../fairness/encode.ts';
import { ndjsonRows } from '../import/row-source.ts';
import { namesOf, type ColumnSelection } from './column-selection.ts';
import type { TakeRow } from './csv-columns.ts';
import { inputFault, rowFault, type RowPlace } from './row-fault.ts';

/**
 * Rows of an NDJSON file: an object a line, of which the selected members are read. A member that is absent or `null` is a
 * missing value.
 *
 * @throws CommandFailure exit 2: a line that is no object, a value that is none, a column that no row has
 */
export async function readNdjson(
  file: string,
  selection: ColumnSelection,
  take: TakeRow,
  advance: (bytes: number) => void,
): Promise<void> {
  const unseen = new Set(namesOf(selection));
  let row = 0;
  let bytes = 0;
  for await (const source of ndjsonRows(file)) {
    row += 1;
    const place = { row, line: source.line };
    if (source.kind === 'reject') throw rowFault('row_malformed', place, source.reject.reason);
    takeObject(parseObject(source.row, place), { selection, unseen, take, place });
    advance(source.bytes - bytes);
    bytes = source.bytes;
  }
  if (row === 0 || unseen.size === 0) return;
  const names = [...unseen].map((name) => JSON.stringify(name)).join(', ');
  throw inputFault('unknown_column', `no row has a member ${names}`, 'Compare the spelling.');
}

const DECODER = new TextDecoder('utf-8', { fatal: true });

function parseObject(bytes: Uint8Array, place: RowPlace): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(DECODER.decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // What the parser says would repeat the text.
  }
  throw rowFault('row_malformed', place, 'the line is no JSON object');
}

interface RowContext {
  readonly selection: ColumnSelection;
  readonly unseen: Set<string>;
  readonly take: TakeRow;
  readonly place: RowPlace;
}

function takeObject(members: Readonly<Record<string, unknown>>, { selection, unseen, take, place }: RowContext): void {
  const cell = (name: string): Cell => {
    const value = Object.hasOwn(members, name) ? members[name] : undefined;
    if (value !== undefined) unseen.delete(name);
    const given = value ?? null;
    if (isCell(given)) return given;
    throw rowFault('wrong_type', place, `${JSON.stringify(name)} is neither text, number, true, false nor null`);
  };
  const number = (name: string): number => {
    const value = cell(name);
    if (typeof value === 'number') return value;
    throw rowFault('wrong_type', place, `${JSON.stringify(name)} is no number, and every row needs one`);
  };
  const { label, prediction, score, weight, attributes, features } = selection;
  const values: RowValues = {
    ...(label === undefined ? {} : { label: cell(label) }),
    ...(prediction === undefined ? {} : { prediction: cell(prediction) }),
    ...(score === undefined ? {} : { score: number(score) }),
    ...(weight === undefined ? {} : { weight: number(weight) }),
  };
  take({ values, attributes: attributes.map(cell), features: features.map(number) }, place);
}

/** Whether a value is one that a cell of a table may have. */
export function isCell(value: unknown): value is Cell {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
