/** Invariant 3, append-only: no UPDATE, DELETE or TRUNCATE reaches the log's tables, whoever asks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLog, ownerConnection, withOwner } from '../harness/check-log.ts';
import { envelope, principal, startComposed, type Composed } from '../harness/composed.ts';

const LOG_TABLES = ['events', 'event_refs', 'tiles', 'checkpoints', 'posters', 'log_head'] as const;
const STATEMENTS = [
  (table: string) => `delete from ${table}`,
  (table: string) => `truncate ${table}`,
  (table: string) => `truncate ${table} cascade`,
];
const UPDATES: Readonly<Record<(typeof LOG_TABLES)[number], string>> = {
  events: `update events set entry = '\\x00'`,
  event_refs: 'update event_refs set idx = 0',
  tiles: `update tiles set hashes = hashes`,
  checkpoints: `update checkpoints set note = ''`,
  posters: `update posters set principal = 'x'`,
  log_head: `update log_head set size = size - 1`,
};

describe('invariant 3: append-only', () => {
  let composed: Composed;
  beforeAll(async () => {
    composed = await startComposed();
    const first = envelope();
    await composed.service.ledger.append(
      [first, ...Array.from({ length: 299 }, () => envelope({ refs: [first.id] }))],
      principal('integrator'),
    );
  });
  afterAll(async () => {
    await composed.stop();
  });

  const roles = [
    { role: 'vericlin_writer', codes: ['42501', '23514'] },
    { role: 'vericlin', codes: ['23514'] },
  ];
  for (const { role, codes } of roles) {
    for (const table of LOG_TABLES) {
      it(`${role} changes nothing in ${table}`, async () => {
        const statements = [...STATEMENTS.map((make) => make(table)), UPDATES[table]];
        for (const statement of statements) {
          const attempt = withOwner(ownerConnection(composed.dataDir), async (client) => {
            await client.query(`set role ${role}`);
            await client.query(statement);
          });
          const code = await attempt.then(
            () => 'done',
            (error: unknown) => (error as { code?: string }).code,
          );
          expect(codes, statement).toContain(code);
        }
      });
    }
  }

  it('the service itself works as the writer', async () => {
    const users = await withOwner(ownerConnection(composed.dataDir), async (client) => {
      const text = `select distinct current_setting('is_superuser') from pg_stat_activity where application_name = 'vericlin'`;
      return (await client.query(text)).rows.length;
    });
    expect(users).toBe(1);
    const writes = await withOwner(ownerConnection(composed.dataDir), async (client) => {
      const text = `select table_name, privilege_type from information_schema.role_table_grants where grantee = 'vericlin_writer'`;
      return (await client.query<{ table_name: string; privilege_type: string }>(text)).rows;
    });
    const forbidden = writes.filter(
      ({ table_name: table, privilege_type: right }) =>
        (LOG_TABLES as readonly string[]).includes(table) &&
        ['DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES'].includes(right),
    );
    expect(forbidden).toEqual([]);
  });

  it('and the log is what it was', async () => {
    expect(await checkLog(ownerConnection(composed.dataDir))).toMatchObject({ size: 300 });
  });
});
