import { readFile, stat } from 'node:fs/promises';
import type { AuditRows } from '../../fairness/audit-types.ts';
import { systemCode } from '../failure.ts';
import { isCell } from './ndjson-rows.ts';
import { inputFault } from './row-fault.ts';

/** Such a file is in memory whole; larger tables are CSV or NDJSON, which are not. */
const LARGEST_BYTES = 256 << 20;

const ROW_MEMBERS = ['labels', 'predictions', 'scores', 'weights', 'attributes'] as const;

/** A file of columns, `{"labels": […], "predictions": […], "attributes": {…}}`, as `POST /v1/fairness/audits` takes them. */
export interface RowsFile {
  readonly rows: AuditRows;
  /** Names of members beside the rows: options, which this file is not asked for. */
  readonly others: readonly string[];
}

/** @throws CommandFailure exit 2 */
export async function readRowsJson(file: string): Promise<RowsFile> {
  const members = await readObject(file);
  const column = (name: string, value: unknown): readonly (string | number | boolean | null)[] => {
    if (!Array.isArray(value)) throw inputFault('wrong_type', `${name} of ${file} is no array`);
    const odd = value.findIndex((cell) => !isCell(cell));
    if (odd === -1) return value as readonly (string | number | boolean | null)[];
    throw inputFault('wrong_type', `row ${odd + 1}: ${name} holds neither text, number, true, false nor null`);
  };
  const { attributes } = members;
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    throw inputFault('missing_member', `${file} has no object "attributes" with a column for each attribute`);
  }
  const rows = {
    ...Object.fromEntries(
      ROW_MEMBERS.filter((name) => name !== 'attributes' && members[name] !== undefined).map((name) => [
        name,
        column(name, members[name]),
      ]),
    ),
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, column(`attributes ${JSON.stringify(name)}`, value)]),
    ),
  } as AuditRows;
  const others = Object.keys(members).filter((name) => !(ROW_MEMBERS as readonly string[]).includes(name));
  return { rows, others };
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
