/** Anchoring in PostgreSQL. @module */
import type pg from 'pg';
import type { Anchor, AnchorPosition, AnchorStore, ChainName } from '../../anchor/anchor-store.ts';
import type { AnchorReason } from '../../anchor/status.ts';
import { TILE_WIDTH } from '../../merkle/tile-layout.ts';
import type { SignedRead } from '../../types.ts';
import { asStoreError } from './pool.ts';

interface PositionRow {
  readonly chain: number;
  readonly size: number;
  readonly root: Buffer;
  readonly flight_to: number | null;
  readonly reason: string | null;
  readonly detail: string | null;
}
interface AnchorRow {
  readonly size: number;
  readonly root: Buffer;
  readonly block: number;
  readonly read: string;
}

const ACQUIRE = `
insert into anchor_lease (holder, epoch, expires_at) values ($1, 1, now() + $2 * interval '1 millisecond')
on conflict (only_row) do update
set holder = excluded.holder, epoch = anchor_lease.epoch + 1, expires_at = excluded.expires_at
where anchor_lease.expires_at < now() or anchor_lease.holder = excluded.holder
returning epoch`;
const RENEW = `
update anchor_lease set expires_at = now() + $3 * interval '1 millisecond' where holder = $1 and epoch = $2`;
const RELEASE = 'update anchor_lease set expires_at = now() where holder = $1 and epoch = $2';
/** Locks the lease, so that nobody takes it over in the middle of the statement. */
const HELD = 'held as (select 1 from anchor_lease where holder = $1 and epoch = $2 for update)';
const POSITION = `
select chain, size, root, flight_to, reason, detail from anchor_positions where channel = $1 and chaincode = $2 and log = $3`;
const OPEN = `
with ${HELD}
insert into anchor_positions (channel, chaincode, log, size, root) select $3, $4, $5, $6, $7 from held
on conflict (channel, chaincode, log) do nothing`;
const TAKE_OFF = `
with ${HELD} update anchor_positions set flight_to = $4 from held where chain = $3`;
const LAND = `
with ${HELD},
moved as (
  update anchor_positions set size = $4, root = $5, flight_to = null, reason = null, detail = null
  from held where chain = $3 returning chain
)
insert into anchors (chain, size, anchored_at, root, block, read) select chain, $4, $6, $5, $7, $8 from moved
on conflict (chain, size) do nothing`;
const REPORT = `
with ${HELD} update anchor_positions set reason = $4, detail = $5 from held where chain = $3`;
const PROGRESS = `
select h.size as log_size, p.chain, p.size, p.root, p.flight_to, p.reason, p.detail,
  (select recorded_at from events where idx = coalesce(p.size, 0)) as oldest
from log_head h left join anchor_positions p on p.channel = $1 and p.chaincode = $2 and p.log = $3`;
const ANCHOR_OF = 'select a.size, a.root, a.block, a.read from anchors a join anchor_positions p using (chain)';
const COVERING = `${ANCHOR_OF}
where p.channel = $1 and p.chaincode = $2 and p.log = $3 and a.size > $4 order by a.size limit 1`;
const NEWEST = `${ANCHOR_OF}
where p.channel = $1 and p.chaincode = $2 and p.log = $3 order by a.size desc limit 1`;
const CHECKPOINT_WITHIN =
  'select size, note from checkpoints where size > $1 and size <= $2 order by size desc limit 1';
const LEAF_TILES = 'select hashes from tiles where level = 0 and n >= $1 and n < $2 order by n';
const LEAVES = 'select leaf_hash as hashes from events where idx >= $1 and idx < $2 order by idx';

const nameOf = ({ channel, chaincode, log }: ChainName): string[] => [channel, chaincode, log];

function toPosition(row: PositionRow): AnchorPosition {
  const { chain, size, root, flight_to, reason, detail } = row;
  const trouble = reason === null ? undefined : { reason: reason as AnchorReason, detail: detail ?? '' };
  return { chain, size, root, flightTo: flight_to ?? undefined, trouble };
}

function toAnchor(row: AnchorRow | undefined): Anchor | undefined {
  if (row === undefined) return undefined;
  return { size: row.size, root: row.root, block: row.block, read: JSON.parse(row.read) as SignedRead };
}

/** @param pool writer connections with synchronous_commit on */
export function createPostgresAnchorStore(pool: pg.Pool): AnchorStore {
  async function run<R extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<pg.QueryResult<R>> {
    try {
      return await pool.query<R>(text, values);
    } catch (error) {
      throw asStoreError(error);
    }
  }
  async function hashes(text: string, from: number, to: number): Promise<Uint8Array> {
    if (from >= to) return new Uint8Array(0);
    return Buffer.concat((await run<{ hashes: Buffer }>(text, [from, to])).rows.map((row) => row.hashes));
  }
  async function position(chain: ChainName): Promise<AnchorPosition | undefined> {
    const [row] = (await run<PositionRow>(POSITION, nameOf(chain))).rows;
    return row === undefined ? undefined : toPosition(row);
  }
  return {
    acquire: async (holder, ttlMs) => {
      const [row] = (await run<{ epoch: number }>(ACQUIRE, [holder, ttlMs])).rows;
      return row === undefined ? undefined : { holder, epoch: row.epoch };
    },
    renew: async ({ holder, epoch }, ttlMs) => (await run(RENEW, [holder, epoch, ttlMs])).rowCount === 1,
    release: async ({ holder, epoch }) => {
      await run(RELEASE, [holder, epoch]);
    },
    position,
    open: async ({ holder, epoch }, chain, { size, root }) => {
      await run(OPEN, [holder, epoch, ...nameOf(chain), size, root]);
      return position(chain);
    },
    takeOff: async ({ holder, epoch }, chain, to) => (await run(TAKE_OFF, [holder, epoch, chain, to])).rowCount === 1,
    land: async ({ holder, epoch }, chain, { size, root, block, read }, nowMs) =>
      (await run(LAND, [holder, epoch, chain, size, root, nowMs, block, JSON.stringify(read)])).rowCount === 1,
    report: async ({ holder, epoch }, chain, trouble) => {
      await run(REPORT, [holder, epoch, chain, trouble?.reason ?? null, trouble?.detail ?? null]);
    },
    progress: async (chain) => {
      const { rows } = await run<PositionRow & { log_size: number; oldest: number | null }>(PROGRESS, nameOf(chain));
      const [row] = rows;
      if (row === undefined) return { logSize: 0, position: undefined, oldestPendingMs: undefined };
      const hasPosition = (row.chain as number | null) !== null;
      return {
        logSize: row.log_size,
        position: hasPosition ? toPosition(row) : undefined,
        oldestPendingMs: row.oldest ?? undefined,
      };
    },
    covering: async (chain, index) => toAnchor((await run<AnchorRow>(COVERING, [...nameOf(chain), index])).rows[0]),
    newest: async (chain) => toAnchor((await run<AnchorRow>(NEWEST, nameOf(chain))).rows[0]),
    checkpointWithin: async (from, to) =>
      (await run<{ size: number; note: string }>(CHECKPOINT_WITHIN, [from, to])).rows[0],
    // Full tiles hold 256 hashes a row; only the ends are read one by one.
    leafHashes: async (from, to) => {
      const firstTile = Math.ceil(from / TILE_WIDTH);
      const endTile = Math.max(firstTile, Math.floor(to / TILE_WIDTH));
      const head = Math.min(to, firstTile * TILE_WIDTH);
      const tail = Math.max(head, endTile * TILE_WIDTH);
      return Buffer.concat([
        await hashes(LEAVES, from, head),
        await hashes(LEAF_TILES, firstTile, endTile),
        await hashes(LEAVES, tail, to),
      ]);
    },
  };
}
