/**
 * Connections. The service works as `vericlin_writer`; migrations as the owner (invariant 3).
 *
 * @module
 */
import pg from 'pg';
import { StoreUnavailableError } from '../log-store.ts';

/** Where the database is, for the owner and, where it has its own login, the writer. */
export interface DatabaseTarget {
  /** Owner: runs migrations. */
  readonly owner: pg.PoolConfig;
  /** Writer: what the service works with. `undefined`: the owner's login, with `SET ROLE vericlin_writer`. */
  readonly writer: pg.PoolConfig | undefined;
}

export interface PoolOptions {
  readonly max: number;
  /** Off only where a later durable commit of the same server covers the write (docs/adr/0005). */
  readonly synchronousCommit: boolean;
  readonly onError: (error: Error) => void;
}

const INT8_OID = 20;

/** Safe integers come as numbers; anything larger is a fault of ours, not a value to round. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('bigint beyond the safe-integer range');
  return value;
}

const TYPES = new pg.TypeOverrides();
TYPES.setTypeParser(INT8_OID, parseInt8);

/** The writer's connection configuration. */
export function writerConfig(target: DatabaseTarget, synchronousCommit: boolean): pg.PoolConfig {
  const settings = [
    '-c statement_timeout=30s',
    '-c idle_in_transaction_session_timeout=60s',
    '-c jit=off',
    // Every statement here has its index. Without statistics (a young log growing fast) the planner would otherwise cache
    // plans that read whole tables.
    '-c enable_seqscan=off',
    '-c enable_hashjoin=off',
    '-c enable_mergejoin=off',
    ...(target.writer === undefined ? ['-c role=vericlin_writer'] : []),
    ...(synchronousCommit ? [] : ['-c synchronous_commit=off']),
  ];
  return {
    ...(target.writer ?? target.owner),
    application_name: 'vericlin',
    connectionTimeoutMillis: 10_000,
    options: settings.join(' '),
    types: TYPES,
  };
}

/** A pool of writer connections. Errors of idle connections are reported, never thrown. */
export function createWriterPool(target: DatabaseTarget, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({ ...writerConfig(target, options.synchronousCommit), max: options.max });
  pool.on('error', options.onError);
  return pool;
}

/** SQLSTATE classes that mean "the server or the connection went away". */
const UNAVAILABLE = /^(08|53|57P|58|XX)/;

/** Whether the error says that the database cannot be reached, rather than that the statement was wrong. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') return /terminated|timeout|closed|not queryable|ended/i.test(error.message);
  return UNAVAILABLE.test(code) || /^E[A-Z]+$/.test(code) || code === '57014';
}

/** Turns a lost connection into {@link StoreUnavailableError}, and leaves every other error as it is. */
export function asStoreError(error: unknown): unknown {
  return isUnavailable(error) ? new StoreUnavailableError(error) : error;
}
