/**
 * The sequencer: gives events their index and makes them durable, integrated and signed, in one transaction a group.
 *
 * Group commit: it flushes at once when idle; while one commit is on its way, requests gather for the next, so batches
 * grow with the load. The head row's compare-and-swap is the only lock between instances (docs/adr/0005).
 *
 * @module
 */
import { signCheckpoint, type Checkpoint } from '../checkpoint/checkpoint.ts';
import type { NoteSigner } from '../checkpoint/key.ts';
import { FatalLedgerError, LedgerError, type RefusalReason } from '../errors.ts';
import { TreeEdge } from '../merkle/edge.ts';
import { emptyRoot } from '../merkle/hash.ts';
import { createTileNodes, type TileHashes } from '../merkle/tile-nodes.ts';
import { verifyInclusion } from '../merkle/verify-proof.ts';
import {
  type CommitBatch,
  type CommitOutcome,
  type Head,
  type LogStore,
  StoreUnavailableError,
} from '../store/log-store.ts';
import { uuidToBytes } from '../event/uuid.ts';
import type { InclusionProof, Primitives } from '../types.ts';
import { type Batch, type BatchDeps, dataKeysOf, indicesOf, layOut, type Placed, unresolvedRefsOf } from './batch.ts';
import { checkHead, openOwnNote } from './head-check.ts';
import { LostKeysError, RecountError, type Sequenced, type Submission } from './submission.ts';
import type { Watermark } from './watermark.ts';

export interface SequencerOptions {
  /** Events in one commit, at most; a larger request is one commit of its own. */
  readonly maxBatchEvents: number;
  /** Events waiting, at most; beyond it requests are refused with `overloaded` and nothing is lost. */
  readonly maxPendingEvents: number;
  /** How long a request waits for a database that went away. */
  readonly unavailableAfterMs: number;
}

export interface SequencerObserver {
  readonly committed: (commit: {
    readonly size: number;
    readonly events: number;
    readonly durationMs: number;
    readonly note: string;
  }) => void;
  readonly refused: (reason: RefusalReason, detail: string) => void;
  /** The database may have lost what was not yet durable, or another instance shredded. */
  readonly stateReloaded: () => void;
}

export interface SequencerDeps extends Pick<BatchDeps, 'compareStored' | 'compareEvents'> {
  readonly store: LogStore;
  readonly tileHashes: TileHashes;
  readonly signer: NoteSigner;
  readonly vkey: string;
  readonly primitives: Primitives;
  readonly watermark: Watermark;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly observer: SequencerObserver;
}

interface Waiting {
  readonly submission: Submission;
  readonly resolve: (sequenced: Sequenced) => void;
  readonly reject: (error: unknown) => void;
}

/** What the sequencer builds on: always a committed head. */
interface State {
  readonly edge: TreeEdge;
  readonly root: Uint8Array;
  readonly note: string;
}

/** A batch that was built and signed, and what to do with it. */
interface Built {
  readonly batch: Batch;
  readonly edge: TreeEdge;
  readonly commit: CommitBatch;
}

const RETRY_MS = [5, 20, 50, 100, 250, 500];

export interface Sequencer {
  /** @throws LedgerError `overloaded`, `stopping`, `log_refuses_to_sign`, `store_unavailable`, `id_conflict`, … */
  readonly submit: (submission: Submission) => Promise<Sequenced>;
  /** Loads the head, or creates the log, and checks it. A wrong head makes it refuse to sign; it does not throw. */
  readonly start: () => Promise<void>;
  /** Refuses new work, commits what is waiting, and returns. */
  readonly stop: () => Promise<void>;
  /** Compares the database's head with ours when nothing is being committed. */
  readonly inspect: () => Promise<void>;
  readonly size: () => number;
  readonly note: () => string;
  readonly pendingEvents: () => number;
  readonly refusal: () => { readonly reason: RefusalReason; readonly detail: string } | undefined;
  readonly isReachable: () => boolean;
}

/** Creates a sequencer; call `start` before `submit`. */
export function createSequencer(deps: SequencerDeps, options: SequencerOptions): Sequencer {
  const { store, primitives, signer } = deps;
  const headCheck = () => ({
    key: signer.key,
    primitives,
    tiles: createTileNodes(primitives.sha256, deps.tileHashes, 64),
  });
  // Owned by `work`: nothing else writes them.
  let state: State | undefined;
  let newest: Checkpoint | undefined;
  let refusal: { reason: RefusalReason; detail: string } | undefined;
  let reachable = true;
  // Shared between callers and `work`, both on one thread.
  let queue: Waiting[] = [];
  let pending = 0;
  let stopping = false;
  let working: Promise<void> | undefined;

  function refuse(error: FatalLedgerError): void {
    refusal = { reason: error.reason, detail: error.message };
    state = undefined;
    deps.observer.refused(error.reason, error.message);
    const waiting = queue;
    queue = [];
    for (const { reject } of waiting) reject(refusalError());
  }
  function refusalError(): LedgerError {
    const message = `the log refuses to sign (${refusal?.reason ?? 'unknown'}): see /readyz and docs/operations.md`;
    return new LedgerError('log_refuses_to_sign', message);
  }

  /** Reads the head and checks it against the newest checkpoint we know; the same code at start and after every surprise. */
  async function load(): Promise<State> {
    const check = headCheck();
    let head = await store.loadHead();
    await checkHead(check, head, newest);
    if (head === undefined) {
      await store.createLog(emptyHead(deps));
      head = await store.loadHead();
      await checkHead(check, head, newest);
    }
    if (head === undefined) throw new FatalLedgerError('head_corrupt', 'the head row cannot be created');
    const edge = await check.tiles.edgeAt(head.size);
    if (Buffer.compare(edge.root(), head.root) !== 0) {
      throw new FatalLedgerError(
        'head_corrupt',
        `the tiles of ${head.size} entries do not give the root that was signed`,
      );
    }
    remember({ edge, root: head.root, note: head.note });
    deps.observer.stateReloaded();
    return { edge, root: head.root, note: head.note };
  }
  function remember(next: State): void {
    state = next;
    newest = { origin: signer.key.name, size: next.edge.size, root: next.root };
    deps.watermark.write(next.note);
  }

  function takeGroup(): Waiting[] {
    const group: Waiting[] = [];
    let events = 0;
    while (queue.length > 0) {
      const next = queue[0];
      if (next === undefined) break;
      const isAlone = next.submission.effect !== undefined;
      if (group.length > 0 && (isAlone || events + next.submission.events.length > options.maxBatchEvents)) break;
      group.push(next);
      queue.shift();
      events += next.submission.events.length;
      if (isAlone) break;
    }
    return group;
  }

  async function work(): Promise<void> {
    while (queue.length > 0) {
      if (refusal !== undefined) {
        for (const { reject } of queue.splice(0)) reject(refusalError());
        return;
      }
      await commitGroup(takeGroup());
    }
  }

  /** Builds and signs on a clone of the edge; nothing of it is visible to anyone until the commit succeeded. */
  function build(base: State, batch: Batch): Built {
    const edge = base.edge.clone();
    for (const event of batch.events) edge.append(event.leafHash);
    const root = edge.root();
    const [first] = batch.placed;
    const effect = first?.submission.effect;
    const commit: CommitBatch = {
      expected: { size: base.edge.size, root: base.root },
      events: batch.events,
      tiles: edge.completed.map(({ level, n, pyramid }) => ({
        level,
        n,
        root: pyramid.root(),
        hashes: pyramid.hashes(),
      })),
      size: edge.size,
      root,
      note: signCheckpoint({ origin: signer.key.name, size: edge.size, root }, signer),
      signedAtMs: deps.nowMs(),
      unresolvedRefs: unresolvedRefsOf(batch.placed).map(uuidToBytes),
      dataKeys: dataKeysOf(batch.events),
      ...(effect !== undefined && { effect }),
    };
    return { batch, edge, commit };
  }

  /**
   * One group commit, from queue to answers. The one long function on purpose: it is the one irreversible operation, and
   * its order of effects is the argument (STYLE 7, 8).
   */
  // prettier-ignore
  async function commitGroup(group: Waiting[]): Promise<void> {
    const startedMs = deps.nowMs();
    const waiting = new Map(group.map((item) => [item.submission, item]));
    const stored = new Map<string, number>();
    const settle = (submission: Submission, error: unknown): void => {
      waiting.get(submission)?.reject(error);
      waiting.delete(submission);
    };
    let uncertain: Built | undefined;
    let failures = 0;
    try {
      while (waiting.size > 0) {
        try {
          // 1. A state to build on. After a lost connection or a moved head it is read again and checked.
          const base = state ?? (await load());
          reachable = true;

          // 2. Did a commit whose answer was lost happen after all? Its checkpoint is in the database, or it is not.
          if (uncertain !== undefined) {
            const covering = await store.checkpointCovering(uncertain.commit.size - 1);
            if (covering?.note === uncertain.commit.note) {
              answer(uncertain, waiting, startedMs);
              return;
            }
            uncertain = undefined;
          }

          // 3. Lay out: repeats and conflicts are settled without writing anything.
          const submissions = [...waiting.keys()];
          const batch = await layOut(submissions, { stored, compareStored: deps.compareStored, compareEvents: deps.compareEvents });
          for (const { submission, error } of batch.refused) settle(submission, error);
          if (batch.events.length === 0) {
            answerRepeats(batch.placed, base, waiting);
            return;
          }

          // 4. Build and sign, in memory. A crash here leaves nothing behind.
          const built = build(base, batch);

          // 5. COMMIT POINT: events, tiles, checkpoint and head in one durable transaction, if the head is still ours.
          //    A crash before it leaves nothing; after it, everything is there and posting again finds the ids.
          uncertain = built;
          const outcome = await store.commit(built.commit);
          uncertain = undefined;
          failures = 0;
          if (outcome.kind === 'committed') {
            // 6. The watermark, outside the database, before any answer leaves. A crash here leaves the watermark one commit
            //    behind, which the check at start accepts.
            remember({ edge: built.edge, root: built.commit.root, note: built.commit.note });
            // 7. Answers.
            answer(built, waiting, startedMs);
            return;
          }
          await digest(outcome, built, stored, settle);
        } catch (error) {
          if (!(error instanceof StoreUnavailableError)) throw error;
          // The commit may or may not have happened: forget the state, so that step 1 reads it again.
          reachable = false;
          state = undefined;
          if (deps.nowMs() - startedMs > options.unavailableAfterMs) throw error;
          await deps.sleep(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 500);
          failures += 1;
        }
      }
    } catch (error) {
      if (error instanceof FatalLedgerError) refuse(error);
      const answered = error instanceof FatalLedgerError ? refusalError() : unavailable(error);
      for (const submission of [...waiting.keys()]) settle(submission, answered);
    }
  }

  /** What a commit that wrote nothing asks for before the next try. */
  async function digest(
    outcome: Exclude<CommitOutcome, { kind: 'committed' }>,
    { batch }: Built,
    stored: Map<string, number>,
    settle: (submission: Submission, error: unknown) => void,
  ): Promise<void> {
    switch (outcome.kind) {
      case 'moved':
        // Another instance appended: read its head, check that it extends ours, build again.
        state = undefined;
        return;
      case 'duplicate_id':
        for (const { id, index } of await store.findIds(batch.events.map((event) => event.id))) stored.set(id, index);
        return;
      case 'missing_refs':
        for (const { submission } of batch.placed) {
          if (submission.unresolvedRefs.some((ref) => outcome.missing.includes(ref))) settle(submission, unknownRef());
        }
        return;
      case 'lost_keys':
        for (const { submission } of batch.placed) settle(submission, new LostKeysError());
        return;
      case 'recount':
        for (const { submission } of batch.placed) settle(submission, new RecountError());
        return;
      case 'unknown_subject':
      case 'legal_hold':
        for (const { submission } of batch.placed) settle(submission, effectError(outcome.kind));
    }
  }

  function answer({ batch, edge, commit }: Built, waiting: Map<Submission, Waiting>, startedMs: number): void {
    for (const placed of batch.placed) {
      const events = indicesOf(placed, commit.expected.size);
      const [first] = events;
      const isProven = placed.submission.wantProof && first !== undefined && first.index >= commit.expected.size;
      const proof = isProven ? proveOwn(edge, first.index, commit, placed) : undefined;
      waiting.get(placed.submission)?.resolve({ events, note: commit.note, size: commit.size, proof });
      waiting.delete(placed.submission);
    }
    edge.dropCompleted();
    const durationMs = deps.nowMs() - startedMs;
    deps.observer.committed({ size: commit.size, events: batch.events.length, durationMs, note: commit.note });
  }

  /** Invariant 4: verified before it leaves. A failure here would be a fault of ours, and stops the request. */
  function proveOwn(edge: TreeEdge, index: number, commit: CommitBatch, placed: Placed): InclusionProof {
    const proof = edge.prove(index);
    const [event] = placed.submission.events;
    const isGood = event !== undefined && verifyInclusion(primitives.sha256, proof, event.leafHash, commit.root);
    if (!isGood) throw new LedgerError('internal', 'a proof did not verify before it left');
    return proof;
  }

  function answerRepeats(placed: readonly Placed[], base: State, waiting: Map<Submission, Waiting>): void {
    for (const one of placed) {
      const events = indicesOf(one, base.edge.size);
      waiting.get(one.submission)?.resolve({ events, note: base.note, size: base.edge.size, proof: undefined });
      waiting.delete(one.submission);
    }
  }

  function begin(): void {
    working ??= work().finally(() => {
      working = undefined;
      if (queue.length > 0) begin();
    });
  }

  return {
    submit: (submission) => {
      if (stopping)
        return Promise.reject(new LedgerError('stopping', 'the service is stopping: post again to another instance'));
      if (refusal !== undefined) return Promise.reject(refusalError());
      const count = submission.events.length;
      if (pending > 0 && pending + count > options.maxPendingEvents) {
        const message = 'too many events are waiting: nothing of this request was stored, post it again later';
        return Promise.reject(new LedgerError('overloaded', message, { retryAfterSeconds: 1 }));
      }
      pending += count;
      const sequenced = new Promise<Sequenced>((resolve, reject) => {
        queue.push({ submission, resolve, reject });
      });
      // Idle: start on the next turn, so that requests that came in together share a commit.
      if (working === undefined) setImmediate(begin);
      return sequenced.finally(() => {
        pending -= count;
      });
    },
    start: async () => {
      const notes = deps.watermark.read().map((note) => openOwnNote(headCheck(), note));
      for (const note of notes) if (note !== undefined && note.size > (newest?.size ?? -1)) newest = note;
      try {
        await load();
      } catch (error) {
        if (!(error instanceof FatalLedgerError)) throw error;
        refuse(error);
      }
    },
    stop: async () => {
      stopping = true;
      while (working !== undefined || queue.length > 0) {
        begin();
        await working;
      }
    },
    inspect: async () => {
      if (working !== undefined || queue.length > 0 || refusal !== undefined || stopping) return;
      working = inspectHead().finally(() => {
        working = undefined;
        if (queue.length > 0) begin();
      });
      await working;
    },
    size: () => newest?.size ?? 0,
    note: () => state?.note ?? '',
    pendingEvents: () => pending,
    refusal: () => refusal,
    isReachable: () => reachable,
  };

  async function inspectHead(): Promise<void> {
    try {
      const head = await store.loadHead();
      reachable = true;
      const isOurs =
        state !== undefined && head?.size === state.edge.size && Buffer.compare(head.root, state.root) === 0;
      if (!isOurs || head.vkey !== deps.vkey) await load();
    } catch (error) {
      if (error instanceof FatalLedgerError) refuse(error);
      else if (error instanceof StoreUnavailableError) {
        reachable = false;
        state = undefined;
      } else throw error;
    }
  }
}

function emptyHead({ signer, vkey, primitives }: SequencerDeps): Head {
  const root = emptyRoot(primitives.sha256);
  const note = signCheckpoint({ origin: signer.key.name, size: 0, root }, signer);
  return { origin: signer.key.name, vkey, size: 0, root, note };
}

function unknownRef(): LedgerError {
  return new LedgerError(
    'unknown_ref',
    'an event that is referred to is not in the log: post it first, or earlier in the same batch',
  );
}

function effectError(code: 'unknown_subject' | 'legal_hold'): LedgerError {
  const message =
    code === 'legal_hold'
      ? 'the subject is under a legal hold: lift the hold first, if it may be lifted'
      : 'no such subject, or its content was erased already';
  return new LedgerError(code, message);
}

function unavailable(error: unknown): unknown {
  if (!(error instanceof StoreUnavailableError)) return error;
  const message =
    'the database cannot be reached; the events may or may not be in the log: post them again with the same ids';
  return new LedgerError('store_unavailable', message, { retryAfterSeconds: 2, cause: error });
}
