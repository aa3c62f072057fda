/** Holds what the blocks of a peer say against what the database of the service holds. */
import type pg from 'pg';
import { expect } from 'vitest';
import type { ChainLog } from './chain-log.ts';
import { withOwner } from './check-log.ts';

interface Held {
  readonly leaves: readonly Buffer[];
  readonly size: number;
  readonly root: string;
  /** Sizes that the database knows to be anchored. */
  readonly anchors: readonly number[];
}

async function heldBy(connection: pg.ClientConfig): Promise<Held> {
  return withOwner(connection, async (client) => {
    const leaves = await client.query<{ leaf_hash: Buffer }>('select leaf_hash from events order by idx');
    const head = await client.query<{ size: string; root: Buffer }>('select size, root from log_head');
    const anchors = await client.query<{ size: string }>('select size from anchors order by size');
    return {
      leaves: leaves.rows.map((row) => row.leaf_hash),
      size: Number(head.rows[0]?.size),
      root: head.rows[0]?.root.toString('hex') ?? '',
      anchors: anchors.rows.map((row) => Number(row.size)),
    };
  });
}

/**
 * The blocks give the log's leaf hashes, each once, in the log's order; every committed batch begins where the one before
 * ended, and is an anchor of the database; the chaincode's newest size and root are the log's.
 *
 * @returns figures to print
 */
export async function expectChainHoldsLog(
  chain: ChainLog,
  connection: pg.ClientConfig,
): Promise<{ readonly blocks: number; readonly appends: number; readonly rejected: number }> {
  const log = await heldBy(connection);
  expect(chain.leaves.length).toBe(log.leaves.length);
  expect(log.leaves.findIndex((leaf, index) => chain.leaves[index]?.equals(leaf) !== true)).toBe(-1);
  const committed = chain.appends.filter(({ isCommitted }) => isCommitted);
  const sizes = committed.map(({ size }) => size);
  expect(committed.map(({ start }) => start)).toEqual([0, ...sizes.slice(0, -1)]);
  expect(log.anchors).toEqual(sizes);
  expect([chain.head.size, Buffer.from(chain.head.root).toString('hex')]).toEqual([log.size, log.root]);
  return {
    blocks: chain.blocks.length,
    appends: committed.length,
    rejected: chain.appends.length - committed.length,
  };
}
