/** Break-glass grants in PostgreSQL; the reason stands in the `access` event, sealed, and not here. @module */
import type pg from 'pg';
import type { BreakGlassGrant, BreakGlassStore } from '../../ports.ts';
import { asStoreError } from './pool.ts';

interface Row {
  readonly id: string;
  readonly principal: string;
  readonly pseudonym: string;
  readonly event: string;
  readonly granted_at: Date;
  readonly expires_at: Date;
  readonly reviewed_by: string | null;
  readonly reviewed_at: Date | null;
}

const COLUMNS = 'id, principal, pseudonym, event, granted_at, expires_at, reviewed_by, reviewed_at';

// The limit of 60 minutes is a check of the table too; least() takes clocks that differ out of it.
const GRANT = `
insert into break_glass (id, principal, pseudonym, event, expires_at)
values ($1, $2, $3, $4, least($5::timestamptz, now() + interval '60 minutes')) returning ${COLUMNS}`;
const ACTIVE = `
select ${COLUMNS} from break_glass
where principal = $1 and pseudonym = $2::uuid and expires_at > now() order by expires_at desc limit 1`;
const LIST = `
select ${COLUMNS} from break_glass where not $1 or reviewed_at is null order by granted_at desc limit $2`;
const REVIEW = `
update break_glass set reviewed_by = coalesce(reviewed_by, $2), reviewed_at = coalesce(reviewed_at, now())
where id = $1::uuid returning ${COLUMNS}`;

function toGrant(row: Row): BreakGlassGrant {
  return {
    id: row.id,
    principal: row.principal,
    pseudonym: row.pseudonym,
    event: row.event,
    grantedAt: row.granted_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    reviewedBy: row.reviewed_by ?? undefined,
    reviewedAt: row.reviewed_at?.toISOString(),
  };
}

/** @param pool writer connections */
export function createPostgresBreakGlassStore(pool: pg.Pool): BreakGlassStore {
  async function run(text: string, values: unknown[]): Promise<BreakGlassGrant[]> {
    try {
      return (await pool.query<Row>(text, values)).rows.map(toGrant);
    } catch (error) {
      throw asStoreError(error);
    }
  }
  return {
    grant: async (grant) => {
      const [stored] = await run(GRANT, [grant.id, grant.principal, grant.pseudonym, grant.event, grant.expiresAt]);
      if (stored === undefined) throw new Error('a break-glass grant was not stored');
      return stored;
    },
    active: async (principal, pseudonym) => (await run(ACTIVE, [principal, pseudonym]))[0],
    list: ({ unreviewedOnly, limit }) => run(LIST, [unreviewedOnly, limit]),
    review: async (id, by) => (await run(REVIEW, [id, by]))[0],
  };
}
