/**
 * What handlers that read share.
 *
 * @module
 */
import type { RecordAccess } from '../access-record.ts';
import type { EdgeDeps } from '../edge-deps.ts';

/** The edge's dependencies, with the one function that records a read. */
export interface HandlerDeps extends EdgeDeps {
  readonly record: RecordAccess;
}
