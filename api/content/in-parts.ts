/**
 * Opening many events: never more content at once than a page of a search has.
 *
 * @module
 */
import { MAX_PAGE_BYTES, type StoredEvent } from '../../ledger/ports.ts';

/** Consecutive events whose content is not too much to be opened at once. */
export function* inParts(events: readonly StoredEvent[]): Generator<readonly StoredEvent[]> {
  let part: StoredEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    if (part.length > 0 && bytes + event.contentBytes > MAX_PAGE_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(event);
    bytes += event.contentBytes;
  }
  if (part.length > 0) yield part;
}
