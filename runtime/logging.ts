/**
 * Structured logs without content (invariant 5): an allow-list of members with scalar values. Whatever else is passed,
 * be it an envelope or an error with a message built from input, does not reach a line.
 *
 * @module
 */
import { pino, type DestinationStream, type Logger } from 'pino';
import { FatalLedgerError, LedgerError } from '../ledger/errors.ts';
import type { Config } from './config.ts';

/** Members that a line may have besides pino's own. Scalars only; strings are cut at 2,000 characters. */
export const LOGGED_MEMBERS = [
  'requestId',
  'operation',
  'method',
  'status',
  'durationMs',
  'code',
  'errorClass',
  'stack',
  'reason',
  'detail',
  'logIndex',
  'size',
  'events',
  'origin',
  'witness',
  'migration',
  'host',
  'port',
  'version',
  'signal',
  'pid',
  'anchor',
  'database',
  'count',
] as const;
const LOGGED: ReadonlySet<string> = new Set(LOGGED_MEMBERS);
const LONGEST = 2_000;

function loggable(value: unknown): string | number | boolean | null | undefined {
  if (typeof value === 'string') return value.slice(0, LONGEST);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  return undefined;
}

function allowed(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [member, value] of Object.entries(members)) {
    if (member === 'err' || member === 'error') Object.assign(kept, describeError(value));
    else if (LOGGED.has(member)) kept[member] = loggable(value);
  }
  return kept;
}

/** The frames of a stack without its first lines, which repeat the message. */
function frames(error: Error): string {
  const lines = (error.stack ?? '').split('\n');
  return lines.filter((line) => /^\s+at /.test(line)).join('\n');
}

/**
 * What may be said of an error: its class, its code and where it happened. Never the message: drivers and parsers build
 * messages from the values that they were given.
 */
export function describeError(error: unknown): { errorClass: string; code?: string; reason?: string; stack?: string } {
  if (!(error instanceof Error)) return { errorClass: typeof error };
  const code = error instanceof LedgerError ? error.code : (error as { code?: unknown }).code;
  return {
    errorClass: error.constructor.name,
    ...(typeof code === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(code) ? { code } : {}),
    ...(error instanceof FatalLedgerError ? { reason: error.reason } : {}),
    stack: frames(error),
  };
}

/**
 * The service's logger: JSON lines on standard error, so that standard output keeps to the lines that `npm start`
 * promises.
 *
 * @param destination where lines go; standard error when absent
 */
export function createLogger(config: Pick<Config, 'logLevel'>, destination?: DestinationStream): Logger {
  return pino(
    {
      level: config.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: allowed },
      // pino would serialise `err` with its message before `formatters.log` sees it.
      serializers: { err: (error: unknown) => error },
      hooks: {
        logMethod(args, method) {
          // An error as the first argument would bypass the allow-list: pino wraps it itself, message included.
          const [first, ...rest] = args as unknown[];
          const safe = first instanceof Error ? [describeError(first), ...rest] : args;
          method.apply(this, safe as Parameters<typeof method>);
        },
      },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
}
