/** Events in PostgreSQL, for reading. @module */
import type pg from 'pg';
import { LedgerError } from '../../errors.ts';
import { uuidFromBytes } from '../../event/uuid.ts';
import type { StoredEvent } from '../../ports.ts';
import { EVENT_TYPES } from '../../types.ts';
import type { EventStore, SealedContent } from '../event-store.ts';
import { int8Array } from './binary-array.ts';
import { EVENT_COLUMNS, EVENT_TABLES, searchStatement } from './event-search.sql.ts';
import { asStoreError } from './pool.ts';

interface EventRecord {
  readonly idx: number;
  readonly id: string;
  readonly type: number;
  readonly entry: Buffer;
  readonly recorded_at: number;
  readonly principal: string;
  readonly pseudonym: string | null;
  readonly shredded_by: string | null;
  readonly content_bytes: number;
}
interface ContentRecord {
  readonly idx: number;
  readonly sealed: Buffer;
  readonly pseudonym: string | null;
  readonly wrapped_key: Buffer | null;
  readonly kek_id: string | null;
  readonly shredded_by: string | null;
}

const BY_IDS = `select ${EVENT_COLUMNS} from ${EVENT_TABLES} where e.id = any($1::uuid[])`;
const BY_ID = `select ${EVENT_COLUMNS} from ${EVENT_TABLES} where e.id = $1::uuid`;
const BY_INDEX = `select ${EVENT_COLUMNS} from ${EVENT_TABLES} where e.idx = $1`;
const CONTENTS = `
select e.idx, e.sealed, e.pseudonym, s.wrapped_key, s.kek_id, s.shredded_by
from events e left join subjects s on s.pseudonym = e.pseudonym where e.idx = any($1::bigint[])`;
const REFERRERS = `
select ${EVENT_COLUMNS} from ${EVENT_TABLES}
where e.idx in (select r.idx from event_refs r where r.ref = any($1::uuid[])) and ($3::smallint[] is null or e.type = any($3))
order by e.idx limit $2`;
// A clinician posts clinician_feedback only, and reading is not caring: neither makes a relation.
const NO_RELATION = (['clinician_feedback', 'access', 'disclosure'] as const).map((type) => EVENT_TYPES.indexOf(type));
const CARE_RELATION = `
select exists (
  select 1 from event_index i join events e on e.idx = i.idx
  where i.subject = $1::uuid and e.pseudonym = $1::uuid and i.actor = $2::uuid and e.type <> all($3::smallint[])) as related`;
const ADD_POSTER = 'insert into posters (principal) values ($1) on conflict do nothing';
const FIND_POSTER = 'select no from posters where principal = $1';

const SQLSTATE_CANCELED = '57014';

function refsOf(entry: Buffer): readonly string[] {
  const { refs } = JSON.parse(entry.toString('utf8')) as { refs?: string[] };
  return refs ?? [];
}

function toStored(row: EventRecord): StoredEvent {
  const type = EVENT_TYPES[row.type];
  if (type === undefined) throw new LedgerError('internal', 'the store holds an event of an unknown type');
  return {
    id: row.id,
    index: row.idx,
    type,
    entry: row.entry,
    recordedAt: new Date(row.recorded_at).toISOString(),
    postedBy: row.principal,
    pseudonym: row.pseudonym ?? undefined,
    erasedBy: row.shredded_by ?? undefined,
    refs: refsOf(row.entry),
    contentBytes: row.content_bytes,
  };
}

function toContent(row: ContentRecord): SealedContent {
  const { sealed, pseudonym, wrapped_key: wrapped, kek_id: kekId, shredded_by: shreddedBy } = row;
  if (pseudonym === null) return { kind: 'log_key', sealed };
  if (wrapped !== null && kekId !== null) return { kind: 'subject_key', sealed, pseudonym, key: { wrapped, kekId } };
  if (shreddedBy === null) throw new LedgerError('internal', 'the store lacks the subject of an event');
  return { kind: 'erased', pseudonym, shreddedBy };
}

function isCanceled(error: unknown): boolean {
  return (error as { code?: unknown }).code === SQLSTATE_CANCELED;
}

/** @param pool writer connections */
export function createPostgresEventStore(pool: pg.Pool): EventStore {
  const posters = new Map<string, number>();
  async function run<R extends pg.QueryResultRow>(query: pg.QueryConfig): Promise<R[]> {
    try {
      return (await pool.query<R>(query)).rows;
    } catch (error) {
      throw asStoreError(error);
    }
  }
  return {
    byIds: async (ids) => {
      const [id] = ids;
      const query =
        ids.length === 1
          ? { name: 'event-by-id', text: BY_ID, values: [id] }
          : { name: 'events-by-ids', text: BY_IDS, values: [ids] };
      return (await run<EventRecord>(query)).map(toStored);
    },
    byIndex: async (index) =>
      (await run<EventRecord>({ name: 'event-by-index', text: BY_INDEX, values: [index] })).map(toStored)[0],
    contents: async (indices) => {
      const rows = await run<ContentRecord>({ name: 'contents', text: CONTENTS, values: [int8Array(indices)] });
      return new Map(rows.map((row) => [row.idx, toContent(row)]));
    },
    referrers: async (ids, limit, typeCodes) =>
      (await run<EventRecord>({ name: 'referrers', text: REFERRERS, values: [ids, limit, typeCodes ?? null] })).map(
        toStored,
      ),
    search: async (conditions) => {
      const { text, values } = searchStatement(conditions);
      try {
        return (await pool.query<EventRecord>(text, [...values])).rows.map(toStored);
      } catch (error) {
        if (isCanceled(error))
          throw new LedgerError('invalid_query', 'the search reads too much: narrow it by index, time or subject');
        throw asStoreError(error);
      }
    },
    hasCareRelation: async (pseudonym, actor) => {
      const values = [pseudonym, uuidFromBytes(actor), NO_RELATION];
      return (
        (await run<{ related: boolean }>({ name: 'care-relation', text: CARE_RELATION, values }))[0]?.related ?? false
      );
    },
    posterNo: async (principal) => {
      const known = posters.get(principal);
      if (known !== undefined) return known;
      await run({ text: ADD_POSTER, values: [principal] });
      const [row] = await run<{ no: number }>({ text: FIND_POSTER, values: [principal] });
      if (row === undefined) throw new LedgerError('internal', 'the store lacks the poster it was given');
      posters.set(principal, row.no);
      return row.no;
    },
  };
}
