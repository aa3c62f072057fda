/** Cosignatures in PostgreSQL. @module */
import type pg from 'pg';
import type { CosignedCheckpoint } from '../../publication.ts';
import type { WitnessStore } from '../../witness/witness-round.ts';
import { asStoreError } from './pool.ts';

interface StateRow {
  readonly witness: string;
  readonly size: number;
  readonly line: string;
  readonly cosigned_at: number;
}
interface CosignedRow {
  readonly size: number;
  readonly note: string;
  readonly lines: readonly string[];
}

const STATES =
  'select distinct on (witness) witness, size, line, cosigned_at from cosignatures order by witness, size desc';
const SAVE = `
insert into cosignatures (witness, size, line, cosigned_at) values ($1, $2, $3, $4) on conflict (witness, size) do nothing`;
const COSIGNED = `
select c.size, c.note, array_agg(s.line order by s.witness) as lines
from checkpoints c join cosignatures s on s.size = c.size
where c.size in (select distinct size from cosignatures order by size desc limit 5)
group by c.size, c.note order by c.size desc`;

/** @param pool writer connections with synchronous_commit on */
export function createPostgresWitnessStore(
  pool: pg.Pool,
): WitnessStore & { findCosigned: () => Promise<readonly CosignedCheckpoint[]> } {
  async function run<R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
    try {
      return (await pool.query<R>(text, values)).rows;
    } catch (error) {
      throw asStoreError(error);
    }
  }
  return {
    states: async () =>
      (await run<StateRow>(STATES)).map((row) => ({
        witness: row.witness,
        size: row.size,
        line: row.line,
        cosignedAt: new Date(row.cosigned_at).toISOString(),
      })),
    saveCosignature: async ({ witness, size, line, cosignedAt }) => {
      await run(SAVE, [witness, size, line, Date.parse(cosignedAt)]);
    },
    findCosigned: () => run<CosignedRow>(COSIGNED),
  };
}
