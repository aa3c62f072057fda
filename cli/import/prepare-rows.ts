import { parseStrictJsonBytes } from '../../ledger/canonical/strict-json.ts';
import { LedgerError } from '../../ledger/errors.ts';
import { redactPointer } from '../../ledger/event/redact-pointer.ts';
import { createEnvelopeValidator, type EnvelopeValidator } from '../../ledger/event/validate.ts';
import type { JsonValue } from '../../ledger/types.ts';
import type { PreparedEvent, PreparedRow } from './batches.ts';
import { compileMapping, type RowEvent, type RowEvents } from './build-events.ts';
import { deriveEventId } from './event-id.ts';
import type { Mapping } from './mapping.ts';
import type { Reject } from './row-fault.ts';
import { csvRows, ndjsonRows, type SourceRow } from './row-source.ts';
import { rejectOfDependent } from './send-batch.ts';

/** Where rows come from. Without a mapping the file is NDJSON of envelopes. */
export interface RowsOf {
  readonly file: string;
  readonly fileDigest: Uint8Array;
  readonly mapping: Mapping | undefined;
}

/**
 * Every row of the file, mapped and validated with the very rules of the service, so that most rejects are known
 * before anything is sent. Streams: memory does not grow with the file.
 */
export async function* preparedRows({ file, fileDigest, mapping }: RowsOf): AsyncGenerator<PreparedRow> {
  const validate = createEnvelopeValidator();
  if (mapping === undefined) {
    yield* prepared(ndjsonRows(file), (line, row) => readEnvelope(line, row, fileDigest), validate);
    return;
  }
  const build = compileMapping(mapping, fileDigest);
  yield* prepared(csvRows(file, mapping), (_line, row) => build(row), validate);
}

async function* prepared<T>(
  rows: AsyncIterable<SourceRow<T>>,
  build: (line: number, row: T) => RowEvents,
  validate: EnvelopeValidator,
): AsyncGenerator<PreparedRow> {
  for await (const source of rows) {
    const { line, bytes } = source;
    if (source.kind === 'reject') yield { line, bytes, events: [], rejects: [source.reject] };
    else yield { ...checkEvents(build(line, source.row), validate), bytes };
  }
}

/** Name of the one event of an NDJSON line, in its derived id and in rejects. */
const NDJSON_EVENT = 'event';

function readEnvelope(line: number, row: Uint8Array, fileDigest: Uint8Array): RowEvents {
  try {
    const posted = parseStrictJsonBytes(row, { maxBytes: row.length });
    const isObject = typeof posted === 'object' && posted !== null && !Array.isArray(posted);
    if (!isObject) throw new LedgerError('wrong_type', 'An event must be an object.', { pointer: '' });
    const id = posted['id'] ?? deriveEventId(fileDigest, line, NDJSON_EVENT);
    const envelope = { ...posted, id };
    const event: RowEvent = { line, name: NDJSON_EVENT, id: typeof id === 'string' ? id : '', envelope, needs: [] };
    return { line, events: [event], rejects: [] };
  } catch (thrown) {
    return { line, events: [], rejects: [rejectOfError(thrown, line, NDJSON_EVENT)] };
  }
}

function checkEvents({ line, events, rejects }: RowEvents, validate: EnvelopeValidator): Omit<PreparedRow, 'bytes'> {
  const kept: PreparedEvent[] = [];
  const refused: Reject[] = [...rejects];
  const gone = new Set<string>();
  const refuse = (event: RowEvent, reject: Reject): void => {
    gone.add(event.id);
    refused.push(reject);
  };
  for (const event of events) {
    if (event.needs.some((id) => gone.has(id))) refuse(event, rejectOfDependent(event));
    else {
      try {
        kept.push({ ...event, text: checkedText(event.envelope, validate) });
      } catch (thrown) {
        refuse(event, rejectOfError(thrown, line, event.name));
      }
    }
  }
  return { line, events: kept, rejects: refused };
}

function checkedText(envelope: JsonValue, validate: EnvelopeValidator): string {
  validate(envelope, { nowMs: Date.now(), newId: newIdNeverNeeded });
  return JSON.stringify(envelope);
}

/** Every imported event has an id by now. */
function newIdNeverNeeded(): string {
  throw new Error('an imported event has no id');
}

/** The ledger's errors name a place and never a value. Anything else is a defect and is thrown on. */
function rejectOfError(thrown: unknown, line: number, event: string): Reject {
  if (!(thrown instanceof LedgerError)) throw thrown;
  // Names of an NDJSON line's members can be values of a patient; those of a mapping are the mapping's own.
  const pointer = event === NDJSON_EVENT ? redactPointer(thrown.pointer ?? '') : (thrown.pointer ?? '');
  return { line, event, code: thrown.code, pointer, reason: thrown.message };
}
