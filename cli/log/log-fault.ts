/** The log is not what its checkpoint says: where, and how it shows. */
export class LogFault extends Error {
  /** Path within the log, e.g. `tile/0/005`. */
  readonly path: string;
  /** The first entry that the fault touches, where that can be said. */
  readonly index: number | undefined;

  constructor(path: string, message: string, index?: number) {
    super(message);
    this.name = 'LogFault';
    this.path = path;
    this.index = index;
  }
}

/** Of several faults the one that lies first in the log. */
export function firstFault(faults: readonly LogFault[]): LogFault | undefined {
  const position = (fault: LogFault): number => fault.index ?? -1;
  return [...faults].sort((a, b) => position(a) - position(b))[0];
}
