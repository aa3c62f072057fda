/** Invariant 3, append-only: no UPDATE, DELETE or TRUNCATE reaches the log's tables, whoever asks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLog, ownerConnection, withOwner } from '../harness/check-log.ts';
import { envelope, principal, startComposed, type Composed } from '../harness/composed.ts';

const LOG_TABLES = ['events', 'event_refs', 'tiles', 'checkpoints', 'posters', 'log_head', 'anchors'] as const;
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
  anchors: `update anchors set read = '{}'`,
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
    await withOwner(ownerConnection(composed.dataDir), async (client) => {
      await client.query(`insert into anchor_lease values (true, gen_random_uuid(), 7, now())`);
      await client.query(`insert into anchor_positions (channel, chaincode, log, size, root, flight_to)
        values ('c', 'm', 'l', 100, sha256('100'), 200), ('c', 'm', 'other', 100, sha256('100'), null)`);
      await client.query(`insert into anchors select chain, 100, 0, root, 1, '{}' from anchor_positions`);
    });
  });
  afterAll(async () => {
    await composed.stop();
  });

  /** SQLSTATE of the refusal, or `done`. */
  function codeOf(role: string, statement: string): Promise<string | undefined> {
    const attempt = withOwner(ownerConnection(composed.dataDir), async (client) => {
      await client.query(`set role ${role}`);
      await client.query(statement);
    });
    return attempt.then(
      () => 'done',
      (error: unknown) => (error as { code?: string }).code,
    );
  }

  const roles = [
    { role: 'vericlin_writer', codes: ['42501', '23514'] },
    { role: 'vericlin', codes: ['23514'] },
  ];
  for (const { role, codes } of roles) {
    for (const table of LOG_TABLES) {
      it(`${role} changes nothing in ${table}`, async () => {
        const statements = [...STATEMENTS.map((make) => make(table)), UPDATES[table]];
        for (const statement of statements) {
          expect(codes, statement).toContain(await codeOf(role, statement));
        }
      });
    }
  }

  for (const { role, codes } of roles) {
    it(`${role} moves no anchored position back, nor the batch in flight, and takes none away`, async () => {
      const flying = `where log = 'l'`;
      const statements = [
        `update anchor_positions set size = 99, flight_to = null ${flying}`,
        `update anchor_positions set root = sha256('other') ${flying}`,
        `update anchor_positions set flight_to = 201 ${flying}`,
        `update anchor_positions set flight_to = null ${flying}`,
        `update anchor_positions set size = 150, flight_to = null ${flying}`,
        `update anchor_positions set channel = 'd' ${flying}`,
        `update anchor_positions set flight_to = 100 where log = 'other'`,
        `delete from anchor_positions`,
        `truncate anchor_positions`,
        `truncate anchor_positions cascade`,
      ];
      // The evidence stands on them: 23503 and 0A000 are the foreign key's word.
      const refusals = [...codes, '23514', '23503', '0A000'];
      for (const statement of statements) {
        const code = await codeOf(role, statement);
        expect(refusals, statement).toContain(code);
      }
      const rows = await withOwner(ownerConnection(composed.dataDir), async (client) => {
        const sql = `select size::int as size, flight_to::int as flight_to, root = sha256('100') as kept from anchor_positions order by log`;
        return (await client.query<Record<string, unknown>>(sql)).rows;
      });
      expect(rows).toEqual([
        { size: 100, flight_to: 200, kept: true },
        { size: 100, flight_to: null, kept: true },
      ]);
    });
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
