/**
 * `POST /v1/fairness/audits`: of rows in the body, or of a window of the log. The audit is one `bias_metric` event; the
 * answer leaves when it is durable.
 *
 * @module
 */
import type { WindowSource } from '../../fairness/window-source.ts';
import { toSource } from '../../fairness/window-source.ts';
import { WindowJoin, windowOptions } from '../../fairness/window.ts';
import { LedgerError } from '../../ledger/errors.ts';
import { createEnvelopeValidator, type EnvelopeValidator } from '../../ledger/event/index.ts';
import type { Principal } from '../../ledger/ports.ts';
import type { JsonObject, ModelRef } from '../../ledger/types.ts';
import type { AskedWindow, ComputedRows } from '../audit/audit-computer.ts';
import { suppressedAudit, wholeView, type AuditView } from '../audit/audit-view.ts';
import { countErased, countStrayOutcomes, readPredictions, type WindowReading } from '../audit/read-window.ts';
import { BodyRuleError } from '../body-error.ts';
import { seesIdentified } from '../content/entitlement.ts';
import type { Answer, Call, Handlers } from '../handler.ts';
import { jsonReply, type Reply } from '../http/reply.ts';
import { Refusal } from '../refusal.ts';
import { originOf, type HandlerDeps } from './handler-deps.ts';

type AuditCall = Pick<Call<'createFairnessAudit'>, 'principal' | 'requestId' | 'sourceAddress'>;

/** What makes posting an audit again give the same event: its time, and of a window the size of the log that was read. */
interface Earlier {
  readonly occurredAt: string;
  readonly size?: number;
}

interface Audit {
  readonly id: string;
  readonly model?: ModelRef | undefined;
  readonly record: JsonObject;
  readonly earlier: Earlier | undefined;
}

/** Windows that are read, or computed, at the same time: each holds its rows. */
const MAX_WINDOWS = 8;

class Audits {
  readonly #deps: HandlerDeps;
  readonly #validate: EnvelopeValidator;
  #windows = 0;

  constructor(deps: HandlerDeps) {
    this.#deps = deps;
    this.#validate = createEnvelopeValidator();
  }

  async answer({ bytes, principal, requestId, sourceAddress }: Call<'createFairnessAudit'>): Promise<Answer> {
    const request = await this.#deps.audits.read(bytes);
    const call: AuditCall = { principal, requestId, sourceAddress };
    if (request.kind === 'rows') return await this.#ofRows(call, request);
    if (principal.role !== 'ai-governance') {
      throw new Refusal('forbidden', 'This role may audit rows that it sends, and no window of the log.');
    }
    requireWholeMonths(principal, request);
    const { id = this.#deps.newId() } = request;
    return {
      later: (signal) =>
        this.#reading(() =>
          this.#once(id, principal, (earlier) => this.#windowAt(call, { asked: request, id, signal }, earlier)),
        ),
    };
  }

  async #ofRows(
    { principal: by }: AuditCall,
    { id = this.#deps.newId(), model, record }: ComputedRows,
  ): Promise<Reply> {
    // The rows are the caller's own: nothing is kept from it.
    return await this.#once(id, by, (earlier) => this.#append({ id, model, record, earlier }, by, wholeView));
  }

  /** @throws LedgerError `overloaded` before anything is read, rather than after minutes of it */
  async #reading(read: () => Promise<Reply>): Promise<Reply> {
    if (this.#windows >= MAX_WINDOWS) {
      throw new LedgerError('overloaded', 'Too many windows are being read. Retry a moment later.');
    }
    this.#windows += 1;
    try {
      return await read();
    } finally {
      this.#windows -= 1;
    }
  }

  /**
   * Runs `post` with the audit that is there under the id already. Of two that are posted at once neither finds one, and they
   * differ by their time, or by the size of the log: the second to append then does it again like the first.
   */
  async #once(id: string, by: Principal, post: (earlier: Earlier | undefined) => Promise<Reply>): Promise<Reply> {
    const earlier = await this.#earlier(id, by);
    try {
      return await post(earlier);
    } catch (error) {
      if (earlier !== undefined || !(error instanceof LedgerError) || error.code !== 'id_conflict') throw error;
      const first = await this.#earlier(id, by);
      if (first === undefined) throw error;
      return await post(first);
    }
  }

  async #windowAt(
    call: AuditCall,
    { asked, id, signal }: { readonly asked: AskedWindow; readonly id: string; readonly signal: AbortSignal },
    earlier: Earlier | undefined,
  ): Promise<Reply> {
    const { principal: by } = call;
    const { range, question } = asked;
    const window: WindowSource = { ...range, ...question, size: earlier?.size ?? this.#deps.ledger.status().size };
    const options = ofBody(() => windowOptions(asked.options, question));
    const join = ofBody(() => new WindowJoin(question, options));
    const reading: WindowReading = { read: this.#deps.ledger.read, range: window, signal };
    try {
      const seen = await readPredictions(reading, join);
      if (seen !== undefined) join.noteErased(await countErased(reading, seen));
      join.noteWithoutPrediction(await countStrayOutcomes(reading));
    } finally {
      // Invariant 6: whatever comes of it, an error included, the log was read.
      await this.#recordRead(call, { id, window, join });
    }
    const { columns, joined, inputs } = ofBody(() => join.build());
    const source = toSource(window);
    const record = await this.#deps.audits.window({ columns, joined, inputs, options, source });
    const { name, version } = range.model;
    const model = version === undefined ? undefined : { name, version };
    return await this.#append({ id, model, record, earlier }, by, seesIdentified(by) ? wholeView : suppressedAudit);
  }

  async #recordRead(
    call: AuditCall,
    { id, window, join }: { readonly id: string; readonly window: WindowSource; readonly join: WindowJoin },
  ): Promise<void> {
    const { predictions, outcomes } = join.counts();
    const times = [
      ...(window.from === undefined ? [] : ['occurredFrom']),
      ...(window.to === undefined ? [] : ['occurredTo']),
    ];
    const conditions = ['types', 'model', ...times, 'toIndex'];
    await this.#deps.record(call.principal, {
      action: 'search',
      operation: 'createFairnessAudit',
      outcome: 'success',
      ...originOf(call),
      detail: { conditions, audit: id, size: window.size, predictions, outcomes },
    });
  }

  /** An audit of this caller under this id; of anybody else's the append will say that the id is taken. */
  async #earlier(id: string, by: Principal): Promise<Earlier | undefined> {
    const { read } = this.#deps.ledger;
    const event = await read.findEvent(id);
    if (event?.type !== 'bias_metric' || event.postedBy !== by.id) return undefined;
    const opened = await read.open(event);
    if (opened.kind === 'erased') return undefined;
    const { occurredAt, payload } = opened.opening.envelope;
    const { source } = payload;
    const size = typeof source === 'object' && source !== null && !Array.isArray(source) ? source['size'] : undefined;
    return { occurredAt, ...(typeof size === 'number' ? { size } : {}) };
  }

  async #append(audit: Audit, by: Principal, view: (record: JsonObject) => AuditView): Promise<Reply> {
    const { ledger, metrics, now, newId } = this.#deps;
    const { id, model, record, earlier } = audit;
    const posted = {
      id,
      type: 'bias_metric',
      occurredAt: earlier?.occurredAt ?? new Date(now()).toISOString(),
      ...(model === undefined ? {} : { model: { ...model } }),
      actor: { id: by.actor },
      payload: { audit: id, ...record },
    };
    const envelope = this.#validate(posted, { nowMs: now(), newId });
    const { receipt, repeated } = await ledger.appendAudit(envelope, by);
    metrics.appended(repeated ? 0 : 1, repeated ? 1 : 0);
    return jsonReply(repeated ? 200 : 201, { auditId: id, ...view(record), event: receipt });
  }
}

const MONTH_START = /-01T00:00:00(?:\.0+)?Z$/;

/** Windows that differ by a moment would show, one subtracted from the other, what happened to a single person. */
function requireWholeMonths(by: Principal, { range }: AskedWindow): void {
  if (seesIdentified(by)) return;
  for (const member of ['from', 'to'] as const) {
    const time = range[member];
    if (time === undefined || MONTH_START.test(time)) continue;
    const message = 'Without the grant phi a window begins and ends with a month: send its first moment.';
    // Recorded as any refusal is, by its code.
    throw new BodyRuleError('forbidden', message, `/${member}`);
  }
}

/** Errors about a window point to members of the body. */
function ofBody<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof LedgerError) || error.pointer === undefined) throw error;
    // Of rows that came from the log no place in the body can be named; the first token is the document's own.
    const [, member = ''] = error.pointer.split('/');
    throw new BodyRuleError(
      error.code,
      error.message,
      ['favorable', 'threshold', 'attributes', 'bins'].includes(member) ? `/${member}` : '',
    );
  }
}

/** Audits. */
export function fairnessHandlers(deps: HandlerDeps): Pick<Handlers, 'createFairnessAudit'> {
  const audits = new Audits(deps);
  return { createFairnessAudit: (call) => audits.answer(call) };
}
