import type { Writable } from 'node:stream';

/** Where a command writes, and what it may read of its surroundings. Tests pass their own. */
export interface Terminal {
  /** Results: nothing else goes to stdout, so that it can be piped. */
  readonly out: (text: string) => void;
  /** Errors, warnings, progress. */
  readonly err: (text: string) => void;
  /** The stream to draw a progress bar on, or `undefined` where stderr is no TTY. */
  readonly progressStream: NodeJS.WriteStream | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Characters of a line of stdout, where it is a TTY. */
  readonly columns?: number | undefined;
}

/** The terminal of this process. A reader that closes early (`| head`) ends the command quietly. */
export function processTerminal(): Terminal {
  endQuietlyOnClosedPipe(process.stdout);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    progressStream: process.stderr.isTTY ? process.stderr : undefined,
    env: process.env,
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  };
}

function endQuietlyOnClosedPipe(stream: Writable): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
}

/** One JSON document and a newline. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
