/**
 * The composition root: the only place that knows adapters. Everything is built once from the frozen configuration.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { EdgeDeps } from '../api/edge-deps.ts';
import { formatVerifierKey } from '../ledger/checkpoint/key.ts';
import { parseWitnessPolicy, type WitnessPolicy } from '../ledger/checkpoint/policy.ts';
import type { AnchorStore } from '../ledger/anchor/anchor-store.ts';
import type { FabricProfile } from '../ledger/anchor/fabric/profile.ts';
import type { AnchorReason } from '../ledger/anchor/status.ts';
import { createRandomPool } from '../ledger/event/random-pool.ts';
import { createUuidV7 } from '../ledger/event/uuid-v7.ts';
import { openFileKek } from '../ledger/keys/file-kek.ts';
import { openKeyring } from '../ledger/keys/keyring.ts';
import { openLogKey } from '../ledger/keys/log-key.ts';
import { createLedger, type LedgerAnchor, type LedgerDeps, type RunningLedger } from '../ledger/ledger.ts';
import type { Ledger } from '../ledger/ports.ts';
import { openWatermark, type Watermark } from '../ledger/sequencer/watermark.ts';
import { StoreUnavailableError } from '../ledger/store/log-store.ts';
import { createPostgresAnchorStore } from '../ledger/store/postgres/anchor-store.ts';
import { createPostgresApiKeyStore } from '../ledger/store/postgres/api-key-store.ts';
import { createPostgresBreakGlassStore } from '../ledger/store/postgres/break-glass-store.ts';
import { createPostgresEventStore } from '../ledger/store/postgres/event-store.ts';
import { createPostgresLogStore } from '../ledger/store/postgres/log-store.ts';
import { migrate } from '../ledger/store/postgres/migrate.ts';
import { createWriterPool, isUnavailable, type DatabaseTarget } from '../ledger/store/postgres/pool.ts';
import { createPostgresSubjectStore } from '../ledger/store/postgres/subject-store.ts';
import { createPostgresWitnessStore } from '../ledger/store/postgres/witness-store.ts';
import { nodePrimitives } from '../ledger/verify/node-primitives.ts';
import { sleep as abortableSleep } from '../ledger/sleep.ts';
import { createWitnessLoop, type WitnessLoop } from '../ledger/witness/witness-round.ts';
import { createAuditThreads } from './audit-threads.ts';
import { ensureBootstrapKey } from './bootstrap-key.ts';
import { announceExpiry } from './certificate-expiry.ts';
import type { Config } from './config.ts';
import { openDataDir } from './data-dir.ts';
import { openDatabase } from './database.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { packageRoot, packageVersion } from './package-root.ts';

/** Connections: the sequencer's one, and reads. */
const READ_CONNECTIONS = 12;
const SUBJECT_CONNECTIONS = 4;
/** Events in one group commit: large enough to pay for the fsync, small enough to overlap with preparing the next. */
const MAX_BATCH_EVENTS = 500;
/** 10 KiB each: 41 MiB, which covers a million entries. A proof from a tile that is not there costs one read. */
const CACHED_TILES = 4_200;
const HEAD_FRESH_MS = 100;
const UNAVAILABLE_AFTER_MS = 20_000;
const INSPECT_EVERY_MS = 2_000;
/** How long a start waits for a chain that does not answer: appends go on without it. */
const FIRST_LOOK_MS = 3_000;

export interface Service {
  readonly ledger: Ledger;
  readonly edge: EdgeDeps;
  /** To print, once: the generated bootstrap key. */
  readonly bootstrapKey: string | undefined;
  /** Commits what was accepted, then closes everything. */
  readonly stop: () => Promise<void>;
}

async function readPolicy(config: Config): Promise<WitnessPolicy | undefined> {
  if (config.witnessPolicyFile === undefined) return undefined;
  return parseWitnessPolicy(nodePrimitives.sha256, await readFile(config.witnessPolicyFile, 'utf8'));
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs the steps in order; a step that throws undoes what came before it. */
class Undo {
  readonly #steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.#steps.unshift(step);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0)) await step();
  }
}

/** The embedded database may be killed while the service starts; each start brings it up again. */
const START_ATTEMPTS = 5;

function isDatabaseGone(error: unknown): boolean {
  return error instanceof StoreUnavailableError || isUnavailable(error);
}

/**
 * Builds and starts a service without its HTTP edge.
 * @throws LedgerError what keeps it from starting, with what to do
 */
export async function composeService(config: Config, logger: Logger): Promise<Service> {
  for (let attempt = 1; ; attempt += 1) {
    const undo = new Undo();
    try {
      return await compose(config, logger, undo);
    } catch (error) {
      await undo.run();
      // An external database is its operator's to bring up; ours is ours.
      if (config.databaseUrl !== undefined || attempt === START_ATTEMPTS || !isDatabaseGone(error)) throw error;
      logger.warn({ err: error, database: 'embedded' }, 'the embedded database died while starting: starting again');
    }
  }
}

async function compose(config: Config, logger: Logger, undo: Undo): Promise<Service> {
  // Before anything is made: a start that a wrong profile refuses leaves nothing behind.
  const profile = await readProfile(config);
  const dataDir = await openDataDir(config.dataDir);
  undo.add(dataDir.release);
  const database = await openDatabase(config, dataDir.path, (message) => {
    logger.warn({ database: 'embedded' }, message);
  });
  undo.add(database.stop);
  const applied = await migrate(database.target.owner, join(packageRoot(), 'ledger', 'store', 'migrations'));
  for (const migration of applied) logger.info({ migration }, 'migration applied');
  const watermark = openWatermark(join(dataDir.path, 'newest-checkpoint'));
  undo.add(watermark.close);
  return composeLedger({ config, profile, dataDir: dataDir.path, logger, undo, target: database.target, watermark });
}

async function readProfile({ fabricProfileFile }: Config): Promise<FabricProfile | undefined> {
  if (fabricProfileFile === undefined) return undefined;
  const { readFabricProfile } = await import('./fabric-profile.ts');
  return readFabricProfile(fabricProfileFile);
}

interface Parts {
  readonly config: Config;
  /** Of the chain; `undefined`: nothing is anchored. */
  readonly profile: FabricProfile | undefined;
  readonly dataDir: string;
  readonly logger: Logger;
  readonly undo: Undo;
  readonly target: DatabaseTarget;
  readonly watermark: Watermark;
}

interface Stores extends Pick<LedgerDeps, 'logStore' | 'eventStore' | 'subjectStore' | 'apiKeys' | 'breakGlass'> {
  readonly witnessStore: ReturnType<typeof createPostgresWitnessStore>;
  readonly anchorStore: AnchorStore;
}

function openStores({ target, logger, undo }: Parts): Stores {
  let isEnding = false;
  const onError = (error: Error): void => {
    // While stopping, the database may end before the last connection is closed.
    if (!isEnding) logger.warn({ err: error }, 'a database connection broke');
  };
  // The sequencer has a connection of its own, so that reads never keep a commit waiting.
  const commits = createWriterPool(target, { max: 1, synchronousCommit: true, onError });
  const reads = createWriterPool(target, { max: READ_CONNECTIONS, synchronousCommit: true, onError });
  const relaxed = createWriterPool(target, { max: SUBJECT_CONNECTIONS, synchronousCommit: false, onError });
  undo.add(() => {
    isEnding = true;
    return Promise.all([commits.end(), reads.end(), relaxed.end()]);
  });
  const reading = createPostgresLogStore(reads);
  return {
    logStore: { ...reading, commit: createPostgresLogStore(commits).commit },
    eventStore: createPostgresEventStore(reads),
    subjectStore: createPostgresSubjectStore(reads, relaxed),
    apiKeys: createPostgresApiKeyStore(reads),
    breakGlass: createPostgresBreakGlassStore(reads),
    witnessStore: createPostgresWitnessStore(reads),
    anchorStore: createPostgresAnchorStore(reads),
  };
}

async function composeLedger(parts: Parts): Promise<Service> {
  const { config, logger, undo, watermark } = parts;
  const { witnessStore, anchorStore, ...stores } = openStores(parts);
  const keyring = await openKeyring(await openFileKek(config.kekFile), stores.subjectStore);
  const signer = await openLogKey(config.logKeyFile, config.logOrigin, nodePrimitives.sha256);
  const witnessPolicy = await readPolicy(config);
  const random = createRandomPool();
  const newId = createUuidV7({ nowMs: Date.now, random });
  // Metrics and witnesses look at the ledger, and the ledger tells them: they meet here, once all are made.
  const told: Told = {};
  const anchor = await openConfiguredAnchor(parts, { store: anchorStore, vkey: formatVerifierKey(signer.key), told });

  const running = createLedger({
    ...stores,
    keyring,
    signer,
    watermark,
    primitives: nodePrimitives,
    random,
    newId,
    nowMs: Date.now,
    sleep,
    witnessPolicy,
    findCosigned: witnessStore.findCosigned,
    witnessStatus: () => told.witnesses?.status() ?? [],
    anchor,
    observer: {
      committed: ({ size, events, durationMs, note }) => {
        told.metrics?.commit(events, durationMs / 1000);
        told.witnesses?.notify(size, note);
      },
      refused: (reason, detail) => {
        logger.fatal({ reason, detail }, 'the log refuses to sign');
      },
    },
    options: {
      maxBatchEvents: MAX_BATCH_EVENTS,
      maxPendingEvents: config.maxPendingEvents,
      unavailableAfterMs: UNAVAILABLE_AFTER_MS,
      cachedTiles: CACHED_TILES,
      headFreshMs: HEAD_FRESH_MS,
    },
  });
  const { ledger, sequencer } = running;
  const metrics = createMetrics(ledger.status);
  const witnesses = startWitnesses(running, witnessPolicy, witnessStore, parts);
  Object.assign(told, { metrics, witnesses, running });
  await sequencer.start();
  if (sequencer.refusal() === undefined) witnesses.notify(sequencer.size(), sequencer.note());
  undo.add(watchHead(running, logger));
  undo.add(sequencer.stop);
  await startAnchoring(running, anchor, parts);

  const audits = createAuditThreads(packageVersion());
  undo.add(audits.stop);
  const edge: EdgeDeps = {
    ledger,
    logger,
    metrics,
    now: Date.now,
    newId,
    cursorKey: keyring.cursorKey,
    logAccess: config.logAccess,
    oidc: config.oidc,
    audits,
  };
  const bootstrapKey = await ensureBootstrapKey(ledger.apiKeys, config.bootstrapKey);
  return { ledger, edge, bootstrapKey, stop: () => undo.run() };
}

interface Told {
  readonly metrics?: Metrics;
  readonly witnesses?: WitnessLoop;
  readonly running?: RunningLedger;
}

async function openConfiguredAnchor(
  { profile, dataDir, logger }: Parts,
  { store, vkey, told }: { readonly store: AnchorStore; readonly vkey: string; readonly told: Told },
): Promise<LedgerAnchor | undefined> {
  if (profile === undefined) return undefined;
  // Loaded where it is wanted alone: the gateway's libraries and X.509 cost time and memory.
  const { openAnchor } = await import('./anchor.ts');
  return openAnchor({
    profile,
    vkey,
    dataDir,
    store,
    logger,
    metrics: () => told.metrics,
    onDisagreement: (reason, detail) => {
      if (told.running !== undefined) recordDisagreement(told.running, { reason, detail }, logger);
    },
  });
}

/** Returns once the chain was looked at, or after a while: a restored backup then signs nothing before it is found out. */
async function startAnchoring(
  { anchoring }: RunningLedger,
  anchor: LedgerAnchor | undefined,
  { undo, logger }: Parts,
): Promise<void> {
  if (anchoring === undefined || anchor === undefined) return;
  undo.add(announceExpiry(anchor.chain.certificates, logger));
  undo.add(anchoring.stop);
  const looked = new AbortController();
  await Promise.race([anchoring.start(), abortableSleep(FIRST_LOOK_MS, looked.signal)]);
  looked.abort();
}

/**
 * Invariants 3 and 11: a chain that holds more than the database shows a restored backup, and a log that went on from it
 * would sign sizes that it signed before. Any other disagreement is put on record in the log itself.
 */
function recordDisagreement(
  { sequencer, recordFailedCheck }: RunningLedger,
  found: Disagreement,
  logger: Logger,
): void {
  if (found.reason === 'chain_ahead') {
    sequencer.refuse('database_older_than_checkpoint', found.detail);
    return;
  }
  recordFailedCheck('anchor', `${found.reason}: ${found.detail}`).catch((error: unknown) => {
    logger.error({ err: error, anchor: 'disagrees' }, 'the disagreement could not be put on record');
  });
}

interface Disagreement {
  readonly reason: AnchorReason;
  readonly detail: string;
}

function startWitnesses(
  { prove }: RunningLedger,
  policy: WitnessPolicy | undefined,
  store: Stores['witnessStore'],
  { undo, logger }: Pick<Parts, 'undo' | 'logger'>,
): WitnessLoop {
  const loop = createWitnessLoop({
    onAttempt: (witness, outcome) => {
      if (outcome.kind === 'cosigned') return;
      const reason = outcome.kind === 'error' ? undefined : outcome.reason;
      logger.warn(
        { witness, reason, ...(outcome.kind === 'error' && { err: outcome.error }) },
        'a witness did not cosign',
      );
    },
    witnesses: policy?.witnesses ?? [],
    store,
    prove,
    primitives: nodePrimitives,
    fetch,
    random: Math.random,
    sleep: abortableSleep,
  });
  undo.add(loop.stop);
  return loop;
}

/** Looks at the head when nothing is being committed: a restored backup shows itself without waiting for a post. */
function watchHead({ sequencer }: RunningLedger, logger: Logger): () => void {
  const timer = setInterval(() => {
    sequencer.inspect().catch((error: unknown) => {
      logger.error({ err: error }, 'the head could not be inspected');
    });
  }, INSPECT_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
