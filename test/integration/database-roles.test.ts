/**
 * The two roles that `deploy/postgres/roles.sql` makes, on a real PostgreSQL: the owner, who is no superuser, can migrate;
 * the writer can append and can change nothing of the log (invariant 3).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../ledger/store/postgres/migrate.ts';
import { startEmbedded, type EmbeddedPostgres } from '../../runtime/postgres/embedded.ts';
import { envelope, principal, startComposed } from '../harness/composed.ts';
import { projectRoot } from '../support/project.ts';

const MIGRATIONS = join(projectRoot, 'ledger', 'store', 'migrations');
const LOG_TABLES = ['events', 'event_refs', 'tiles', 'checkpoints', 'posters', 'anchors'];
const INSUFFICIENT_PRIVILEGE = '42501';
const CHECK_VIOLATION = '23514';

let dataDir: string;
let postgres: EmbeddedPostgres;

/** One statement at a time, with psql's quoted variables filled in. */
function statements(): readonly string[] {
  const sql = readFileSync(join(projectRoot, 'deploy', 'postgres', 'roles.sql'), 'utf8');
  return sql
    .replace(/^--.*\n/gm, '')
    .replace(/:'(\w+)'/g, "'$1'")
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

async function as<Result>(
  user: string,
  database: string,
  use: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ ...postgres.connection, user, database });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** SQLSTATE of the refusal, or `none`. */
async function refusalOf(client: pg.Client, sql: string): Promise<unknown> {
  try {
    await client.query(sql);
    return 'none';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'vericlin-roles-'));
  postgres = await startEmbedded({ dataDir, log: () => undefined });
  const superuser = postgres.connection.user!;
  await as(superuser, 'postgres', async (client) => {
    await client.query('drop database vericlin');
    for (const statement of statements()) await client.query(statement);
  });
});

afterAll(async () => {
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('deploy/postgres/roles.sql', () => {
  test('the owner is no superuser, and migrates', async () => {
    const owner = { ...postgres.connection, user: 'vericlin_owner', database: 'vericlin' };
    const [first] = await as(
      'vericlin_owner',
      'vericlin',
      async (client) =>
        (await client.query<{ super: boolean }>('select rolsuper as super from pg_roles where rolname = current_user'))
          .rows,
    );
    expect(first?.super).toBe(false);
    expect((await migrate(owner, MIGRATIONS)).length).toBeGreaterThan(3);
    expect(await migrate(owner, MIGRATIONS)).toEqual([]);
  });

  test.each(LOG_TABLES)('the writer may read and insert into %s, and change nothing', async (table) => {
    await as('vericlin_writer', 'vericlin', async (client) => {
      expect(await refusalOf(client, `select count(*) from ${table}`)).toBe('none');
      expect(await refusalOf(client, `delete from ${table}`)).toBe(INSUFFICIENT_PRIVILEGE);
      expect(await refusalOf(client, `truncate ${table}`)).toBe(INSUFFICIENT_PRIVILEGE);
      expect(await refusalOf(client, `alter table ${table} disable trigger all`)).toBe(INSUFFICIENT_PRIVILEGE);
      expect(await refusalOf(client, `drop table ${table}`)).toBe(INSUFFICIENT_PRIVILEGE);
      const { rows } = await client.query<{ may: boolean }>(
        `select has_table_privilege('${table}', 'insert') and not has_table_privilege('${table}', 'update') as may`,
      );
      expect(rows).toEqual([{ may: true }]);
    });
  });

  test.each(LOG_TABLES)('the owner is refused changes of %s too, by trigger', async (table) => {
    await as('vericlin_owner', 'vericlin', async (client) => {
      expect(await refusalOf(client, `delete from ${table}`)).toBe(CHECK_VIOLATION);
      expect(await refusalOf(client, `truncate ${table}`)).toBe(CHECK_VIOLATION);
    });
  });

  test('nobody else may connect', async () => {
    const superuser = postgres.connection.user!;
    await as(superuser, 'postgres', (client) => client.query('create role stranger login'));
    await expect(as('stranger', 'vericlin', (client) => client.query('select 1'))).rejects.toMatchObject({
      code: INSUFFICIENT_PRIVILEGE,
    });
  });

  test('the service migrates with one and works with the other', async () => {
    const url = (user: string): string =>
      `postgresql://${user}:unused@localhost/vericlin?host=${encodeURIComponent(postgres.connection.host!)}&port=${postgres.connection.port!}`;
    const composed = await startComposed({
      DATABASE_URL: url('vericlin_owner'),
      VERICLIN_DATABASE_WRITER_URL: url('vericlin_writer'),
    });
    try {
      const { receipt } = await composed.service.ledger.appendOne(envelope(), principal('integrator'));
      expect(receipt.proof.size).toBeGreaterThan(receipt.index);
      const sessions = await as(postgres.connection.user!, 'postgres', async (client) => {
        const sql = "select distinct usename as name from pg_stat_activity where datname = 'vericlin'";
        return (await client.query<{ name: string }>(sql)).rows;
      });
      expect(sessions).toEqual([{ name: 'vericlin_writer' }]);
    } finally {
      await composed.stop();
    }
  });
});
