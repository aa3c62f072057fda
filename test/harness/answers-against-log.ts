/** Holds what a service answered against what its database holds. */
import type pg from 'pg';
import { expect } from 'vitest';
import { openCheckpoint } from '../../ledger/checkpoint/checkpoint.ts';
import { parseVerifierKey } from '../../ledger/checkpoint/key.ts';
import { createVerifier } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { checkLog, rootsAt, withOwner, type CheckedLog } from './check-log.ts';
import type { Answers } from './storm-load.ts';

/** Every root of the log by size, from its leaf hashes alone. */
async function rootsOf(connection: pg.ClientConfig, sizes: ReadonlySet<number>): Promise<Map<number, Buffer>> {
  const { rows } = await withOwner(connection, (client) =>
    client.query<{ leaf_hash: Buffer }>('select leaf_hash from events order by idx'),
  );
  return rootsAt(
    rows.map((row) => row.leaf_hash),
    sizes,
  );
}

/**
 * Every acknowledged event stands at its index, every receipt and bundle verifies, every checkpoint ever answered is a
 * prefix of the log, no id stands twice, and the log verifies as a whole.
 */
export async function expectAnswersHold(
  answers: Answers,
  connection: pg.ClientConfig,
  vkey: string,
): Promise<CheckedLog> {
  expect(answers.faults.slice(0, 5)).toEqual([]);
  const log = await checkLog(connection);
  expect(new Set(log.ids).size).toBe(log.size);
  const misplaced = [...answers.acknowledged].filter(([id, { index }]) => log.ids[index] !== id);
  expect(misplaced.slice(0, 5)).toEqual([]);

  const verifier = createVerifier({ primitives: nodePrimitives, pinnedKeys: [vkey] });
  const files = [
    ...answers.bundles,
    ...answers.receipts.map(({ entry, proof, checkpoint }) => ({
      format: 'vericlin-bundle/1',
      entry,
      proof,
      checkpoint,
      key: vkey,
    })),
  ];
  const invalid = files.map((file) => verifier.verifyBundle(JSON.stringify(file))).filter((r) => r.outcome !== 'valid');
  expect(invalid.slice(0, 5)).toEqual([]);

  const key = parseVerifierKey(nodePrimitives.sha256, vkey);
  const answered = [...answers.checkpoints].map((note) => {
    const opening = openCheckpoint(note, [key], nodePrimitives);
    if (opening.kind !== 'opened') throw new Error('a checkpoint was answered that the log did not sign');
    return opening.checkpoint;
  });
  const roots = await rootsOf(connection, new Set(answered.map(({ size }) => size)));
  const forked = answered.filter(({ size, root }) => roots.get(size)?.equals(root) !== true);
  expect(forked.slice(0, 5)).toEqual([]);
  return log;
}
