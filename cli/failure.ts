import { EXIT, type ExitCode } from './exit-codes.ts';

/** What a command could not do, and what to do next. Holds no value from an input file (invariant 5). */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;
  /** Stable code, e.g. of the service's problem, or `undefined`. */
  readonly code: string | undefined;
  /** What to do next, one sentence. */
  readonly next: string | undefined;

  constructor(exitCode: ExitCode, message: string, details: { code?: string; next?: string; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
    this.code = details.code;
    this.next = details.next;
  }
}

/** An input that cannot be used: exit 2. */
export function unusable(message: string, next?: string, cause?: unknown): CommandFailure {
  return new CommandFailure(EXIT.unusable, message, { ...(next === undefined ? {} : { next }), cause });
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of a Node.js system error such as `ENOENT`, where there is one. */
export function systemCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** What could not be reached or read has not been found bad: the same failure with exit code 2. */
export function asUnchecked(failure: CommandFailure): CommandFailure {
  const { code, next } = failure;
  return new CommandFailure(EXIT.unusable, failure.message, {
    ...(code === undefined ? {} : { code }),
    ...(next === undefined ? {} : { next }),
    cause: failure,
  });
}
