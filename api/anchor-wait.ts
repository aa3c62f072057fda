/**
 * `wait=anchored`: appends that are answered once the chain has them. Whether anybody can wait is settled before anything
 * is stored; once an event is stored its receipt leaves whatever becomes of the wait.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { AnchorState } from '../ledger/anchor/status.ts';
import { LedgerError } from '../ledger/errors.ts';
import type { Anchoring, Ledger } from '../ledger/ports.ts';
import type { AnchorEvidence, Receipt } from '../ledger/types.ts';
import type { EdgeLogger } from './edge-deps.ts';
import { preferredWaitSeconds } from './http/prefer.ts';

/** Seconds that a request waits where it does not say. */
export const DEFAULT_WAIT_SECONDS = 30;
/** Longer preferences are cut to this, and the answer says so. */
export const MAX_WAIT_SECONDS = 120;
/** Events whose answers may wait at once, about 150 bytes each. A request overshoots by what it brings itself. */
export const MAX_WAITING_EVENTS = 100_000;
/** What a receipt counts as: it is that much larger than a line of a batch's answer. */
export const RECEIPT_WEIGHT = 16;

/** When a look at the event makes sense again, seconds, by the state in which the wait ended. */
const RETRY_SECONDS: Readonly<Record<AnchorState, number>> = {
  none: 60,
  'catching-up': 5,
  current: 1,
  stalled: 30,
  disagrees: 60,
};

/** What a request waits for. */
export interface Waiting {
  readonly index: number;
  /** Events of its answer; {@link RECEIPT_WEIGHT} of a receipt. */
  readonly weight: number;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

/** A request that was let in to wait. */
export interface AdmittedWait {
  readonly anchoring: Anchoring;
  /** On the clock of `performance.now()`: the preference counts from the request (RFC 7240 §4.3). */
  readonly deadlineMs: number;
  /** `Preference-Applied`, where a preference was: name and value alternating. */
  readonly headers: readonly string[];
}

function unavailable(message: string): LedgerError {
  return new LedgerError('anchor_unavailable', message);
}

/** The one who lets requests wait. */
export class AnchorWaits {
  readonly #ledger: Ledger;
  readonly #logger: EdgeLogger;
  #waiting = 0;

  constructor(ledger: Ledger, logger: EdgeLogger) {
    this.#ledger = ledger;
    this.#logger = logger;
  }

  /**
   * Before anything is stored: nobody waits for an anchor that there is not, or that stopped for good.
   * @throws LedgerError `anchor_unavailable`, `overloaded`
   */
  admit(headers: IncomingHttpHeaders): AdmittedWait {
    const { anchoring } = this.#ledger;
    if (anchoring === undefined) {
      throw unavailable('The log has no anchor, and nothing was stored. Post with wait=integrated, the default.');
    }
    if (this.#ledger.status().anchor.state === 'disagrees') {
      throw unavailable(
        'Anchoring stopped, and nothing was stored: GET /readyz says why. While it shows signing "ok", wait=integrated stores.',
      );
    }
    if (this.#waiting >= MAX_WAITING_EVENTS) {
      throw new LedgerError('overloaded', 'Too many requests wait for the chain, and nothing was stored. Retry later.');
    }
    const preferred = preferredWaitSeconds(headers['prefer']);
    const seconds = Math.min(Math.max(preferred ?? DEFAULT_WAIT_SECONDS, 1), MAX_WAIT_SECONDS);
    return {
      anchoring,
      deadlineMs: performance.now() + seconds * 1000,
      headers: preferred === undefined ? [] : ['Preference-Applied', `wait=${seconds}`],
    };
  }

  /** Whether the entry at `index` is anchored when the wait is over. */
  async reached({ anchoring, deadlineMs }: AdmittedWait, waiting: Waiting): Promise<boolean> {
    const { index, weight, signal } = waiting;
    this.#waiting += weight;
    try {
      const timeoutMs = Math.max(0, deadlineMs - performance.now());
      return await unlessAborted(anchoring.reached(index, timeoutMs, signal), signal);
    } finally {
      this.#waiting -= weight;
    }
  }

  /** The evidence of a stored event when the wait is over; `null` where there is none yet, or it cannot be read now. */
  async evidenceOf(wait: AdmittedWait, receipt: Receipt, signal: AbortSignal): Promise<AnchorEvidence | null> {
    if (receipt.anchor !== null) return receipt.anchor;
    if (!(await this.reached(wait, { index: receipt.index, weight: RECEIPT_WEIGHT, signal }))) return null;
    try {
      return await this.#ledger.read.anchorOf(receipt);
    } catch (error) {
      // The event is stored: an answer that looks like a failure would make its poster think otherwise.
      if (!(error instanceof LedgerError)) throw error;
      this.#logger.warn({ err: error, logIndex: receipt.index }, 'the evidence of an anchored event could not be read');
      return null;
    }
  }

  /** Headers of an answer to a wait that was in vain. */
  headersInVain({ headers }: AdmittedWait): readonly string[] {
    return [...headers, 'Retry-After', String(RETRY_SECONDS[this.#ledger.status().anchor.state])];
  }
}

/** `false` as soon as nobody waits any more, whatever `work` does then. */
function unlessAborted(work: Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      resolve(false);
    };
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', giveUp);
    });
  });
}
