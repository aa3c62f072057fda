import { readFile, stat } from 'node:fs/promises';
import type { AuditRows, Cell } from '../../fairness/audit-types.ts';
import { systemCode } from '../failure.ts';
import { isCell } from './ndjson-rows.ts';
import { inputFault } from './row-fault.ts';

/** Such a file is in memory whole; larger tables are CSV or NDJSON, which are not. */
const LARGEST_BYTES = 256 << 20;

/** Members that are one column each, and members that are several by name. */
const COLUMN_MEMBERS = ['labels', 'predictions', 'scores', 'weights'] as const;
const GROUP_MEMBERS = ['attributes', 'features'] as const;
const ROW_MEMBERS: readonly string[] = [...COLUMN_MEMBERS, ...GROUP_MEMBERS];

/** A file of columns, `{"labels": […], "predictions": […], "attributes": {…}}`, as `POST /v1/fairness/audits` takes them. */
export interface RowsFile {
  readonly rows: AuditRows;
  /** Names of members beside the rows: options, which this file is not asked for. */
  readonly others: readonly string[];
}

/** @throws CommandFailure exit 2 */
export async function readRowsJson(file: string): Promise<RowsFile> {
  const members = await readObject(file);
  if (members['attributes'] === undefined) {
    throw inputFault('missing_member', `${file} has no object "attributes" with a column for each attribute`);
  }
  const given = (name: string): boolean => members[name] !== undefined;
  // What the columns hold is checked when they are encoded.
  const rows = Object.fromEntries([
    ...COLUMN_MEMBERS.filter(given).map((name) => [name, columnOf(name, members[name])]),
    ...GROUP_MEMBERS.filter(given).map((name) => [name, columnsOf(name, members[name])]),
  ]) as unknown as AuditRows;
  return { rows, others: Object.keys(members).filter((name) => !ROW_MEMBERS.includes(name)) };
}

function columnOf(name: string, value: unknown): readonly Cell[] {
  if (!Array.isArray(value)) throw inputFault('wrong_type', `${name} is no array`);
  const cells = value as readonly unknown[];
  const odd = cells.findIndex((cell) => !isCell(cell));
  if (odd === -1) return cells as readonly Cell[];
  throw inputFault('wrong_type', `row ${odd + 1}: ${name} holds neither text, number, true, false nor null`);
}

function columnsOf(name: string, value: unknown): Readonly<Record<string, readonly Cell[]>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw inputFault('wrong_type', `${name} is no object with a column for each name`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([column, cells]) => [column, columnOf(`${name} ${JSON.stringify(column)}`, cells)]),
  );
}

async function readObject(file: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > LARGEST_BYTES) {
      throw inputFault(
        'audit_too_large',
        `${file} is larger than ${LARGEST_BYTES} bytes`,
        'Write the rows as CSV or NDJSON.',
      );
    }
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === undefined || !/^E[A-Z]+$/.test(code)) throw asNotJson(thrown, file);
    throw inputFault('file_unreadable', `cannot read ${file} (${code})`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // What the parser says would repeat the text.
  }
  throw inputFault('row_malformed', `${file} does not hold one JSON object`);
}

function asNotJson(thrown: unknown, file: string): unknown {
  return thrown instanceof TypeError ? inputFault('row_malformed', `${file} is no UTF-8`) : thrown;
}
