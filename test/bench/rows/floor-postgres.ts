/** The PostgreSQL floor: the bytes of an event, inserted and nothing else. @module */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { byteaArray, int8Array } from '../../../ledger/store/postgres/binary-array.ts';
import type { BenchContext, Row } from '../context.ts';
import { type Figure, median } from '../figures.ts';
import { withPostgres } from '../machine.ts';

const ROWS_PER_TRANSACTION = 1_000;
const HASH_BYTES = 32;
const BODY_BYTES = 560;

const TABLE = `create table floor (idx bigint primary key, hash bytea not null, body bytea not null);
  create unique index floor_hash on floor (hash);
  alter table floor alter column body set storage external`;
const INSERT = {
  name: 'insert',
  text: 'insert into floor select * from unnest($1::bigint[], $2::bytea[], $3::bytea[])',
} as const;

/** The parameters of one transaction, made before the clock runs. */
function parameters(firstIndex: number): Buffer[] {
  const places = Array.from({ length: ROWS_PER_TRANSACTION }, (_, at) => firstIndex + at);
  return [
    int8Array(places),
    byteaArray(places.map(() => randomBytes(HASH_BYTES))),
    byteaArray(places.map(() => randomBytes(BODY_BYTES))),
  ];
}

async function insertAll(client: pg.Client, transactions: readonly Buffer[][]): Promise<number> {
  const started = performance.now();
  for (const values of transactions) await client.query({ ...INSERT, values });
  return (transactions.length * ROWS_PER_TRANSACTION) / ((performance.now() - started) / 1_000);
}

async function run(context: BenchContext): Promise<Figure[]> {
  const { floorRows, runs } = context.sizes;
  const rates = await withPostgres(context.workDir, async (connection) => {
    const client = new pg.Client(connection);
    await client.connect();
    try {
      await client.query(TABLE);
      const measured: number[] = [];
      // The first is the warm-up.
      for (let at = 0; at <= runs; at += 1) {
        const transactions = Array.from({ length: floorRows / ROWS_PER_TRANSACTION }, (_, transaction) =>
          parameters(at * floorRows + transaction * ROWS_PER_TRANSACTION),
        );
        const rate = await insertAll(client, transactions);
        if (at > 0) measured.push(rate);
      }
      return measured;
    } finally {
      await client.end();
    }
  });
  const value = median(rates);
  context.setFloor('PostgreSQL floor', value);
  const note = `runs: ${rates.map(Math.round).join(', ')}; one connection, unnest of binary arrays, ${ROWS_PER_TRANSACTION} rows a transaction of bigint, ${HASH_BYTES} and ${BODY_BYTES} bytes, two indexes`;
  return [{ row: 'floor-postgres', what: 'PostgreSQL floor: bare insert loop', value, unit: 'rows/s', note }];
}

/** Row `floor-postgres`. */
export const floorPostgres: Row = {
  name: 'floor-postgres',
  about: 'the bytes of an event, inserted 1,000 a transaction and nothing else',
  run,
};
