/**
 * What handlers that read share.
 *
 * @module
 */
import type { AccessRecord } from '../../ledger/ports.ts';
import type { RecordAccess } from '../access-record.ts';
import type { EdgeDeps } from '../edge-deps.ts';

/** The edge's dependencies, with the one function that records a read. */
export interface HandlerDeps extends EdgeDeps {
  readonly record: RecordAccess;
}

/** Which request it was, and from where: what a FHIR AuditEvent says of its client. */
export function originOf({
  requestId,
  sourceAddress,
}: Required<Pick<AccessRecord, 'requestId' | 'sourceAddress'>>): Pick<AccessRecord, 'requestId' | 'sourceAddress'> {
  return { requestId, sourceAddress };
}
