/**
 * `POST /v1/events` and `POST /v1/events:batch`: the hot path. The body is read once, parsed once and validated once,
 * by the event schemas.
 *
 * @module
 */
import { parseStrictJsonBytes, parseStrictNdjson } from '../../ledger/canonical/strict-json.ts';
import { LedgerError } from '../../ledger/errors.ts';
import { createEnvelopeValidator, type EnvelopeValidator } from '../../ledger/event/index.ts';
import type { AppendOutcome, Principal } from '../../ledger/ports.ts';
import type { Envelope, JsonValue, Receipt } from '../../ledger/types.ts';
import { AnchorWaits, type AdmittedWait } from '../anchor-wait.ts';
import type { EdgeDeps } from '../edge-deps.ts';
import type { Call, Handlers } from '../handler.ts';
import { MAX_BATCH_BODY, MAX_EVENT_BODY } from '../http/body.ts';
import { jsonReply, type Deferred } from '../http/reply.ts';

/** Events in one batch. */
export const MAX_BATCH_EVENTS = 10_000;

/**
 * Who may post what (DESIGN.md §6). A clinician is the actor of own feedback: to name somebody else would give that
 * person a care relation to the subject.
 */
function requireMayPost(by: Principal, envelope: Envelope, pointer: string): void {
  const { type, actor } = envelope;
  if (by.role === 'integrator') return;
  if (by.role === 'privacy-officer' && type === 'disclosure') return;
  if (by.role !== 'clinician' || type !== 'clinician_feedback') {
    throw new LedgerError('forbidden', 'This role may not post events of this type.', { pointer: `${pointer}/type` });
  }
  if (actor === undefined || actor.id === by.actor) return;
  const message = 'Feedback names the clinician who posts it as its actor, or none.';
  throw new LedgerError('forbidden', message, { pointer: `${pointer}/actor/id` });
}

function parseBatch(call: Call<'appendEvents'>): readonly JsonValue[] {
  const limits = { maxBytes: MAX_BATCH_BODY, maxValues: MAX_BATCH_EVENTS };
  const isNdjson = call.mediaType === 'application/x-ndjson';
  const values = isNdjson ? parseStrictNdjson(call.bytes, limits) : parseStrictJsonBytes(call.bytes, limits);
  if (!Array.isArray(values)) {
    throw new LedgerError('wrong_type', 'A batch is an array of events.', { pointer: '' });
  }
  if (values.length === 0) throw new LedgerError('batch_empty', 'A batch holds at least one event.', { pointer: '' });
  if (values.length > MAX_BATCH_EVENTS) {
    throw new LedgerError('batch_too_large', `A batch holds at most ${MAX_BATCH_EVENTS} events.`, { pointer: '' });
  }
  return values;
}

interface Reading {
  readonly by: Principal;
  readonly nowMs: number;
  readonly newId: () => string;
}

function readEnvelopes(
  values: readonly JsonValue[],
  validate: EnvelopeValidator,
  { by, nowMs, newId }: Reading,
): readonly Envelope[] {
  return values.map((value, position) => {
    const pointer = `/${position}`;
    const envelope = validate(value, { nowMs, newId, pointer });
    requireMayPost(by, envelope, pointer);
    return envelope;
  });
}

/** What was stored, and who waits for it. `status` is that of an answer which need not wait. */
interface Stored<Outcome> {
  readonly outcome: Outcome;
  readonly status: 200 | 201;
  readonly wait: AdmittedWait;
}

/** Of a receipt: with its evidence, or 202 without. */
function receiptOnceAnchored(waits: AnchorWaits, { outcome, status, wait }: Stored<Receipt>): Deferred {
  return {
    later: async (signal) => {
      const anchor = await waits.evidenceOf(wait, outcome, signal);
      const receipt: Receipt = { ...outcome, anchor };
      if (anchor === null) return jsonReply(202, receipt, waits.headersInVain(wait));
      return jsonReply(status, receipt, wait.headers);
    },
  };
}

/** Of a batch: its last event is anchored, and with it every other, since the chain takes leaves in order. */
function batchOnceAnchored(waits: AnchorWaits, { outcome, status, wait }: Stored<AppendOutcome>): Deferred {
  const { checkpoint, events } = outcome;
  const last = events.reduce((most, { index }) => Math.max(most, index), 0);
  return {
    later: async (signal) => {
      const anchored = await waits.reached(wait, { index: last, weight: events.length, signal });
      if (!anchored) return jsonReply(202, { checkpoint, events, anchored }, waits.headersInVain(wait));
      return jsonReply(status, { checkpoint, events, anchored }, wait.headers);
    },
  };
}

/** Compiles the event schemas once. */
export function appendHandlers(deps: EdgeDeps): Pick<Handlers, 'appendEvent' | 'appendEvents'> {
  const validate = createEnvelopeValidator();
  const { ledger, metrics, now, newId } = deps;
  const waits = new AnchorWaits(ledger, deps.logger);
  return {
    appendEvent: async ({ principal, query, bytes, headers }) => {
      const wait = query.wait === 'anchored' ? waits.admit(headers) : undefined;
      const value = parseStrictJsonBytes(bytes, { maxBytes: MAX_EVENT_BODY });
      const envelope = validate(value, { nowMs: now(), newId });
      requireMayPost(principal, envelope, '');
      const { receipt, repeated } = await ledger.appendOne(envelope, principal);
      metrics.appended(repeated ? 0 : 1, repeated ? 1 : 0);
      const status = repeated ? 200 : 201;
      if (wait !== undefined) return receiptOnceAnchored(waits, { outcome: receipt, status, wait });
      return jsonReply(status, receipt);
    },
    appendEvents: async (call) => {
      const wait = call.query.wait === 'anchored' ? waits.admit(call.headers) : undefined;
      const by = call.principal;
      const envelopes = readEnvelopes(parseBatch(call), validate, { by, nowMs: now(), newId });
      const outcome = await ledger.append(envelopes, by);
      const { checkpoint, events } = outcome;
      const repeated = events.reduce((count, event) => count + (event.repeated ? 1 : 0), 0);
      metrics.appended(events.length - repeated, repeated);
      const status = repeated === events.length ? 200 : 201;
      if (wait !== undefined) return batchOnceAnchored(waits, { outcome, status, wait });
      return jsonReply(status, { checkpoint, events });
    },
  };
}
