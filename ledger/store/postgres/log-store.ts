/**
 * The sequencer's store in PostgreSQL.
 *
 * @module
 */
import type pg from 'pg';
import type { CommitBatch, CommitOutcome, EventRow, Head, LogStore } from '../log-store.ts';
import { uuidFromBytes, uuidToBytes } from '../../event/uuid.ts';
import { APPEND_EVENTS } from './append.sql.ts';
import { byteaArray, int2Array, int4Array, int8Array, uuidArray } from './binary-array.ts';
import { asStoreError } from './pool.ts';

interface AppendRow {
  readonly outcome: CommitOutcome['kind'];
  readonly missing: readonly string[] | null;
}

interface IdRow {
  readonly id: string;
  readonly index: number;
  readonly pseudonym: string | null;
}

interface HeadRow {
  readonly origin: string;
  readonly vkey: string;
  readonly size: number;
  readonly root: Buffer;
  readonly note: string;
}

const UNIQUE_VIOLATION = '23505';

function rowsOf(events: readonly EventRow[]): Buffer[] {
  return [
    uuidArray(events.map((event) => event.idBytes)),
    int8Array(events.map((event) => event.recordedAtMs)),
    uuidArray(events.map((event) => event.pseudonym)),
    int4Array(events.map((event) => event.poster)),
    int2Array(events.map((event) => event.typeCode)),
    byteaArray(events.map((event) => event.leafHash)),
    byteaArray(events.map((event) => event.entry)),
    byteaArray(events.map((event) => event.sealed)),
    int8Array(events.map((event) => event.occurredAtMs)),
    uuidArray(events.map((event) => event.subject)),
    uuidArray(events.map((event) => event.encounter)),
    uuidArray(events.map((event) => event.actor)),
    uuidArray(events.map((event) => event.model)),
    uuidArray(events.map((event) => event.modelVersion)),
  ];
}

function refsOf(events: readonly EventRow[], firstIndex: number): Buffer[] {
  const refs: Uint8Array[] = [];
  const indices: number[] = [];
  for (const [position, event] of events.entries()) {
    for (const ref of event.refs) {
      refs.push(ref);
      indices.push(firstIndex + position);
    }
  }
  return [uuidArray(refs), int8Array(indices)];
}

function effectOf({ effect }: CommitBatch): (string | number | boolean | null)[] {
  if (effect?.kind === 'shred') return [uuidFromBytes(effect.pseudonym), effect.subjectEvents, null, null];
  if (effect?.kind === 'hold') return [null, null, uuidFromBytes(effect.pseudonym), effect.hold];
  return [null, null, null, null];
}

function parametersOf(batch: CommitBatch): unknown[] {
  const { expected, events, tiles } = batch;
  return [
    expected.size,
    expected.root,
    batch.size,
    batch.root,
    batch.note,
    batch.signedAtMs,
    ...rowsOf(events),
    ...refsOf(events, expected.size),
    int2Array(tiles.map((tile) => tile.level)),
    int8Array(tiles.map((tile) => tile.n)),
    byteaArray(tiles.map((tile) => tile.root)),
    byteaArray(tiles.map((tile) => tile.hashes)),
    byteaArray(tiles.map((tile) => tile.nodes)),
    uuidArray(batch.unresolvedRefs),
    uuidArray(batch.dataKeys),
    ...effectOf(batch),
  ];
}

function outcomeOf(row: AppendRow | undefined): CommitOutcome {
  if (row === undefined) throw new Error('append_events answered no row');
  if (row.outcome === 'missing_refs') return { kind: 'missing_refs', missing: row.missing ?? [] };
  return { kind: row.outcome };
}

async function run<Row extends pg.QueryResultRow>(pool: pg.Pool, query: pg.QueryConfig): Promise<Row[]> {
  try {
    return (await pool.query<Row>(query)).rows;
  } catch (error) {
    throw asStoreError(error);
  }
}

/** Whether the error is a repeated event id, and not any other broken uniqueness (which would be a fault of ours). */
function isDuplicateId(error: unknown): boolean {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return code === UNIQUE_VIOLATION && constraint === 'events_id';
}

/**
 * @param pool writer connections with synchronous_commit on
 */
export function createPostgresLogStore(pool: pg.Pool): LogStore {
  return {
    loadHead: async () => {
      const text = 'select origin, vkey, size, root, note from log_head';
      const [row] = await run<HeadRow>(pool, { name: 'load-head', text });
      return row;
    },
    createLog: async (head: Head) => {
      const text = `insert into log_head (origin, vkey, size, root, note) values ($1, $2, $3, $4, $5) on conflict do nothing`;
      await run(pool, { text, values: [head.origin, head.vkey, head.size, head.root, head.note] });
    },
    commit: async (batch) => {
      try {
        const query = { name: 'append-events', text: APPEND_EVENTS, values: parametersOf(batch) };
        return outcomeOf((await pool.query<AppendRow>(query)).rows[0]);
      } catch (error) {
        if (isDuplicateId(error)) return { kind: 'duplicate_id' };
        throw asStoreError(error);
      }
    },
    findIds: async (ids) => {
      const text = 'select id, idx as index, pseudonym from events where id = any($1::uuid[])';
      const rows = await run<IdRow>(pool, { name: 'find-ids', text, values: [uuidArray(ids.map(uuidToBytes))] });
      return rows.map(({ id, index, pseudonym }) => ({ id, index, pseudonym: pseudonym ?? undefined }));
    },
    leafHashes: async (from, to) => {
      const text = 'select leaf_hash as hash from events where idx >= $1 and idx < $2 order by idx';
      return Buffer.concat(
        (await run<{ hash: Buffer }>(pool, { name: 'leaf-hashes', text, values: [from, to] })).map((row) => row.hash),
      );
    },
    tileRoots: async (level, from, to) => {
      const text = 'select root from tiles where level = $1 and n >= $2 and n < $3 order by n';
      return Buffer.concat(
        (await run<{ root: Buffer }>(pool, { name: 'tile-roots', text, values: [level, from, to] })).map(
          (row) => row.root,
        ),
      );
    },
    fullTile: async (level, n) => {
      const text = 'select hashes, nodes from tiles where level = $1 and n = $2';
      const query = { name: 'full-tile', text, values: [level, n] };
      return (await run<{ hashes: Buffer; nodes: Buffer }>(pool, query))[0];
    },
    entries: async (from, to) => {
      const text = 'select entry from events where idx >= $1 and idx < $2 order by idx';
      return (await run<{ entry: Buffer }>(pool, { name: 'entries', text, values: [from, to] })).map(
        (row) => row.entry,
      );
    },
    checkpointCovering: async (index) => {
      const text = 'select size, note from checkpoints where size > $1 order by size limit 1';
      return (
        await run<{ size: number; note: string }>(pool, { name: 'checkpoint-covering', text, values: [index] })
      )[0];
    },
  };
}
