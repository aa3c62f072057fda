/** Subjects, data keys and secrets in PostgreSQL. @module */
import type pg from 'pg';
import type { RewrapRow, SubjectRow, SubjectStore } from '../../keys/subject-store.ts';
import type { WrappedKey } from '../../keys/kek.ts';
import { uuidFromBytes, uuidToBytes } from '../../event/uuid.ts';
import { asStoreError } from './pool.ts';
import { byteaArray, uuidArray } from './binary-array.ts';

interface Row {
  readonly blind: Buffer;
  readonly pseudonym: string;
  readonly wrapped_key: Buffer;
  readonly kek_id: string;
}
interface SecretRow {
  readonly wrapped_key: Buffer;
  readonly kek_id: string;
}

const ROTATION_LOCK = 0x56_4c_4b_31; // "VLK1"

/** Holds the lock on a connection of its own; one that broke is thrown away, and its lock with it. */
async function withLock<T>(pool: pg.Pool, task: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let fault: Error | undefined;
  const onError = (error: Error): void => {
    fault = error;
  };
  client.on('error', onError);
  try {
    await client.query('select pg_advisory_lock($1)', [ROTATION_LOCK]);
    const result = await task();
    await client.query('select pg_advisory_unlock($1)', [ROTATION_LOCK]);
    return result;
  } catch (error) {
    fault = error instanceof Error ? error : new Error('the task failed');
    throw error;
  } finally {
    client.off('error', onError);
    client.release(fault);
  }
}

const COLUMNS = 'blind, pseudonym, wrapped_key, kek_id';

const FIND_BY_BLINDS = `select ${COLUMNS} from subjects where blind = any($1::bytea[])`;
const FIND_BY_PSEUDONYM = `select ${COLUMNS} from subjects where pseudonym = $1::uuid and wrapped_key is not null`;
// A key wrapped under a KEK that a rotation is retiring is not taken: the share lock makes the rotation, which rewraps the
// log's secret first, wait for inserts on their way, and later inserts see the new KEK.
const INSERT = `
with current as (select kek_id from log_secrets where name = 'seal' for share)
insert into subjects (blind, pseudonym, wrapped_key, kek_id)
  select u.blind, u.pseudonym, u.wrapped_key, u.kek_id from unnest($1::bytea[], $2::uuid[], $3::bytea[], $4::text[]) as u(blind, pseudonym, wrapped_key, kek_id)
  join current using (kek_id)
  on conflict (blind) do nothing
returning ${COLUMNS}`;
const COUNT_EVENTS = `
select count(*) as events from event_index i join events e using (idx) where i.subject = $1::uuid and e.pseudonym = $1::uuid`;
const ENSURE_SECRET = `
insert into log_secrets (name, wrapped_key, kek_id) values ($1, $2, $3) on conflict (name) do nothing`;
const FIND_SECRET = 'select wrapped_key, kek_id from log_secrets where name = $1';
const NOT_UNDER = `
(select 'subject' as kind, pseudonym::text as name, wrapped_key, kek_id from subjects where kek_id <> $1 limit $2)
union all (select 'secret', name, wrapped_key, kek_id from log_secrets where kek_id <> $1 limit $2)`;
const REWRAP_SUBJECTS = `
update subjects s set wrapped_key = u.next_key, kek_id = u.kek_id
from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::text[]) as u(pseudonym, old_key, next_key, kek_id)
where s.pseudonym = u.pseudonym and s.wrapped_key = u.old_key`;
const REWRAP_SECRET = 'update log_secrets set wrapped_key = $3, kek_id = $4 where name = $1 and wrapped_key = $2';

function toRow({ blind, pseudonym, wrapped_key: wrapped, kek_id: kekId }: Row): SubjectRow {
  return { blind, pseudonym: uuidToBytes(pseudonym), wrapped, kekId };
}

function toWrapped(row: SecretRow): WrappedKey {
  return { wrapped: row.wrapped_key, kekId: row.kek_id };
}

function toRewrapRow(row: SecretRow & { readonly kind: 'subject' | 'secret'; readonly name: string }): RewrapRow {
  return row.kind === 'subject'
    ? { ...toWrapped(row), kind: 'subject', pseudonym: row.name }
    : { ...toWrapped(row), kind: 'secret', name: row.name };
}

/**
 * @param durable pool with synchronous_commit on: secrets, rewrapping
 * @param relaxed pool with synchronous_commit off: new subjects, whose presence the log's commit checks
 */
export function createPostgresSubjectStore(durable: pg.Pool, relaxed: pg.Pool): SubjectStore {
  async function run<R extends pg.QueryResultRow>(pool: pg.Pool, query: pg.QueryConfig): Promise<R[]> {
    try {
      return (await pool.query<R>(query)).rows;
    } catch (error) {
      throw asStoreError(error);
    }
  }
  async function findSecret(name: string): Promise<WrappedKey | undefined> {
    const [row] = await run<SecretRow>(durable, { text: FIND_SECRET, values: [name] });
    return row === undefined ? undefined : toWrapped(row);
  }
  return {
    findByBlinds: async (blinds) =>
      (await run<Row>(relaxed, { name: 'find-subjects', text: FIND_BY_BLINDS, values: [byteaArray(blinds)] })).map(
        toRow,
      ),
    findByPseudonym: async (pseudonym) => {
      const values = [uuidFromBytes(pseudonym)];
      return (await run<Row>(relaxed, { name: 'find-subject', text: FIND_BY_PSEUDONYM, values })).map(toRow)[0];
    },
    insert: async (rows) => {
      const values = [
        byteaArray(rows.map((row) => row.blind)),
        uuidArray(rows.map((row) => row.pseudonym)),
        byteaArray(rows.map((row) => row.wrapped)),
        rows.map((row) => row.kekId),
      ];
      return (await run<Row>(relaxed, { name: 'insert-subjects', text: INSERT, values })).map(toRow);
    },
    countEvents: async (pseudonym) => {
      const [row] = await run<{ events: number }>(durable, { text: COUNT_EVENTS, values: [uuidFromBytes(pseudonym)] });
      return row?.events ?? 0;
    },
    isHeld: async (pseudonym) => {
      const text = 'select hold from subjects where pseudonym = $1';
      const [row] = await run<{ hold: boolean }>(durable, { text, values: [uuidFromBytes(pseudonym)] });
      return row?.hold ?? false;
    },
    findSecret,
    ensureSecret: async (name, secret) => {
      await run(durable, { text: ENSURE_SECRET, values: [name, secret.wrapped, secret.kekId] });
      return (await findSecret(name)) ?? secret;
    },
    notUnder: async (kekId, limit) =>
      (
        await run<SecretRow & { kind: 'subject' | 'secret'; name: string }>(durable, {
          text: NOT_UNDER,
          values: [kekId, limit],
        })
      ).map(toRewrapRow),
    exclusively: async (task) => {
      try {
        return await withLock(durable, task);
      } catch (error) {
        throw asStoreError(error);
      }
    },
    rewrap: async (rows) => {
      const subjects = rows.filter((row) => row.kind === 'subject');
      const values = [
        uuidArray(subjects.map((row) => uuidToBytes(row.pseudonym))),
        byteaArray(subjects.map((row) => row.wrapped)),
        byteaArray(subjects.map((row) => row.next.wrapped)),
        subjects.map((row) => row.next.kekId),
      ];
      await run(durable, { text: REWRAP_SUBJECTS, values });
      for (const row of rows) {
        if (row.kind === 'secret') {
          const secretValues = [row.name, row.wrapped, row.next.wrapped, row.next.kekId];
          await run(durable, { text: REWRAP_SECRET, values: secretValues });
        }
      }
    },
  };
}
