/** What goes into the sequencer and what comes out. @module */
import type { CommitEffect, EventRow } from '../store/log-store.ts';
import type { Envelope, InclusionProof } from '../types.ts';

/** An event ready for its index: everything but the position is final. */
export interface PendingEvent extends EventRow {
  readonly id: string;
  /** As posted: to compare when the id is there already. */
  readonly envelope: Envelope;
}

/** The events of one request: all or nothing. */
export interface Submission {
  readonly events: readonly PendingEvent[];
  /** Refs that were not in the log when the request came in, and are not earlier in it. */
  readonly unresolvedRefs: readonly string[];
  readonly wantProof: boolean;
  readonly effect?: CommitEffect;
}

export interface SequencedEvent {
  readonly index: number;
  readonly repeated: boolean;
}

export interface Sequenced {
  readonly events: readonly SequencedEvent[];
  /** The signed note that covers them. */
  readonly note: string;
  readonly size: number;
  /** Of the first event, where it was asked for and the event is new. Already verified. */
  readonly proof: InclusionProof | undefined;
}

/** A data key was destroyed, or never became durable, while the events were on their way: seal them again. */
export class LostKeysError extends Error {}

/** The subject's events changed while its shredding was on its way: count and try again. */
export class RecountError extends Error {}
