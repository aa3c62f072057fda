import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { parse, type CsvError } from 'csv-parse';
import { unusable } from '../failure.ts';
import { columnsOf, type Mapping } from './mapping.ts';
import type { Reject } from './row-fault.ts';
import type { Row } from './value-rules.ts';

/** What is read from a file next: a row, or word that one cannot be read. `bytes`: offset at its end. */
export type SourceRow<T> =
  | { readonly kind: 'row'; readonly line: number; readonly bytes: number; readonly row: T }
  | { readonly kind: 'reject'; readonly line: number; readonly bytes: number; readonly reject: Reject };

/** A quote that is never closed would otherwise take the rest of the file into memory. */
const LONGEST_ROW_BYTES = 1 << 20;
const READ_SIZE_BYTES = 1 << 18;

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number; readonly bytes: number };
}

/**
 * Rows of a CSV file (RFC 4180, UTF-8, first record = header), streamed.
 * @throws CommandFailure exit 2: no header, a column twice, or a column of the mapping that is not there
 */
export async function* csvRows(file: string, mapping: Mapping): AsyncGenerator<SourceRow<Row>> {
  const skipped: { line: number; bytes: number; code: string }[] = [];
  const records = createReadStream(file, { highWaterMark: READ_SIZE_BYTES }).pipe(
    parse({
      bom: true,
      delimiter: mapping.csv.delimiter,
      info: true,
      max_record_size: LONGEST_ROW_BYTES,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: (error) => void skipped.push(skippedAt(error)),
    }),
  ) as AsyncIterable<CsvRecord>;
  const missing = new Set(mapping.csv.missing);
  let columns: ReadonlyMap<string, number> | undefined;
  for await (const { record, info } of records) {
    yield* drain(skipped);
    if (columns === undefined) {
      columns = readHeader(record, mapping);
      continue;
    }
    yield csvRow({ record, info }, columns, missing);
  }
  yield* drain(skipped);
  if (columns === undefined)
    throw unusable(`${file} has no header row`, 'The first row of a CSV file names its columns.');
}

function skippedAt(error: CsvError | undefined): { line: number; bytes: number; code: string } {
  const at = (name: string): number => {
    const value: unknown = error?.[name];
    return typeof value === 'number' ? value : 0;
  };
  return { line: at('lines'), bytes: at('bytes'), code: error?.code ?? 'CSV_ERROR' };
}

function* drain(skipped: { line: number; bytes: number; code: string }[]): Generator<SourceRow<never>> {
  for (const { line, bytes, code } of skipped.splice(0)) {
    yield rejectRow(line, bytes, `the row is no CSV (${code})`);
  }
}

function rejectRow(line: number, bytes: number, reason: string, code = 'row_malformed'): SourceRow<never> {
  return { kind: 'reject', line, bytes, reject: { line, event: '*', code, pointer: '', reason } };
}

function readHeader(record: readonly string[], mapping: Mapping): ReadonlyMap<string, number> {
  const columns = new Map(record.map((name, i) => [name, i]));
  if (columns.size !== record.length)
    throw unusable('the header names a column twice', 'Give each column its own name.');
  const absent = [...columnsOf(mapping)].filter((name) => !columns.has(name));
  if (absent.length > 0) {
    const names = absent.map((name) => JSON.stringify(name)).join(', ');
    throw unusable(`the file has no column ${names}`, 'Compare the mapping with the first row of the file.');
  }
  return columns;
}

function csvRow(
  { record, info }: CsvRecord,
  columns: ReadonlyMap<string, number>,
  missing: ReadonlySet<string>,
): SourceRow<Row> {
  const { lines: line, bytes } = info;
  if (record.length !== columns.size) {
    return rejectRow(line, bytes, `the row has ${record.length} cells, the header ${columns.size}`);
  }
  const cell = (column: string): string | undefined => {
    const text = record[columns.get(column) ?? -1];
    return text === undefined || missing.has(text) ? undefined : text;
  };
  return { kind: 'row', line, bytes, row: { line, cell } };
}

/** Lines of an NDJSON file as bytes, streamed; blank lines are passed over, overlong ones are rejected. */
export async function* ndjsonRows(file: string): AsyncGenerator<SourceRow<Uint8Array>> {
  const handle = await open(file);
  try {
    yield* splitLines(handle.createReadStream({ highWaterMark: READ_SIZE_BYTES, autoClose: false }));
  } finally {
    await handle.close();
  }
}

const NEWLINE = 0x0a;

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<SourceRow<Uint8Array>> {
  const pending = new PendingLine();
  let line = 0;
  let bytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      pending.add(chunk.subarray(start, end));
      line += 1;
      bytes += end + 1 - start;
      yield* pending.take(line, bytes);
      start = end + 1;
    }
    pending.add(chunk.subarray(start));
    bytes += chunk.length - start;
  }
  yield* pending.take(line + 1, bytes);
}

/** The line being read. Of an overlong one only the length is kept. */
class PendingLine {
  #parts: Buffer[] = [];
  #length = 0;

  add(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > LONGEST_ROW_BYTES) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  *take(line: number, bytes: number): Generator<SourceRow<Uint8Array>> {
    const [first] = this.#parts;
    const row = this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts);
    const tooLong = this.#length > LONGEST_ROW_BYTES;
    this.#parts = [];
    this.#length = 0;
    if (tooLong) yield rejectRow(line, bytes, `the line is longer than ${LONGEST_ROW_BYTES} bytes`, 'json_too_large');
    else if (!isBlank(row)) yield { kind: 'row', line, bytes, row };
  }
}

function isBlank(row: Uint8Array): boolean {
  return row.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
