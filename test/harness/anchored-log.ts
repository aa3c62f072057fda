/**
 * A real log in PostgreSQL with what a leader needs of it, for tests in which the chain alone is scripted. Every scenario takes
 * a channel of its own, and with it a position of its own: the log is the same for all.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type pg from 'pg';
import { DEFAULT_ANCHOR_OPTIONS, type AnchorDeps, type AnchorOptions } from '../../ledger/anchor/anchor-deps.ts';
import type { AnchorStore, Lease } from '../../ledger/anchor/anchor-store.ts';
import type { Chain } from '../../ledger/anchor/chain.ts';
import { Leader } from '../../ledger/anchor/leader.ts';
import { openCheckpoint } from '../../ledger/checkpoint/checkpoint.ts';
import { openLogKey } from '../../ledger/keys/log-key.ts';
import { emptyRoot } from '../../ledger/merkle/hash.ts';
import { createTileNodes } from '../../ledger/merkle/tile-nodes.ts';
import { createPostgresAnchorStore } from '../../ledger/store/postgres/anchor-store.ts';
import { createPostgresLogStore } from '../../ledger/store/postgres/log-store.ts';
import { createWriterPool } from '../../ledger/store/postgres/pool.ts';
import { createTileHashes } from '../../ledger/store/tile-hashes.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { sleep } from '../../ledger/sleep.ts';
import { ownerConnection, withOwner } from './check-log.ts';
import { envelope, principal, startComposed, type Composed } from './composed.ts';

/** Waits short enough for a test, and batches small enough for many of them. */
export const QUICK: AnchorOptions = {
  ...DEFAULT_ANCHOR_OPTIONS,
  batchDelayMs: 0,
  pollMs: 20,
  maxBatchLeaves: 64,
  leaseMs: 60_000,
  inspectMs: 60_000,
  troubleAfterMs: 10,
  lagToleranceMs: 150,
  firstBackoffMs: 1,
  maxBackoffMs: 4,
};

export interface AnchoredLog {
  readonly composed: Composed;
  readonly store: AnchorStore;
  /** Appends `count` events in one commit. */
  readonly append: (count: number) => Promise<void>;
  /** All leaf hashes, in order. */
  readonly leaves: () => Promise<readonly Buffer[]>;
  readonly depsFor: (chain: Chain, changed?: Partial<AnchorDeps>) => AnchorDeps;
  readonly stop: () => Promise<void>;
}

export async function startAnchoredLog(): Promise<AnchoredLog> {
  const composed = await startComposed();
  const { dataDir } = composed;
  const pool: pg.Pool = createWriterPool(
    { owner: ownerConnection(dataDir), writer: undefined },
    { max: 4, synchronousCommit: true, onError: () => undefined },
  );
  const logStore = createPostgresLogStore(pool);
  const store = createPostgresAnchorStore(pool);
  const tiles = createTileNodes(nodePrimitives.sha256, createTileHashes(logStore), 100);
  const { key } = await openLogKey(join(dataDir, 'log.key'), 'vericlin.local/log', nodePrimitives.sha256);
  return {
    composed,
    store,
    append: async (count) => {
      const events = Array.from({ length: count }, () => envelope());
      await composed.service.ledger.append(events, principal('integrator'));
    },
    leaves: () =>
      withOwner(ownerConnection(dataDir), async (client) => {
        const { rows } = await client.query<{ leaf_hash: Buffer }>('select leaf_hash from events order by idx');
        return rows.map((row) => row.leaf_hash);
      }),
    depsFor: (chain, changed = {}) => ({
      chain,
      store,
      holder: randomUUID(),
      emptyRoot: emptyRoot(nodePrimitives.sha256),
      openNote: (note) => {
        const opening = openCheckpoint(note, [key], nodePrimitives);
        if (opening.kind !== 'opened') throw new Error('the note is not ours');
        return opening.checkpoint;
      },
      rootAt: (size) => tiles.rootAt(size),
      logSize: async () => (await logStore.loadHead())?.size ?? 0,
      nowMs: Date.now,
      monotonicMs: () => performance.now(),
      random: Math.random,
      sleep,
      observer: {
        landed: () => undefined,
        failed: () => undefined,
        trouble: () => undefined,
        disagrees: () => undefined,
      },
      options: QUICK,
      ...changed,
    }),
    stop: async () => {
      await pool.end();
      await composed.stop();
    },
  };
}

export interface LeaderRun {
  readonly deps: AnchorDeps;
  /** Default: taken from whoever holds it. */
  readonly lease?: Lease;
  readonly trouble?: (reason: string | undefined) => void;
}

/** Takes the lease, whoever has it, as after its end. */
export async function takeLease({ store, holder, options }: AnchorDeps, dataDir: string): Promise<Lease> {
  for (;;) {
    await withOwner(ownerConnection(dataDir), (client) =>
      client.query(`update anchor_lease set expires_at = now() - interval '1 second'`),
    );
    const lease = await store.acquire(holder, options.leaseMs);
    if (lease !== undefined) return lease;
  }
}

/** Leads until nothing is left to anchor. @throws whatever ends the leader before that */
export async function leadToTheEnd(log: AnchoredLog, { deps, lease, trouble }: LeaderRun): Promise<void> {
  const done = new AbortController();
  const leader = new Leader({
    deps,
    lease: lease ?? (await takeLease(deps, log.composed.dataDir)),
    stopping: done.signal,
    wake: () => {
      done.abort();
      return Promise.resolve();
    },
    isWanted: () => false,
    trouble: async (found) => {
      trouble?.(found?.reason);
      const position = await deps.store.position(deps.chain);
      if (position !== undefined && lease !== undefined) await deps.store.report(lease, position.chain, found);
    },
    landed: () => undefined,
  });
  await leader.lead();
}

export interface AnchoredRow {
  readonly size: number;
  readonly root: string;
}

/** The anchors of a channel, smallest first. */
export async function anchorRows(log: AnchoredLog, channel: string): Promise<readonly AnchoredRow[]> {
  return withOwner(ownerConnection(log.composed.dataDir), async (client) => {
    const sql = `select a.size::int as size, encode(a.root, 'hex') as root from anchors a
      join anchor_positions p using (chain) where p.channel = $1 order by a.size`;
    return (await client.query<AnchoredRow>(sql, [channel])).rows;
  });
}
