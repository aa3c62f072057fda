import type { Sha256 } from '../../ledger/types.ts';
import type { Progress } from '../progress.ts';
import type { AuditedPeer } from './peer-blocks.ts';
import { saveState, type AuditState } from './audit-state.ts';
import type { LogBlock } from './log-block.ts';
import { LogRebuild } from './log-rebuild.ts';
import { PeerFault } from './peer-fault.ts';
import { readAhead } from './read-ahead.ts';
import { newBlockReader } from './read-log-block.ts';

/** Blocks that are under way or in memory at a time: 0.5 MB each when batches are full. */
const READ_AHEAD = 8;
/** An interrupted run reads again what came in this time. */
const SAVE_EVERY_MS = 1_000;

export interface ChainReading {
  readonly sha256: Sha256;
  readonly peer: AuditedPeer;
  readonly state: AuditState | undefined;
  /** Where to keep how far it came. */
  readonly statePath: string | undefined;
  readonly progress: Progress;
  /** Blocks of the peer. */
  readonly height: number;
}

/**
 * Rebuilds the log from every block of the peer that was not read before.
 * @throws PeerFault, ChainError, CommandFailure
 */
export async function readChain(reading: ChainReading): Promise<LogRebuild> {
  const { peer, state, statePath, progress, height } = reading;
  const { channel, chaincode, log } = peer.blocks;
  const rebuild = new LogRebuild({ sha256: reading.sha256, channel, chaincode, log }, state);
  const read = blocksOf(peer, reading.sha256);
  await requireSameHistory(rebuild, read, height);
  let savedAtMs = Date.now() - SAVE_EVERY_MS;
  for await (const { value: block } of readAhead(rebuild.nextBlock, height, READ_AHEAD, read)) {
    rebuild.take(block);
    progress.advance(1);
    if (statePath === undefined || Date.now() - savedAtMs < SAVE_EVERY_MS) continue;
    await saveState(statePath, rebuild.state());
    savedAtMs = Date.now();
  }
  if (statePath !== undefined) await saveState(statePath, rebuild.state());
  return rebuild;
}

/** Reads and understands one block of the peer. */
export function blocksOf(peer: AuditedPeer, sha256: Sha256): (number: number) => Promise<LogBlock> {
  const readBlock = newBlockReader({ sha256, peer });
  return async (number) => readBlock(number, await peer.blocks.block(number));
}

async function requireSameHistory(
  rebuild: LogRebuild,
  read: (number: number) => Promise<LogBlock>,
  height: number,
): Promise<void> {
  if (rebuild.nextBlock === 0) return;
  if (rebuild.nextBlock > height) {
    const message = `the peer has ${height} blocks, but had ${rebuild.nextBlock} at the last run`;
    throw new PeerFault('history_changed', message, { block: height });
  }
  rebuild.requireSameHistory(await read(rebuild.nextBlock - 1));
}
