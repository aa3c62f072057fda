/**
 * The sequencer: gives events their index and makes them durable, integrated and signed, in one transaction a group.
 *
 * Group commit: it flushes at once when idle; while one commit is on its way, requests gather for the next, so batches
 * grow with the load. The head row's compare-and-swap is the only lock between instances (docs/adr/0005).
 *
 * @module
 */
import { LedgerError, type RefusalReason } from '../errors.ts';
import type { Waiting } from './answers.ts';
import { type CommitDeps, Committer, type Refusal } from './commit-group.ts';
import { refusalError } from './outcome-errors.ts';
import type { Sequenced, Submission } from './submission.ts';

export interface SequencerOptions {
  /** Events in one commit, at most; a larger request is one commit of its own. */
  readonly maxBatchEvents: number;
  /** Events waiting, at most; beyond it requests are refused with `overloaded` and nothing is lost. */
  readonly maxPendingEvents: number;
}

export interface Sequencer {
  /** @throws LedgerError `overloaded`, `stopping`, `log_refuses_to_sign`, `store_unavailable`, `id_conflict`, `unknown_ref`, … */
  readonly submit: (submission: Submission) => Promise<Sequenced>;
  /** Loads the head, or creates the log, and checks it. A wrong head makes the log refuse to sign; it does not throw. */
  readonly start: () => Promise<void>;
  /** Refuses new work, commits what is waiting, and returns. */
  readonly stop: () => Promise<void>;
  /** Compares the database's head with ours, when nothing is being committed. */
  readonly inspect: () => Promise<void>;
  /** Stops signing at once: of the requests that wait, only those whose commit is on its way may still be stored. */
  readonly refuse: (reason: RefusalReason, detail: string) => void;
  readonly size: () => number;
  readonly note: () => string;
  readonly pendingEvents: () => number;
  readonly refusal: () => Refusal | undefined;
  readonly isReachable: () => boolean;
}

/** Takes waiting requests whole, up to the limit; one with an effect goes alone. */
function takeGroup(queue: Waiting[], maxBatchEvents: number): readonly Waiting[] {
  let events = 0;
  let count = 0;
  for (const { submission } of queue) {
    const isAlone = submission.effect !== undefined;
    if (count > 0 && (isAlone || events + submission.events.length > maxBatchEvents)) break;
    count += 1;
    events += submission.events.length;
    if (isAlone) break;
  }
  return queue.splice(0, count);
}

/** Creates a sequencer; call `start` before `submit`. */
export function createSequencer(deps: CommitDeps, options: SequencerOptions): Sequencer {
  const committer = new Committer(deps);
  const queue: Waiting[] = [];
  let pending = 0;
  let isStopping = false;
  // The committer belongs to whoever holds this promise: there is never more than one.
  let working: Promise<void> | undefined;

  async function drain(): Promise<void> {
    while (queue.length > 0) await committer.commit(takeGroup(queue, options.maxBatchEvents));
  }
  function begin(task: () => Promise<void> = drain): Promise<void> {
    working ??= task().finally(() => {
      working = undefined;
      if (queue.length > 0) void begin();
    });
    return working;
  }
  function obstacle(events: number): LedgerError | undefined {
    if (isStopping) return new LedgerError('stopping', 'the service is stopping: post again to another instance');
    const { refusal } = committer;
    if (refusal !== undefined) return refusalError(refusal.reason);
    if (pending === 0 || pending + events <= options.maxPendingEvents) return undefined;
    const message = 'too many events are waiting: nothing of this request was stored, post it again later';
    return new LedgerError('overloaded', message, { retryAfterSeconds: 1 });
  }

  return {
    submit: async (submission) => {
      const count = submission.events.length;
      const refused = obstacle(count);
      if (refused !== undefined) throw refused;
      pending += count;
      try {
        return await new Promise<Sequenced>((resolve, reject) => {
          queue.push({ submission, resolve, reject });
          // Idle: start on the next turn, so that requests that came in together share a commit.
          if (working === undefined) setImmediate(() => void begin());
        });
      } finally {
        pending -= count;
      }
    },
    start: () => committer.start(),
    stop: async () => {
      isStopping = true;
      while (working !== undefined || queue.length > 0) await begin();
    },
    inspect: async () => {
      if (working === undefined && queue.length === 0 && !isStopping) await begin(() => committer.inspect());
    },
    refuse: (reason, detail) => {
      committer.refuse(reason, detail);
    },
    size: () => committer.size,
    note: () => committer.note,
    pendingEvents: () => pending,
    refusal: () => committer.refusal,
    isReachable: () => committer.isReachable,
  };
}
