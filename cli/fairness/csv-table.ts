import { open, type FileHandle } from 'node:fs/promises';
import { systemCode } from '../failure.ts';
import { createCells, FAULTY, INCOMPLETE, scanRecord, type CsvCells, type CsvFault } from './csv-record.ts';
import { inputFault, rowFault, type RowPlace } from './row-fault.ts';

/** What is done with a table as it passes. Nothing of `bytes` and `cells` may be kept. */
export interface TableReader {
  /** Names of the columns, once, before any row. */
  readonly header: (names: readonly string[]) => void;
  readonly row: (bytes: Uint8Array, cells: CsvCells, place: RowPlace) => void;
}

export interface CsvOptions {
  /** One ASCII character. */
  readonly delimiter: string;
  /** Called as bytes are read. */
  readonly advance: (bytes: number) => void;
}

/** Read at once; a record of the file fits twice. */
const WINDOW_BYTES = 1 << 21;
/** A quote that is never closed would otherwise take the rest of the file into memory. */
const LONGEST_RECORD_BYTES = 1 << 20;
const MOST_COLUMNS = 1 << 14;

/**
 * Reads a CSV file (RFC 4180, UTF-8, first record = names of the columns) in constant memory. Empty lines are passed over.
 *
 * @throws CommandFailure exit 2: the file cannot be read, is no CSV, or a row has another number of cells than the header
 */
export async function readCsv(file: string, options: CsvOptions, reader: TableReader): Promise<void> {
  const handle = await openFile(file);
  try {
    await new CsvPass(handle, options, reader).all(file);
  } finally {
    await handle.close();
  }
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file);
  } catch (thrown) {
    throw inputFault('file_unreadable', `cannot read ${file} (${systemCode(thrown) ?? 'unreadable'})`);
  }
}

class CsvPass {
  readonly #handle: FileHandle;
  readonly #options: CsvOptions;
  readonly #reader: TableReader;
  readonly #bytes = new Uint8Array(WINDOW_BYTES);
  /** The window: what has been read and not yet handed over. */
  #start = 0;
  #end = 0;
  #isLast = false;
  #row = 0;
  #line = 1;
  #columns = 0;
  #cells = createCells(MOST_COLUMNS);

  constructor(handle: FileHandle, options: CsvOptions, reader: TableReader) {
    this.#handle = handle;
    this.#options = options;
    this.#reader = reader;
  }

  async all(file: string): Promise<void> {
    await this.#fill(file);
    this.#skipMark(file);
    for (;;) {
      this.#takeRecords();
      if (this.#isLast) break;
      await this.#fill(file);
    }
    if (this.#columns > 0) return;
    throw inputFault('row_malformed', `${file} has no header row`, 'The first row of a CSV file names its columns.');
  }

  /** Moves what is left to the front and reads behind it. */
  async #fill(file: string): Promise<void> {
    this.#bytes.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    while (this.#end < WINDOW_BYTES) {
      const bytesRead = await this.#read(file);
      this.#end += bytesRead;
      this.#options.advance(bytesRead);
      if (bytesRead > 0) continue;
      this.#isLast = true;
      return;
    }
  }

  async #read(file: string): Promise<number> {
    try {
      return (await this.#handle.read(this.#bytes, this.#end, WINDOW_BYTES - this.#end)).bytesRead;
    } catch (thrown) {
      throw inputFault('file_unreadable', `cannot read ${file} (${systemCode(thrown) ?? 'unreadable'})`);
    }
  }

  /** A byte order mark is no part of the first name. */
  #skipMark(file: string): void {
    const [a, b, c] = this.#bytes;
    if (this.#end >= 3 && a === 0xef && b === 0xbb && c === 0xbf) this.#start = 3;
    if (this.#end >= 2 && ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))) {
      throw inputFault('row_malformed', `${file} is written in UTF-16`, 'Save it as UTF-8.');
    }
  }

  #takeRecords(): void {
    const window = {
      bytes: this.#bytes,
      end: this.#end,
      isLast: this.#isLast,
      delimiter: this.#options.delimiter.charCodeAt(0),
    };
    while (this.#start < this.#end) {
      const next = scanRecord(window, this.#start, this.#cells);
      if (next === FAULTY) throw this.#malformed(FAULTS[this.#cells.fault ?? 'quote_open']);
      const length = (next === INCOMPLETE ? this.#end : next) - this.#start;
      if (length > LONGEST_RECORD_BYTES) throw this.#malformed(TOO_LONG);
      if (next === INCOMPLETE) return;
      this.#take();
      this.#start = next;
    }
  }

  #take(): void {
    const cells = this.#cells;
    // A line that holds nothing; an empty cell in quotes is a cell.
    const isEmpty = cells.count === 1 && cells.ends[0] === this.#start;
    if (!isEmpty && this.#columns === 0) this.#takeHeader();
    else if (!isEmpty) this.#takeRow();
    this.#line += 1 + cells.innerNewlines;
  }

  #takeHeader(): void {
    const { count } = this.#cells;
    if (count > MOST_COLUMNS) throw inputFault('row_malformed', `the file has more than ${MOST_COLUMNS} columns`);
    const names = Array.from({ length: count }, (_, i) => this.#nameAt(i));
    if (new Set(names).size !== count) {
      throw inputFault('row_malformed', 'the header names a column twice', 'Give each column its own name.');
    }
    this.#reader.header(names);
    this.#columns = count;
    this.#cells = createCells(count);
  }

  #nameAt(column: number): string {
    try {
      return decodeCell(this.#bytes, this.#cells, column);
    } catch {
      throw inputFault('row_malformed', `the name of column ${column + 1} is no UTF-8`);
    }
  }

  #takeRow(): void {
    this.#row += 1;
    if (this.#cells.count !== this.#columns) {
      throw this.#malformed(`it has ${this.#cells.count} cells, the header ${this.#columns}`, this.#row);
    }
    this.#reader.row(this.#bytes, this.#cells, { row: this.#row, line: this.#line });
  }

  #malformed(what: string, row = this.#row + 1): Error {
    if (this.#columns === 0) return inputFault('row_malformed', `the header (line ${this.#line}): ${what}`);
    return rowFault('row_malformed', { row, line: this.#line }, what);
  }
}

const TOO_LONG = `it is longer than ${LONGEST_RECORD_BYTES} bytes; a quote may have been left open`;
const FAULTS: Readonly<Record<CsvFault, string>> = {
  quote_inside: 'a quote stands inside a cell that does not begin with one',
  text_after_quote: 'text follows the closing quote of a cell',
  quote_open: 'a quote is never closed',
  lone_return: 'a carriage return is followed by no newline',
};

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a cell. @throws TypeError where it is no UTF-8 */
export function decodeCell(bytes: Uint8Array, cells: CsvCells, column: number): string {
  const text = DECODER.decode(bytes.subarray(cells.starts[column], cells.ends[column]));
  return cells.escaped[column] === 1 ? text.replaceAll('""', '"') : text;
}
