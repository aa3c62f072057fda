import type { RowEvent, RowEvents } from './build-events.ts';
import type { Reject } from './row-fault.ts';

/** Consecutive rows whose events travel in one request. */
export interface Batch {
  /** The last row's line. */
  readonly line: number;
  /** Offset in the file at the last row's end. */
  readonly bytes: number;
  readonly rows: number;
  readonly events: readonly PreparedEvent[];
  /** Found before sending. */
  readonly rejects: readonly Reject[];
}

/** An event with its JSON text, made once however often it is sent. */
export interface PreparedEvent extends RowEvent {
  readonly text: string;
}

/** A row as it comes out of mapping and validation. */
export interface PreparedRow extends Omit<RowEvents, 'events'> {
  readonly bytes: number;
  readonly events: readonly PreparedEvent[];
}

/** Events a request; the service takes more, but smaller ones lose less when one is refused. */
const BATCH_EVENTS = 500;
const BATCH_BYTES = 4 << 20;

/** Groups rows into batches. A row is never split, so that its events are appended together. */
export async function* inBatches(rows: AsyncIterable<PreparedRow>): AsyncGenerator<Batch> {
  let pending: PreparedRow[] = [];
  let events = 0;
  let size = 0;
  for await (const row of rows) {
    const rowSize = row.events.reduce((sum, event) => sum + event.text.length, 0);
    if (pending.length > 0 && (events + row.events.length > BATCH_EVENTS || size + rowSize > BATCH_BYTES)) {
      yield batchOf(pending);
      pending = [];
      events = 0;
      size = 0;
    }
    pending.push(row);
    events += row.events.length;
    size += rowSize;
    // Rows without events must not pile up either.
    if (pending.length >= 4 * BATCH_EVENTS) events = BATCH_EVENTS;
  }
  if (pending.length > 0) yield batchOf(pending);
}

function batchOf(rows: readonly PreparedRow[]): Batch {
  const last = rows.at(-1);
  return {
    line: last?.line ?? 0,
    bytes: last?.bytes ?? 0,
    rows: rows.length,
    events: rows.flatMap((row) => row.events),
    rejects: rows.flatMap((row) => row.rejects),
  };
}
