import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileDurably } from '../../ledger/keys/durable-file.ts';
import { systemCode, unusable, type CommandFailure } from '../failure.ts';

const count = z.int().min(0);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

const stateSchema = z.strictObject({
  format: z.literal('vericlin-audit-state/1'),
  channel: z.string(),
  chaincode: z.string(),
  /** The log's name on the chain. */
  log: z.string(),
  /** The next block to read; every one before it was found good. */
  nextBlock: count,
  /** Hex SHA-256 of the header of the block before it; absent at block 0. */
  lastHeader: hash.optional(),
  /** Leaf hashes so far. */
  size: count,
  /** Hex roots of the perfect subtrees of `size`, largest first. */
  frontier: z.array(hash),
  /** The transaction that appended last. */
  lastAppend: z.strictObject({ block: count, transaction: count }).optional(),
  appends: count,
  rejected: count,
});

/** How far an audit came: a few hundred bytes, whatever the length of the chain. */
export type AuditState = z.output<typeof stateSchema>;

const fileSchema = z.strictObject({ state: z.unknown(), sha256: z.string() });

/**
 * The state in a file, or `undefined` where there is no such file.
 *
 * A state that is damaged, or of another channel or log, is refused and not started over: whoever reads on from it relies
 * on the peer not having changed what lies before.
 *
 * @throws CommandFailure exit 2
 */
export async function loadState(
  path: string,
  expected: Pick<AuditState, 'channel' | 'chaincode' | 'log'>,
): Promise<AuditState | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  const state = parseState(text);
  if (state === undefined) throw refused(path, 'it is damaged, or no state of audit-peer');
  for (const member of ['channel', 'chaincode', 'log'] as const) {
    if (state[member] === expected[member]) continue;
    throw refused(path, `it is of ${member} ${state[member]}, not of ${expected[member]}`);
  }
  return state;
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw unusable(`cannot read ${path} (${systemCode(cause) ?? 'unreadable'})`, undefined, cause);
  }
}

function parseState(text: string): AuditState | undefined {
  try {
    const file = fileSchema.parse(JSON.parse(text));
    return digestOf(file.state) === file.sha256 ? stateSchema.parse(file.state) : undefined;
  } catch {
    return undefined;
  }
}

function refused(path: string, why: string): CommandFailure {
  return unusable(`cannot go on from ${path}: ${why}`, 'Give another --state file, or remove it to read from block 0.');
}

/** Replaces the file in one step: a crash leaves the old or the new one. @throws CommandFailure exit 2 */
export async function saveState(path: string, state: AuditState): Promise<void> {
  try {
    await writeFileDurably(path, `${JSON.stringify({ state, sha256: digestOf(state) })}\n`);
  } catch (cause) {
    throw unusable(`cannot write ${path} (${systemCode(cause) ?? 'unwritable'})`, undefined, cause);
  }
}

/** Against damage, not against malice: whoever can write the file can also compute this. */
function digestOf(state: unknown): string {
  return createHash('sha256').update(JSON.stringify(state)).digest('hex');
}
