import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** What a command's definition needs to run it: the terminal, and where its exit code goes. */
export interface Invocation {
  readonly terminal: Terminal;
  exitCode: ExitCode;
}
