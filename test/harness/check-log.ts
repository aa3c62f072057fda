/**
 * Full re-verification of a log from its database, by definitions alone: every entry, every leaf hash, every tile, every
 * checkpoint ever signed. Used after every step of ledger tests.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { openCheckpoint } from '../../ledger/checkpoint/checkpoint.ts';
import { parseVerifierKey } from '../../ledger/checkpoint/key.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';

/** How the owner reaches the embedded database of a data folder. */
export function ownerConnection(dataDir: string): pg.ClientConfig {
  return { host: join(dataDir, 'postgres'), port: 5432, user: 'vericlin', database: 'vericlin' };
}

export async function withOwner<T>(connection: pg.ClientConfig, action: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Roots of all prefixes that are asked for, by the stack of perfect subtrees (RFC 6962 §2.1, read literally). */
export function rootsAt(leaves: readonly Buffer[], sizes: ReadonlySet<number>): Map<number, Buffer> {
  const roots = new Map<number, Buffer>([[0, sha256()]]);
  const stack: { hash: Buffer; count: number }[] = [];
  for (const [index, leaf] of leaves.entries()) {
    stack.push({ hash: leaf, count: 1 });
    while (stack.length > 1 && stack.at(-1)!.count === stack.at(-2)!.count) {
      const right = stack.pop()!;
      const left = stack.pop()!;
      stack.push({ hash: sha256(Buffer.of(1), left.hash, right.hash), count: left.count + right.count });
    }
    if (sizes.has(index + 1)) {
      roots.set(
        index + 1,
        stack.map(({ hash }) => hash).reduceRight((right, left) => sha256(Buffer.of(1), left, right)),
      );
    }
  }
  return roots;
}

interface EventRow {
  readonly idx: string;
  readonly id: string;
  readonly entry: Buffer;
  readonly leaf_hash: Buffer;
}

export interface CheckedLog {
  readonly size: number;
  /** Event id by index. */
  readonly ids: readonly string[];
  readonly checkpoints: number;
}

/** @throws if anything is not as it has to be */
export async function checkLog(connection: pg.ClientConfig): Promise<CheckedLog> {
  return withOwner(connection, async (client) => {
    const head = (
      await client.query<{ size: string; root: Buffer; note: string; vkey: string }>('select * from log_head')
    ).rows[0]!;
    const events = (await client.query<EventRow>('select idx, id, entry, leaf_hash from events order by idx')).rows;
    const checkpoints = (
      await client.query<{ size: string; root: Buffer; note: string }>(
        'select size, root, note from checkpoints order by size',
      )
    ).rows;
    const fail = (what: string): never => {
      throw new Error(`checkLog: ${what}`);
    };
    if (events.length !== Number(head.size)) fail(`${events.length} entries, head says ${head.size}`);
    for (const [at, event] of events.entries()) {
      if (Number(event.idx) !== at) fail(`index ${event.idx} at position ${at}`);
      if (!sha256(Buffer.of(0), event.entry).equals(event.leaf_hash)) fail(`leaf hash of ${at}`);
      if ((JSON.parse(event.entry.toString()) as { id: string }).id !== event.id) fail(`id of ${at}`);
    }
    const indexed = (await client.query<{ count: string }>('select count(*) from event_index')).rows[0]!;
    if (Number(indexed.count) > events.length) fail('more rows in the search index than events');
    const sizes = new Set([...checkpoints.map(({ size }) => Number(size)), events.length]);
    const roots = rootsAt(
      events.map((event) => event.leaf_hash),
      sizes,
    );
    const key = parseVerifierKey(nodePrimitives.sha256, head.vkey);
    for (const { size, root, note } of checkpoints) {
      if (!roots.get(Number(size))?.equals(root)) fail(`root of the checkpoint of size ${size}`);
      const opening = openCheckpoint(note, [key], nodePrimitives);
      if (opening.kind !== 'opened' || opening.checkpoint.size !== Number(size)) fail(`note of size ${size}`);
    }
    if (!roots.get(events.length)!.equals(head.root)) fail('root of the head');
    if (events.length > 0 && checkpoints.at(-1)!.note !== head.note)
      fail('the head does not carry the newest checkpoint');
    await checkTiles(client, events, fail);
    return { size: events.length, ids: events.map(({ id }) => id), checkpoints: checkpoints.length };
  });
}

async function checkTiles(
  client: pg.Client,
  events: readonly EventRow[],
  fail: (what: string) => never,
): Promise<void> {
  let below = events.map((event) => event.leaf_hash);
  for (let level = 0; below.length >= 256; level += 1) {
    const { rows } = await client.query<{ n: string; root: Buffer; hashes: Buffer }>(
      'select n, root, hashes from tiles where level = $1 order by n',
      [level],
    );
    if (rows.length !== Math.floor(below.length / 256)) fail(`${rows.length} full tiles at level ${level}`);
    for (const [n, row] of rows.entries()) {
      const hashes = below.slice(n * 256, (n + 1) * 256);
      if (Number(row.n) !== n || !Buffer.concat(hashes).equals(row.hashes)) fail(`tile ${level}/${n}`);
      if (
        !rootsAt(hashes, new Set([256]))
          .get(256)!
          .equals(row.root)
      )
        fail(`root of tile ${level}/${n}`);
    }
    below = rows.map(({ root }) => root);
  }
}
