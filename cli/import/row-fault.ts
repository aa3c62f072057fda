/**
 * Why a row, or one event of it, was rejected. Holds no value of the row: a reject file may travel further than the
 * data it came from (invariant 5).
 */
export class RowFault extends Error {
  /** Stable code of docs/errors.md. */
  readonly code: string;
  /** RFC 6901 JSON Pointer of the place in the event; `''` is the whole. */
  readonly pointer: string;

  constructor(code: string, pointer: string, message: string) {
    super(message);
    this.name = 'RowFault';
    this.code = code;
    this.pointer = pointer;
  }
}

/** One line of the rejects file. */
export interface Reject {
  readonly line: number;
  /** Name of the event in the mapping; `*` for the whole row. */
  readonly event: string;
  readonly code: string;
  readonly pointer: string;
  readonly reason: string;
}
