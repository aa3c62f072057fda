import { stat } from 'node:fs/promises';
import type { ResolvedOptions } from '../../fairness/audit/options.ts';
import type { AuditRows } from '../../fairness/audit-types.ts';
import type { AuditColumns } from '../../fairness/columns.ts';
import { ColumnBuilder, encodeRows } from '../../fairness/encode.ts';
import { LedgerError } from '../../ledger/errors.ts';
import type { RowOptions } from '../options.ts';
import { startProgress, type Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { checkSelection, layoutOf, type ColumnSelection } from './column-selection.ts';
import { selectedColumns, type TakeRow } from './csv-columns.ts';
import { readCsv } from './csv-table.ts';
import { FeatureColumns, KeptRows } from './kept-rows.ts';
import { cliFault, inCliWords } from './ledger-fault.ts';
import { readNdjson } from './ndjson-rows.ts';
import { inputFault } from './row-fault.ts';
import { readRowsJson } from './rows-json.ts';

export interface ReadSettings {
  readonly terminal: Terminal;
  /** No progress on stderr. */
  readonly isSilent: boolean;
  /** Of a .json file: pass over members that are options, instead of refusing the file. */
  readonly passOverOptions?: boolean;
  /** Also keep the values as they stand in the file, for a service that encodes them itself. */
  readonly keepRows?: boolean;
}

export interface ReadRows {
  readonly columns: AuditColumns;
  /** Where they were to be kept. */
  readonly rows: AuditRows | undefined;
}

/**
 * Rows of a file: `.json` columns as posted, `.ndjson` an object a line, anything else CSV. What stays in memory is the
 * encoded columns, not the text.
 *
 * @throws CommandFailure exit 2
 */
export async function readRows(
  file: string,
  { row, options }: { readonly row: RowOptions; readonly options: ResolvedOptions },
  settings: ReadSettings,
): Promise<ReadRows> {
  if (/\.json$/i.test(file)) return await readWhole(file, { row, options }, settings);
  const selection = selectionOf(row);
  checkSelection(selection);
  checkDelimiter(row.delimiter);
  const builder = inCliWords(() => new ColumnBuilder(layoutOf(selection), options));
  const kept = settings.keepRows === true ? new KeptRows(selection) : undefined;
  const progress = await progressOf(file, settings);
  const features = new FeatureColumns(selection.features);
  const take: TakeRow = (one, place) => {
    try {
      builder.add(one.values, one.attributes);
    } catch (thrown) {
      throw thrown instanceof LedgerError ? cliFault(thrown, place) : thrown;
    }
    features.add(one.features);
    kept?.add(one);
  };
  try {
    await stream(file, { selection, delimiter: row.delimiter, take, progress });
  } finally {
    progress.stop();
  }
  return { columns: features.withColumns(inCliWords(() => builder.build())), rows: kept?.rows };
}

const KILO = 1_000;

async function stream(
  file: string,
  source: {
    readonly selection: ColumnSelection;
    readonly delimiter: string;
    readonly take: TakeRow;
    readonly progress: Progress;
  },
): Promise<void> {
  const { selection, delimiter, take, progress } = source;
  const advance = (bytes: number): void => {
    progress.advance(bytes / KILO);
  };
  if (/\.(ndjson|jsonl)$/i.test(file)) await readNdjson(file, selection, take, advance);
  else await readCsv(file, { delimiter, advance }, selectedColumns(selection, take));
}

async function readWhole(
  file: string,
  { row, options }: { readonly row: RowOptions; readonly options: ResolvedOptions },
  settings: ReadSettings,
): Promise<ReadRows> {
  const given = Object.values(selectionOf(row)).flat().length > 0;
  if (given) {
    throw inputFault(
      'invalid_value',
      'a .json file of columns names them itself: --label, --attribute and the like are for CSV and NDJSON',
    );
  }
  const { rows, others } = await readRowsJson(file);
  if (others.length > 0 && settings.passOverOptions !== true) {
    const names = others.map((name) => JSON.stringify(name)).join(', ');
    throw inputFault('unknown_member', `${file} holds more than rows: ${names}`, 'Give options on the command line.');
  }
  return { columns: inCliWords(() => encodeRows(rows, options)), rows };
}

export function selectionOf({
  label,
  prediction,
  score,
  weight,
  attribute = [],
  feature = [],
}: RowOptions): ColumnSelection {
  return {
    ...(label === undefined ? {} : { label }),
    ...(prediction === undefined ? {} : { prediction }),
    ...(score === undefined ? {} : { score }),
    ...(weight === undefined ? {} : { weight }),
    attributes: attribute,
    features: feature,
  };
}

function checkDelimiter(delimiter: string): void {
  if (/^[\t\x20-\x7e]$/.test(delimiter) && delimiter !== '"') return;
  throw inputFault('invalid_value', '--delimiter is one ASCII character, and no quote', "For example --delimiter ';'");
}

/** Smaller files are read before a bar could be seen. */
const LONG_FILE_BYTES = 16 << 20;

async function progressOf(file: string, { terminal, isSilent }: ReadSettings): Promise<Progress> {
  const size = await sizeOf(file);
  return await startProgress(terminal, {
    label: 'reading',
    unit: 'kB',
    total: size === undefined ? undefined : Math.ceil(size / KILO),
    silent: isSilent || (size ?? 0) < LONG_FILE_BYTES,
  });
}

/** A pipe has none. */
async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : undefined;
  } catch {
    // Opening it says why.
    return undefined;
  }
}
