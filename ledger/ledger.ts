/**
 * Puts the ledger's parts together over their ports. Adapters come from `runtime/compose.ts`.
 *
 * @module
 */
import type { AnchorDeps } from './anchor/anchor-deps.ts';
import type { Anchor } from './anchor/anchor-store.ts';
import { createAnchoring, type RunningAnchoring } from './anchor/anchoring.ts';
import { ChainError } from './anchor/chain.ts';
import { createEvidence, type Evidence, type EvidenceDeps } from './anchor/evidence.ts';
import { NO_ANCHOR } from './anchor/status.ts';
import { createAppender } from './append.ts';
import { openCheckpoint } from './checkpoint/checkpoint.ts';
import { formatVerifierKey, type NoteSigner } from './checkpoint/key.ts';
import type { WitnessPolicy } from './checkpoint/policy.ts';
import { LedgerError } from './errors.ts';
import { MAX_AUDIT_BYTES } from './event/limits.ts';
import type { RandomBytes } from './event/random-pool.ts';
import { createSealer } from './event/seal.ts';
import type { Keyring } from './keys/keyring.ts';
import type { SubjectStore } from './keys/subject-store.ts';
import { emptyRoot } from './merkle/hash.ts';
import { createTileNodes, type TileNodes } from './merkle/tile-nodes.ts';
import type { ApiKeyStore, BreakGlassStore, Ledger, LogStatus } from './ports.ts';
import { choosePublished, type FindCosigned, type PublishedCheckpoint } from './publication.ts';
import { createLogReader } from './read.ts';
import type { StoredContent } from './sequencer/batch.ts';
import type { SequencerObserver } from './sequencer/commit-group.ts';
import { createSequencer, type Sequencer, type SequencerOptions } from './sequencer/sequencer.ts';
import type { Watermark } from './sequencer/watermark.ts';
import type { EventStore } from './store/event-store.ts';
import type { IdMatch, LogStore } from './store/log-store.ts';
import { createTileHashes } from './store/tile-hashes.ts';
import { createSubjects, serverEvent } from './subjects.ts';
import { SYSTEM } from './system.ts';
import type { BlockEvidence, Primitives } from './types.ts';
import { blockEvidenceOf } from './verify/fabric/block.ts';
import { readSignedRead } from './verify/fabric/signed-read.ts';

export interface LedgerDeps {
  readonly logStore: LogStore;
  readonly eventStore: EventStore;
  readonly subjectStore: SubjectStore;
  readonly apiKeys: ApiKeyStore;
  readonly breakGlass: BreakGlassStore;
  readonly keyring: Keyring;
  readonly signer: NoteSigner;
  readonly watermark: Watermark;
  readonly primitives: Primitives;
  readonly random: RandomBytes;
  readonly newId: () => string;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly observer: Pick<SequencerObserver, 'committed' | 'refused'>;
  readonly witnessPolicy: WitnessPolicy | undefined;
  readonly findCosigned: FindCosigned;
  readonly witnessStatus: () => LogStatus['witnesses'];
  /** Of the Fabric profile; `undefined` where none is configured. */
  readonly anchor: LedgerAnchor | undefined;
  readonly options: SequencerOptions & {
    /** How long a request waits for a database that went away, milliseconds. */
    readonly unavailableAfterMs: number;
    /** Tiles kept in memory, 10 KiB each. */
    readonly cachedTiles: number;
    /** How long a head read from the database serves proofs and checkpoints, milliseconds. */
    readonly headFreshMs: number;
  };
}

/** The chain that the log is anchored on, and who is told of it. */
export type LedgerAnchor = Pick<AnchorDeps, 'chain' | 'store' | 'holder' | 'random' | 'sleep' | 'observer' | 'options'>;

export interface RunningLedger {
  readonly ledger: Ledger;
  /** To be started once the sequencer is, and stopped before it. */
  readonly anchoring: RunningAnchoring | undefined;
  readonly sequencer: Sequencer;
  /** Appends an `integrity_check` that failed. @throws LedgerError as every append */
  readonly recordFailedCheck: (check: string, problem: string) => Promise<void>;
  /** RFC 6962 consistency proof for witnesses. */
  readonly prove: (from: number, to: number) => Promise<readonly Uint8Array[]>;
}

export function createLedger(deps: LedgerDeps): RunningLedger {
  const { logStore, eventStore, keyring, signer, primitives } = deps;
  const vkey = formatVerifierKey(signer.key);
  const tileHashes = createTileHashes(logStore);
  const tiles = createTileNodes(primitives.sha256, tileHashes, deps.options.cachedTiles);
  const newestHead = createNewestHead(deps);

  async function loadStored(matches: readonly IdMatch[]): Promise<ReadonlyMap<string, StoredContent>> {
    const stored = await eventStore.byIds(matches.map(({ id }) => id));
    const opened = await reader.openMany(stored);
    return new Map(
      stored.map(({ id, index }, at) => {
        const one = opened[at];
        return [id, { index, envelope: one?.kind === 'open' ? one.opening.envelope : undefined }];
      }),
    );
  }

  const sequencer = createSequencer(
    {
      store: logStore,
      tileHashes,
      signer,
      vkey,
      primitives,
      watermark: deps.watermark,
      nowMs: deps.nowMs,
      sleep: deps.sleep,
      loadStored,
      unavailableAfterMs: deps.options.unavailableAfterMs,
      observer: {
        refused: deps.observer.refused,
        committed: (commit) => {
          newestHead.advance({ size: commit.size, note: commit.note });
          anchoring?.notify(commit.size);
          deps.observer.committed(commit);
        },
        stateReloaded: () => {
          keyring.forget();
        },
      },
    },
    deps.options,
  );
  const anchoring = startableAnchoring(deps, tiles);
  const reader = createLogReader({
    events: eventStore,
    store: logStore,
    keyring,
    tiles,
    primitives,
    key: signer.key,
    vkey,
    newest: newestHead.atLeast,
    evidence: evidenceOf(deps, tiles),
    isWitnessed: deps.witnessPolicy !== undefined,
    published: async () => {
      requireShowable(sequencer.refusal());
      return choosePublished(await newestHead.read(), deps.witnessPolicy, deps.findCosigned);
    },
  });
  const appender = createAppender({
    keyring,
    sequencer,
    events: eventStore,
    store: logStore,
    seal: createSealer(deps.random),
    random: deps.random,
    nowMs: deps.nowMs,
    maxPendingPerPrincipal: Math.ceil(deps.options.maxPendingEvents / 2),
    receiptOf: async (id) => {
      const event = await reader.findEvent(id);
      if (event === undefined) throw new LedgerError('internal', 'the store lacks an event that it found');
      return reader.receipt(event);
    },
  });

  const ledger: Ledger = {
    append: appender.append,
    appendOne: (envelope, by) => appender.appendOne(envelope, by),
    appendAudit: (envelope, by) => appender.appendOne(envelope, by, { maxBytes: MAX_AUDIT_BYTES }),
    read: reader,
    subjects: createSubjects({ ...deps, appender, store: deps.subjectStore }),
    apiKeys: deps.apiKeys,
    breakGlass: deps.breakGlass,
    vkey,
    anchoring,
    status: () => statusOf(deps, sequencer, anchoring),
    rotateKek: async (by) => {
      const { kekId, rewrapped } = await keyring.rotateKek();
      const envelope = serverEvent(deps, 'config_change', by, { change: 'kek_rotated', by: by.id, kekId, rewrapped });
      const { receipt } = await appender.appendOne(envelope, by);
      return { kekId, rewrapped, receipt };
    },
  };
  async function recordFailedCheck(check: string, problem: string): Promise<void> {
    const payload = { result: 'failed', check, size: sequencer.size(), problems: [problem] };
    await appender.appendOne(serverEvent(deps, 'integrity_check', SYSTEM, payload), SYSTEM);
  }
  return {
    ledger,
    anchoring,
    sequencer,
    recordFailedCheck,
    prove: async (from, to) => (await tiles.consistency(from, to)).proof.hashes,
  };
}

/** The newest head, from our own commits or, when those are not fresh, from the database: other instances append too. */
function createNewestHead({ logStore, nowMs, options }: LedgerDeps): {
  read: () => Promise<PublishedCheckpoint>;
  /** Looks into the database at once if what is known is smaller: another instance may have answered for it already. */
  atLeast: (size: number) => Promise<PublishedCheckpoint>;
  advance: (head: PublishedCheckpoint) => void;
} {
  let head: PublishedCheckpoint | undefined;
  let readAtMs = -Infinity;
  let reading: Promise<PublishedCheckpoint> | undefined;

  function advance(next: PublishedCheckpoint): void {
    if (head === undefined || next.size >= head.size) head = next;
    readAtMs = nowMs();
  }
  async function load(): Promise<PublishedCheckpoint> {
    const loaded = await logStore.loadHead();
    if (loaded === undefined) throw new LedgerError('store_unavailable', 'the log was not created yet: see /readyz');
    const next = { size: loaded.size, note: loaded.note };
    advance(next);
    return head ?? next;
  }
  async function read(): Promise<PublishedCheckpoint> {
    if (head !== undefined && nowMs() - readAtMs < options.headFreshMs) return head;
    reading ??= load().finally(() => {
      reading = undefined;
    });
    return reading;
  }
  return {
    advance,
    read,
    atLeast: async (size) => {
      const known = await read();
      return known.size >= size ? known : load();
    },
  };
}

/**
 * A head that contradicts what was signed before must not be shown: two checkpoints of one size are a fork, whoever asks.
 * One that is merely older was signed and shown before, and stays readable.
 */
function requireShowable(refusal: ReturnType<Sequencer['refusal']>): void {
  if (refusal === undefined || refusal.reason === 'database_older_than_checkpoint') return;
  throw new LedgerError(
    'log_refuses_to_sign',
    `the database's head is not the log that was signed (${refusal.reason}): see /readyz`,
  );
}

function startableAnchoring(deps: LedgerDeps, tiles: TileNodes): RunningAnchoring | undefined {
  if (deps.anchor === undefined) return undefined;
  const { signer, primitives, logStore, nowMs } = deps;
  return createAnchoring({
    ...deps.anchor,
    nowMs,
    monotonicMs: () => performance.now(),
    emptyRoot: emptyRoot(primitives.sha256),
    openNote: (note) => {
      const opening = openCheckpoint(note, [signer.key], primitives);
      if (opening.kind === 'opened') return opening.checkpoint;
      throw new LedgerError('internal', 'a stored checkpoint does not carry our signature');
    },
    rootAt: (size) => tiles.rootAt(size),
    logSize: async () => (await logStore.loadHead())?.size ?? 0,
  });
}

function evidenceOf(deps: LedgerDeps, tiles: TileNodes): ((prove: EvidenceDeps['prove']) => Evidence) | undefined {
  const { anchor, primitives, nowMs, options } = deps;
  if (anchor === undefined) return undefined;
  const { chain, store } = anchor;
  async function blockOf({ read }: Anchor): Promise<BlockEvidence> {
    const { block, transaction } = readSignedRead(primitives.sha256, read);
    try {
      return blockEvidenceOf(primitives.sha256, await chain.block(block), transaction);
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      const message = 'no peer of the profile hands out the block: ask again later, or without the block';
      throw new LedgerError('anchor_unavailable', message, { cause: error });
    }
  }
  return (prove) =>
    createEvidence({ chain, store, tiles, primitives, nowMs, freshMs: options.headFreshMs, prove, blockOf });
}

function statusOf(deps: LedgerDeps, sequencer: Sequencer, anchoring: RunningAnchoring | undefined): LogStatus {
  const refusal = sequencer.refusal();
  return {
    size: sequencer.size(),
    origin: deps.signer.key.name,
    signing: refusal === undefined ? 'ok' : 'refused',
    refusal,
    database: sequencer.isReachable() ? 'ok' : 'unavailable',
    anchor: anchoring?.status() ?? NO_ANCHOR,
    pendingEvents: sequencer.pendingEvents(),
    witnesses: deps.witnessStatus(),
  };
}
