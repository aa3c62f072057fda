/**
 * One group commit, before it is written: which events are new, which repeat an id, where each request's events will stand.
 * Pure: what is stored under a repeated id is passed in.
 *
 * @module
 */
import { LedgerError } from '../errors.ts';
import { sameContent } from '../event/same-content.ts';
import type { Envelope } from '../types.ts';
import type { PendingEvent, SequencedEvent, Submission } from './submission.ts';

/** What is in the log under an id. */
export interface StoredContent {
  readonly index: number;
  /** `undefined` once erased. */
  readonly envelope: Envelope | undefined;
}

/** Where one request's events stand: new ones by position in the batch, repeated ones by their index in the log. */
export type Placement =
  { readonly kind: 'new'; readonly position: number } | { readonly kind: 'repeated'; readonly index: number };

export interface Placed {
  readonly submission: Submission;
  readonly placements: readonly (Placement & { readonly repeated: boolean })[];
}

/** Thrown inside {@link layOut}: the request has to wait for the outcome of an earlier one. */
class DeferredError extends Error {}

export interface Batch {
  /** Requests left out are decided in the next round: an earlier one of this batch uses an id of theirs for other content. */
  readonly placed: readonly Placed[];
  readonly events: readonly PendingEvent[];
  readonly refused: readonly { readonly submission: Submission; readonly error: LedgerError }[];
}

function conflict(position: number): LedgerError {
  const message = 'this id is in the log with other content: post a correction under a new id that refers to it';
  return new LedgerError('id_conflict', message, { pointer: `/${position}/id` });
}

function erased(position: number): LedgerError {
  const message = 'this id is in the log and its content was erased: it cannot be compared, post under a new id';
  return new LedgerError('content_erased', message, { pointer: `/${position}/id` });
}

/**
 * Lays out a batch. Requests are taken whole: one conflicting event refuses its request and nothing else.
 *
 * @param stored what is in the log under ids of the batch, as far as a commit found some there
 */
export function layOut(submissions: readonly Submission[], stored: ReadonlyMap<string, StoredContent>): Batch {
  const placed: Placed[] = [];
  const events: PendingEvent[] = [];
  const refused: { submission: Submission; error: LedgerError }[] = [];
  const positions = new Map<string, number>();

  for (const submission of submissions) {
    const start = events.length;
    try {
      placed.push({ submission, placements: submission.events.map((event, at) => placeOne(event, at, start)) });
    } catch (error) {
      for (const event of events.splice(start)) positions.delete(event.id);
      if (error instanceof LedgerError) refused.push({ submission, error });
      else if (!(error instanceof DeferredError)) throw error;
    }
  }
  return { placed, events, refused };

  function placeOne(event: PendingEvent, at: number, start: number): Placement & { repeated: boolean } {
    const known = stored.get(event.id);
    if (known !== undefined) {
      if (known.envelope === undefined) throw erased(at);
      if (!sameContent(known.envelope, event.envelope)) throw conflict(at);
      return { kind: 'repeated', index: known.index, repeated: true };
    }
    const position = positions.get(event.id);
    const twin = position === undefined ? undefined : events[position];
    if (position === undefined || twin === undefined) {
      positions.set(event.id, events.length);
      events.push(event);
      return { kind: 'new', position: events.length - 1, repeated: false };
    }
    if (!sameContent(twin.envelope, event.envelope)) {
      // Two requests, one id: which of them stands in the log is not known before the first was committed or refused.
      throw position >= start ? conflict(at) : new DeferredError();
    }
    return { kind: 'new', position, repeated: true };
  }
}

/** The request's events once the batch stands at `firstIndex`. */
export function indicesOf(placed: Placed, firstIndex: number): readonly SequencedEvent[] {
  return placed.placements.map((placement) => ({
    index: placement.kind === 'new' ? firstIndex + placement.position : placement.index,
    repeated: placement.repeated,
  }));
}

/** The distinct pseudonyms whose keys seal events of the batch. */
export function dataKeysOf(events: readonly PendingEvent[]): readonly Uint8Array[] {
  const keys = new Map<string, Uint8Array>();
  for (const { pseudonym } of events) {
    if (pseudonym !== undefined)
      keys.set(Buffer.from(pseudonym.buffer, pseudonym.byteOffset, 16).toString('latin1'), pseudonym);
  }
  return [...keys.values()];
}

/**
 * Refs that have to be in the log already: those that no earlier request of the batch brings. A ref never points forward.
 */
export function unresolvedRefsOf(placed: readonly Placed[]): readonly string[] {
  const unresolved = new Set<string>();
  const brought = new Set<string>();
  for (const { submission } of placed) {
    for (const ref of submission.unresolvedRefs) if (!brought.has(ref)) unresolved.add(ref);
    for (const { id } of submission.events) brought.add(id);
  }
  return [...unresolved];
}
