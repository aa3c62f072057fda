/**
 * Recording reads, searches, exports and refusals (invariant 6): an `access` event is durable before the answer leaves,
 * and where it cannot be appended the request fails (OWASP ASVS 5.0 16.5.3, 45 CFR 164.312(b)).
 *
 * @module
 */
import { LedgerError } from '../ledger/errors.ts';
import type { AccessRecord, Ledger, Principal } from '../ledger/ports.ts';
import type { Envelope, JsonObject } from '../ledger/types.ts';
import { MAX_REFS } from '../ledger/event/limits.ts';

/** What appending needs. */
export interface RecordingDeps {
  readonly ledger: Pick<Ledger, 'append'>;
  readonly now: () => number;
  readonly newId: () => string;
}

/** Appends one `access` event. @throws LedgerError when it could not: the caller must then answer nothing else */
export type RecordAccess = (by: Principal, record: AccessRecord) => Promise<{ id: string; checkpoint: string }>;

function present<T>(name: string, value: T | undefined): Record<string, T> {
  return value === undefined ? {} : { [name]: value };
}

/** Refs that are more than an envelope takes stand in the payload. */
function payloadOf(by: Principal, record: AccessRecord): JsonObject {
  const refs = record.refs ?? [];
  return {
    action: record.action,
    operation: record.operation,
    outcome: record.outcome,
    by: { principal: by.id, role: by.role, actor: by.actor },
    ...present('requestId', record.requestId),
    ...present('sourceAddress', record.sourceAddress),
    ...present('purposeOfUse', record.purposeOfUse),
    ...present('pseudonym', record.pseudonym),
    ...present('reason', record.reason),
    ...(refs.length > 0 ? { count: refs.length } : {}),
    ...(refs.length > MAX_REFS ? { events: [...refs] } : {}),
    ...present('breakGlass', record.breakGlass),
    ...present('detail', record.detail),
  };
}

/** The envelope of an `access` event. It names no subject: the pseudonym is in the payload. */
export function accessEnvelope(by: Principal, record: AccessRecord, deps: Omit<RecordingDeps, 'ledger'>): Envelope {
  const refs = record.refs ?? [];
  return {
    id: deps.newId(),
    type: 'access',
    occurredAt: new Date(deps.now()).toISOString(),
    actor: { id: by.actor, ...present('purposeOfUse', record.purposeOfUse) },
    ...(refs.length > 0 && refs.length <= MAX_REFS ? { refs } : {}),
    payload: payloadOf(by, record),
  };
}

/** Appends as `by`, so that the event says who read; a fault of any kind comes out as an error that stops the read. */
export function createRecordAccess(deps: RecordingDeps): RecordAccess {
  return async (by, record) => {
    const envelope = accessEnvelope(by, record, deps);
    try {
      const { checkpoint } = await deps.ledger.append([envelope], by);
      return { id: envelope.id, checkpoint };
    } catch (error) {
      if (error instanceof LedgerError) throw unrecorded(error);
      throw new LedgerError('store_unavailable', 'The access could not be recorded, so nothing is shown.', {
        cause: error,
      });
    }
  };
}

/** Codes that a caller can act on stay; anything else would be about an event that the caller never posted. */
function unrecorded(error: LedgerError): LedgerError {
  const isOurs = ['overloaded', 'stopping', 'log_refuses_to_sign', 'store_unavailable'].includes(error.code);
  if (isOurs) return error;
  return new LedgerError('store_unavailable', 'The access could not be recorded, so nothing is shown.', {
    cause: error,
  });
}
