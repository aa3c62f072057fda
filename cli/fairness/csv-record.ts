/**
 * One record of a CSV file (RFC 4180) found in bytes. Used where a million rows have to pass in seconds and most cells are
 * never looked at: nothing is decoded here, cells are places in the bytes.
 *
 * @module
 */

const QUOTE = 0x22;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** What stands in a file and is no CSV. */
export type CsvFault = 'quote_inside' | 'text_after_quote' | 'quote_open' | 'lone_return';

/** Cells of one record: `bytes[starts[i] .. ends[i])`, without the quotes around a cell. */
export interface CsvCells {
  /** Cells of the record; only the first `starts.length` of them are kept. */
  count: number;
  starts: Int32Array;
  ends: Int32Array;
  /** 1 where the cell holds doubled quotes. */
  escaped: Uint8Array;
  /** Newlines within quoted cells. */
  innerNewlines: number;
  fault: CsvFault | undefined;
}

export function createCells(capacity: number): CsvCells {
  return {
    count: 0,
    starts: new Int32Array(capacity),
    ends: new Int32Array(capacity),
    escaped: new Uint8Array(capacity),
    innerNewlines: 0,
    fault: undefined,
  };
}

export interface CsvWindow {
  readonly bytes: Uint8Array;
  /** Where the bytes that have been read end. */
  readonly end: number;
  /** Nothing follows: the end of the bytes ends the record. */
  readonly isLast: boolean;
  readonly delimiter: number;
}

/** The window ends before the record does: read more and scan it again. */
export const INCOMPLETE = -1;
/** The record is no CSV: `cells.fault` says why. */
export const FAULTY = -2;

/**
 * Scans the record that starts at `from`, which lies before the end. A record ends with LF, CRLF or the file (RFC 4180 §2.1
 * and 2.2); a quote stands only around a whole cell, doubled inside it (§2.5 to 2.7).
 *
 * @returns where the next record starts, {@link INCOMPLETE} or {@link FAULTY}
 */
export function scanRecord(window: CsvWindow, from: number, cells: CsvCells): number {
  cells.count = 0;
  cells.innerNewlines = 0;
  cells.fault = undefined;
  let at = from;
  for (;;) {
    const isQuoted = at < window.end && window.bytes[at] === QUOTE;
    const end = isQuoted ? scanQuoted(window, at, cells) : scanPlain(window, at, cells);
    if (end < 0) return end;
    if (end === window.end) return window.isLast ? end : INCOMPLETE;
    const byte = window.bytes[end];
    if (byte === window.delimiter) {
      at = end + 1;
      continue;
    }
    if (byte === NEWLINE) return end + 1;
    return endAfterReturn(window, end, cells);
  }
}

/** The carriage return at `at` has to be the first half of CRLF. */
function endAfterReturn({ bytes, end, isLast }: CsvWindow, at: number, cells: CsvCells): number {
  if (at + 1 === end && !isLast) return INCOMPLETE;
  if (at + 1 < end && bytes[at + 1] === NEWLINE) return at + 2;
  if (at + 1 === end) return end;
  return faulty(cells, 'lone_return');
}

/** @returns where the cell ends: at a delimiter, a line end, or the end of the window */
function scanPlain({ bytes, end, delimiter }: CsvWindow, from: number, cells: CsvCells): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at] ?? 0;
    if (byte === delimiter || byte === NEWLINE || byte === RETURN) break;
    if (byte === QUOTE) return faulty(cells, 'quote_inside');
    at += 1;
  }
  keep(cells, from, at, 0);
  return at;
}

function scanQuoted(window: CsvWindow, from: number, cells: CsvCells): number {
  const { bytes, end, isLast } = window;
  let escaped = 0;
  for (let at = from + 1; at < end; at += 1) {
    const byte = bytes[at];
    if (byte === NEWLINE) cells.innerNewlines += 1;
    if (byte !== QUOTE) continue;
    if (at + 1 === end && !isLast) return INCOMPLETE;
    if (at + 1 === end || bytes[at + 1] !== QUOTE) {
      keep(cells, from + 1, at, escaped);
      return endsCell(window, at + 1) ? at + 1 : faulty(cells, 'text_after_quote');
    }
    escaped = 1;
    at += 1;
  }
  return isLast ? faulty(cells, 'quote_open') : INCOMPLETE;
}

function endsCell({ bytes, end, delimiter }: CsvWindow, at: number): boolean {
  const byte = bytes[at];
  return at === end || byte === delimiter || byte === NEWLINE || byte === RETURN;
}

function faulty(cells: CsvCells, fault: CsvFault): number {
  cells.fault = fault;
  return FAULTY;
}

function keep(cells: CsvCells, start: number, end: number, escaped: number): void {
  const { count } = cells;
  if (count < cells.starts.length) {
    cells.starts[count] = start;
    cells.ends[count] = end;
    cells.escaped[count] = escaped;
  }
  cells.count += 1;
}
