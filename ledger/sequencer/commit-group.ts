/**
 * One group commit, from the requests that wait to their answers; and the state that it builds on.
 *
 * @module
 */
import { type Checkpoint, signCheckpoint } from '../checkpoint/checkpoint.ts';
import type { NoteSigner } from '../checkpoint/key.ts';
import { FatalLedgerError, LedgerError, type RefusalReason } from '../errors.ts';
import { uuidToBytes } from '../event/uuid.ts';
import type { TreeEdge } from '../merkle/edge.ts';
import { FullTile } from '../merkle/full-tile.ts';
import { emptyRoot } from '../merkle/hash.ts';
import { createTileNodes, type TileHashes } from '../merkle/tile-nodes.ts';
import { type CommitBatch, type Head, type IdMatch, type LogStore, StoreUnavailableError } from '../store/log-store.ts';
import type { Primitives } from '../types.ts';
import { answerRepeats, proveFirst, Unanswered, type Waiting } from './answers.ts';
import { type Batch, dataKeysOf, indicesOf, layOut, type StoredContent, unresolvedRefsOf } from './batch.ts';
import { checkHead, type HeadCheckDeps, openOwnNote } from './head-check.ts';
import { refusedSubmissions, refusalError, unavailableError } from './outcome-errors.ts';
import type { Submission } from './submission.ts';
import type { Watermark } from './watermark.ts';

export interface Refusal {
  readonly reason: RefusalReason;
  readonly detail: string;
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

export interface CommitDeps {
  /** What is in the log at these places, by id. */
  readonly loadStored: (matches: readonly IdMatch[]) => Promise<ReadonlyMap<string, StoredContent>>;
  readonly store: LogStore;
  readonly tileHashes: TileHashes;
  readonly signer: NoteSigner;
  readonly vkey: string;
  readonly primitives: Primitives;
  readonly watermark: Watermark;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly observer: SequencerObserver;
  /** How long a group waits for a database that went away, milliseconds. */
  readonly unavailableAfterMs: number;
}

/** What a commit builds on: always a committed head. */
interface State {
  readonly edge: TreeEdge;
  readonly root: Uint8Array;
  readonly note: string;
}

/** A batch that was built and signed. */
interface Built {
  readonly batch: Batch;
  readonly edge: TreeEdge;
  readonly commit: CommitBatch;
}

const RETRY_MS = [5, 20, 50, 100, 250, 500] as const;
const HEAD_CHECK_TILES = 64;

/** Commits groups one at a time; whoever calls it sees to that. */
export class Committer {
  readonly #deps: CommitDeps;
  /** `undefined`: not known, to be read from the database and checked. */
  #state: State | undefined;
  /** The newest checkpoint that we signed and saw committed, here or in the watermark file. */
  #newest: Checkpoint | undefined;
  #refusal: Refusal | undefined;
  #isReachable = true;

  constructor(deps: CommitDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#newest?.size ?? 0;
  }
  get note(): string {
    return this.#state?.note ?? '';
  }
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }
  get isReachable(): boolean {
    return this.#isReachable;
  }

  /** Takes the watermark's word for what was signed, then loads the head, or creates the log. Never throws {@link FatalLedgerError}. */
  async start(): Promise<void> {
    for (const note of this.#deps.watermark.read()) {
      const checkpoint = openOwnNote(this.#headCheck(), note);
      if (checkpoint !== undefined && checkpoint.size >= this.size) this.#newest = checkpoint;
    }
    await this.#orRefuse(() => this.#load());
  }

  /**
   * Stops signing for what was learnt elsewhere: the chain knows of more than the database does. A group whose commit is
   * on its way ends as it does; no other begins.
   */
  refuse(reason: RefusalReason, detail: string): void {
    if (this.#refusal === undefined) this.#refuse(new FatalLedgerError(reason, detail));
  }

  /** Compares the database's head with ours. A lost database is noted, a wrong head makes the log refuse to sign. */
  async inspect(): Promise<void> {
    if (this.#refusal !== undefined) return;
    try {
      await this.#orRefuse(() => this.#inspect());
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      this.#isReachable = false;
      this.#state = undefined;
    }
  }

  /** Every request of the group has its answer when it returns. */
  async commit(group: readonly Waiting[]): Promise<void> {
    const unanswered = new Unanswered(group);
    if (this.#refusal === undefined) await this.#commit(unanswered);
    else unanswered.rejectAll(refusalError(this.#refusal.reason));
  }

  /** The one long function on purpose: it is the one irreversible operation, and its order of effects is the argument. */
  async #commit(unanswered: Unanswered): Promise<void> {
    const { store, nowMs } = this.#deps;
    const startedMs = nowMs();
    let stored: ReadonlyMap<string, StoredContent> = new Map();
    let uncertain: Built | undefined;
    let failures = 0;
    while (unanswered.submissions.length > 0) {
      try {
        // 1. A state to build on. After a lost connection or a moved head it is read again and checked.
        const base = this.#state ?? (await this.#load());
        this.#isReachable = true;

        // 2. Did a commit whose answer was lost happen after all? Its checkpoint is in the database, or it is not.
        if (uncertain !== undefined && (await this.#isCommitted(uncertain))) {
          this.#answer(uncertain, unanswered, startedMs);
        }
        uncertain = undefined;
        if (unanswered.submissions.length === 0) return;

        // 3. Lay out: repeats and conflicts are settled without writing anything.
        const batch = layOut(unanswered.submissions, stored);
        for (const { submission, error } of batch.refused) unanswered.reject(submission, error);
        if (batch.events.length === 0) {
          answerRepeats(batch.placed, base, unanswered);
          continue;
        }

        // 4. Build and sign, in memory. A crash here leaves nothing behind.
        const built = this.#build(base, batch);

        // 5. COMMIT POINT: events, tiles, checkpoint and head in one durable transaction, if the head is still ours. A crash
        //    before it leaves nothing; after it everything is there, and posting again finds the ids.
        uncertain = built;
        const outcome = await store.commit(built.commit);
        failures = 0;

        if (outcome.kind === 'committed') {
          // 6. The watermark, outside the database, before any answer leaves. A crash here leaves it one commit behind,
          //    which the check at start accepts.
          this.#remember({ edge: built.edge, root: built.commit.root, note: built.commit.note });
          // 7. Answers.
          this.#answer(built, unanswered, startedMs);
        } else if (outcome.kind === 'moved') {
          // Another instance appended: read its head, check that it extends ours, build again.
          this.#state = undefined;
        } else if (outcome.kind === 'duplicate_id') {
          stored = await this.#loadStored(unanswered.submissions);
        } else {
          for (const { submission, error } of refusedSubmissions(outcome, batch.placed))
            unanswered.reject(submission, error);
        }
        uncertain = undefined;
      } catch (error) {
        const isWaiting = error instanceof StoreUnavailableError && nowMs() - startedMs < this.#deps.unavailableAfterMs;
        if (!isWaiting) {
          this.#giveUp(error, unanswered);
          return;
        }
        // The commit may or may not have happened: forget the state, so that step 1 reads it again.
        this.#isReachable = false;
        this.#state = undefined;
        await this.#deps.sleep(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0);
        failures += 1;
      }
    }
  }

  #giveUp(error: unknown, unanswered: Unanswered): void {
    this.#state = undefined;
    if (error instanceof FatalLedgerError) this.#refuse(error);
    const answer = error instanceof FatalLedgerError ? refusalError(error.reason) : unavailableError(error);
    unanswered.rejectAll(answer);
  }

  #refuse(error: FatalLedgerError): void {
    this.#refusal = { reason: error.reason, detail: error.message };
    this.#state = undefined;
    this.#deps.observer.refused(error.reason, error.message);
  }

  async #orRefuse(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof FatalLedgerError)) throw error;
      this.#refuse(error);
    }
  }

  /** Fresh tiles: what is checked is the database, not what was read from it before. */
  #headCheck(): HeadCheckDeps {
    const { signer, primitives, tileHashes } = this.#deps;
    return { key: signer.key, primitives, tiles: createTileNodes(primitives.sha256, tileHashes, HEAD_CHECK_TILES) };
  }

  /** A store that lacks hashes of the tree that its head claims is a wrong head too. */
  async #load(): Promise<State> {
    try {
      return await this.#loadChecked();
    } catch (error) {
      if (!(error instanceof LedgerError) || error instanceof StoreUnavailableError) throw error;
      throw new FatalLedgerError('head_corrupt', `the tree of the head cannot be read: ${error.message}`, error);
    }
  }

  /** Reads the head and checks it against the newest checkpoint we know; the same code at start and after every surprise. */
  async #loadChecked(): Promise<State> {
    const { store, observer } = this.#deps;
    const check = this.#headCheck();
    let head = await store.loadHead();
    await checkHead(check, head, this.#newest);
    if (head === undefined) {
      await store.createLog(emptyHead(this.#deps));
      head = await store.loadHead();
      await checkHead(check, head, this.#newest);
    }
    if (head === undefined) throw new FatalLedgerError('head_corrupt', 'the head row cannot be created');
    const edge = await check.tiles.edgeAt(head.size);
    if (Buffer.compare(edge.root(), head.root) !== 0) {
      throw new FatalLedgerError(
        'head_corrupt',
        `the tiles of ${head.size} entries do not give the root that was signed`,
      );
    }
    const state = { edge, root: head.root, note: head.note };
    this.#remember(state);
    observer.stateReloaded();
    return state;
  }

  async #inspect(): Promise<void> {
    const head = await this.#deps.store.loadHead();
    this.#isReachable = true;
    const state = this.#state;
    const isOurs =
      state !== undefined &&
      head?.size === state.edge.size &&
      head.vkey === this.#deps.vkey &&
      Buffer.compare(head.root, state.root) === 0;
    if (!isOurs) await this.#load();
  }

  #remember(state: State): void {
    this.#newest = { origin: this.#deps.signer.key.name, size: state.edge.size, root: state.root };
    try {
      this.#deps.watermark.write(state.note);
    } catch (error) {
      // A full disk: without the watermark a restored backup would go unnoticed, so nothing is answered until it is there.
      throw new StoreUnavailableError(error);
    }
    this.#state = state;
  }

  async #loadStored(submissions: readonly Submission[]): Promise<ReadonlyMap<string, StoredContent>> {
    const ids = new Set(submissions.flatMap(({ events }) => events.map(({ id }) => id)));
    return this.#deps.loadStored(await this.#deps.store.findIds([...ids]));
  }

  async #isCommitted({ commit }: Built): Promise<boolean> {
    return (await this.#deps.store.checkpointCovering(commit.size - 1))?.note === commit.note;
  }

  /** On a clone of the edge; nothing of it is visible to anyone until the commit succeeded. */
  #build(base: State, batch: Batch): Built {
    const { signer, nowMs, primitives } = this.#deps;
    const edge = base.edge.clone();
    for (const event of batch.events) edge.append(event.leafHash);
    const root = edge.root();
    const effect = batch.placed[0]?.submission.effect;
    const tiles = edge.completed.map(({ level, n, pyramid }) => {
      const tile = FullTile.fromPyramid(primitives.sha256, pyramid);
      return { level, n, root: pyramid.root(), hashes: tile.hashes(), nodes: tile.nodes() };
    });
    const commit: CommitBatch = {
      expected: { size: base.edge.size, root: base.root },
      events: batch.events,
      tiles,
      size: edge.size,
      root,
      note: signCheckpoint({ origin: signer.key.name, size: edge.size, root }, signer),
      signedAtMs: nowMs(),
      unresolvedRefs: unresolvedRefsOf(batch.placed).map(uuidToBytes),
      dataKeys: dataKeysOf(batch.events),
      ...(effect !== undefined && { effect }),
    };
    return { batch, edge, commit };
  }

  #answer({ batch, edge, commit }: Built, unanswered: Unanswered, startedMs: number): void {
    const { observer, nowMs, primitives } = this.#deps;
    for (const placed of batch.placed) {
      const events = indicesOf(placed, commit.expected.size);
      try {
        const proof = proveFirst(placed, { edge, commit, primitives });
        unanswered.resolve(placed.submission, { events, note: commit.note, size: commit.size, proof });
      } catch (error) {
        unanswered.reject(placed.submission, error);
      }
    }
    edge.dropCompleted();
    const durationMs = nowMs() - startedMs;
    observer.committed({ size: commit.size, events: batch.events.length, durationMs, note: commit.note });
  }
}

function emptyHead({ signer, vkey, primitives }: CommitDeps): Head {
  const root = emptyRoot(primitives.sha256);
  const note = signCheckpoint({ origin: signer.key.name, size: 0, root }, signer);
  return { origin: signer.key.name, vkey, size: 0, root, note };
}
