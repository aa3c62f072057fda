/** Another ledger over the database and keys of a composed one, in this process, with adapters that can be made to fail. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createRandomPool } from '../../ledger/event/random-pool.ts';
import { openFileKek } from '../../ledger/keys/file-kek.ts';
import { openKeyring } from '../../ledger/keys/keyring.ts';
import { openLogKey } from '../../ledger/keys/log-key.ts';
import { createLedger, type RunningLedger } from '../../ledger/ledger.ts';
import type { Watermark } from '../../ledger/sequencer/watermark.ts';
import type { LogStore } from '../../ledger/store/log-store.ts';
import { createPostgresApiKeyStore } from '../../ledger/store/postgres/api-key-store.ts';
import { createPostgresBreakGlassStore } from '../../ledger/store/postgres/break-glass-store.ts';
import { createPostgresEventStore } from '../../ledger/store/postgres/event-store.ts';
import { createPostgresLogStore } from '../../ledger/store/postgres/log-store.ts';
import { createWriterPool } from '../../ledger/store/postgres/pool.ts';
import { createPostgresSubjectStore } from '../../ledger/store/postgres/subject-store.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { ownerConnection } from './check-log.ts';

export interface SecondLedger extends RunningLedger {
  readonly stop: () => Promise<void>;
}

export interface SecondOptions {
  readonly wrapStore?: (store: LogStore) => LogStore;
  readonly watermark?: Watermark;
  readonly maxPendingEvents?: number;
  readonly unavailableAfterMs?: number;
}

/** A watermark that lives in memory. */
export function memoryWatermark(): Watermark {
  let notes: string[] = [];
  return {
    read: () => notes,
    write: (note) => {
      notes = [note];
    },
    close: () => undefined,
  };
}

export async function startSecondLedger(dataDir: string, options: SecondOptions = {}): Promise<SecondLedger> {
  const target = { owner: ownerConnection(dataDir), writer: undefined };
  const pool = createWriterPool(target, { max: 6, synchronousCommit: true, onError: () => undefined });
  const relaxed = createWriterPool(target, { max: 2, synchronousCommit: false, onError: () => undefined });
  const subjectStore = createPostgresSubjectStore(pool, relaxed);
  const store = createPostgresLogStore(pool);
  const running = createLedger({
    logStore: options.wrapStore?.(store) ?? store,
    eventStore: createPostgresEventStore(pool),
    subjectStore,
    apiKeys: createPostgresApiKeyStore(pool),
    breakGlass: createPostgresBreakGlassStore(pool),
    keyring: await openKeyring(await openFileKek(join(dataDir, 'kek.json')), subjectStore),
    signer: await openLogKey(join(dataDir, 'log.key'), 'vericlin.local/log', nodePrimitives.sha256),
    watermark: options.watermark ?? memoryWatermark(),
    primitives: nodePrimitives,
    random: createRandomPool(),
    newId: randomUUID,
    nowMs: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    observer: { committed: () => undefined, refused: () => undefined },
    witnessPolicy: undefined,
    findCosigned: () => Promise.resolve([]),
    witnessStatus: () => [],
    anchor: undefined,
    options: {
      maxBatchEvents: 1_000,
      maxPendingEvents: options.maxPendingEvents ?? 20_000,
      unavailableAfterMs: options.unavailableAfterMs ?? 5_000,
      cachedTiles: 100,
      headFreshMs: 0,
    },
  });
  await running.sequencer.start();
  return {
    ...running,
    stop: async () => {
      await running.sequencer.stop();
      await Promise.all([pool.end(), relaxed.end()]);
    },
  };
}
