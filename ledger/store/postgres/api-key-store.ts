/** API keys in PostgreSQL: the SHA-256 of the secret, never the secret. @module */
import type pg from 'pg';
import type { ApiKeyRecord, ApiKeyStore, Role } from '../../ports.ts';
import { asStoreError } from './pool.ts';

interface Row {
  readonly id: string;
  readonly role: Role;
  readonly name: string;
  readonly actor: string;
  readonly grants: readonly string[];
  readonly prefix: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
}

const COLUMNS = 'id, role, name, actor, grants, prefix, created_at, expires_at, revoked_at, last_used_at';

const CREATE = `
insert into api_keys (id, hash, prefix, role, name, actor, grants, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (hash) do update set hash = excluded.hash returning ${COLUMNS}`;
const LIST = `select ${COLUMNS} from api_keys order by created_at, id`;
const FIND = `select ${COLUMNS} from api_keys where id = $1::uuid`;
const FIND_BY_HASH = `select ${COLUMNS} from api_keys where hash = $1`;
const REVOKE = 'update api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1::uuid returning id';
const TOUCH = 'update api_keys set last_used_at = now() where id = any($1::uuid[])';

function toRecord(row: Row): ApiKeyRecord {
  return {
    id: row.id,
    role: row.role,
    name: row.name,
    actor: row.actor,
    grants: row.grants,
    prefix: row.prefix,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString(),
    revokedAt: row.revoked_at?.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString(),
  };
}

/** @param pool writer connections */
export function createPostgresApiKeyStore(pool: pg.Pool): ApiKeyStore {
  async function run(text: string, values: unknown[]): Promise<Row[]> {
    try {
      return (await pool.query<Row>(text, values)).rows;
    } catch (error) {
      throw asStoreError(error);
    }
  }
  return {
    create: async (key) => {
      const values = [key.id, key.hash, key.prefix, key.role, key.name, key.actor, key.grants, key.expiresAt ?? null];
      const [row] = await run(CREATE, values);
      if (row === undefined) throw new Error('an API key was not stored');
      return toRecord(row);
    },
    list: async () => (await run(LIST, [])).map(toRecord),
    find: async (id) => (await run(FIND, [id])).map(toRecord)[0],
    findByHash: async (hash) => (await run(FIND_BY_HASH, [hash])).map(toRecord)[0],
    revoke: async (id) => (await run(REVOKE, [id])).length > 0,
    touch: async (ids) => {
      if (ids.length > 0) await run(TOUCH, [ids]);
    },
  };
}
