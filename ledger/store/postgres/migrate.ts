/**
 * Numbered migrations, each in a transaction, under an advisory lock, with the SHA-256 of every applied file kept:
 * a changed file or a database newer than this version refuses to start (docs/adr/0006).
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { LedgerError } from '../../errors.ts';

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

const ADVISORY_LOCK = 0x56_4c_4d_31; // "VLM1"

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8');
      return { version: Number(name.slice(0, 4)), name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query('insert into schema_migrations (version, name, sha256) values ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.sha256,
    ]);
    await client.query(migration.sql);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

function checkApplied(known: readonly Migration[], applied: readonly { version: number; sha256: string }[]): void {
  for (const { version, sha256 } of applied) {
    const migration = known.find((candidate) => candidate.version === version);
    if (migration === undefined) {
      const message = `the database has migration ${version}, which this version does not know: start the newer version, or restore a backup of before the upgrade`;
      throw new LedgerError('database_incompatible', message);
    }
    if (migration.sha256 !== sha256) {
      const message = `migration ${migration.name} differs from the one that was applied: install the version that the database was made with`;
      throw new LedgerError('database_incompatible', message);
    }
  }
}

/**
 * Brings the schema up to date. Safe to run from several processes at once.
 * @returns the names of the migrations applied now
 * @throws LedgerError `database_incompatible`
 */
export async function migrate(owner: pg.ClientConfig, folder: string): Promise<readonly string[]> {
  const known = await readMigrations(folder);
  const client = new pg.Client({ ...owner, application_name: 'vericlin-migrate' });
  // A lost connection fails the statement that is running; without a listener it would end the process as well.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await checkServerVersion(client);
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK]);
    await client.query(`create table if not exists schema_migrations (
      version integer primary key, name text not null, sha256 text not null, applied_at timestamptz not null default now())`);
    const { rows } = await client.query<{ version: number; sha256: string }>(
      'select version, sha256 from schema_migrations order by version',
    );
    checkApplied(known, rows);
    const pending = known.filter(({ version }) => !rows.some((row) => row.version === version));
    for (const migration of pending) await applyOne(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function checkServerVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>("select current_setting('server_version_num') as version");
  if (Number(rows[0]?.version) < 140000) {
    throw new LedgerError('database_incompatible', 'PostgreSQL 14 or later is needed: upgrade the server');
  }
}
