import { EXIT } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';

/** Where a row stands: its number among the rows below the header, from 1, and the line of the file on which it starts. */
export interface RowPlace {
  readonly row: number;
  readonly line: number;
}

/** A row that cannot be used, named by its place and never by a value (invariant 5): exit 2. */
export function rowFault(code: string, { row, line }: RowPlace, what: string, next?: string): CommandFailure {
  const details = next === undefined ? { code } : { code, next };
  return new CommandFailure(EXIT.unusable, `row ${row} (line ${line}): ${what}`, details);
}

/** A file or an option that cannot be used: exit 2. */
export function inputFault(code: string, message: string, next?: string): CommandFailure {
  return new CommandFailure(EXIT.unusable, message, next === undefined ? { code } : { code, next });
}
