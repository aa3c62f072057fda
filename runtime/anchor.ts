/**
 * Wires anchoring: the chain of the Fabric profile, the store, and who is told of what.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { AnchorStore } from '../ledger/anchor/anchor-store.ts';
import { DEFAULT_ANCHOR_OPTIONS } from '../ledger/anchor/anchor-deps.ts';
import { ChainError } from '../ledger/anchor/chain.ts';
import type { FabricProfile } from '../ledger/anchor/fabric/profile.ts';
import type { AnchorReason } from '../ledger/anchor/status.ts';
import { createFileDurably } from '../ledger/keys/durable-file.ts';
import type { LedgerAnchor } from '../ledger/ledger.ts';
import { sleep } from '../ledger/sleep.ts';
import type { AnchorMetrics } from './anchor-metrics.ts';
import { connectFabricChain } from './fabric-chain.ts';

/** How the chaincode, or the channel, says that the chain is at another size than the batch's start. */
const CONFLICT = /\b(WRONG_START|MVCC_READ_CONFLICT)\b/;

export interface AnchorParts {
  readonly profile: FabricProfile;
  readonly vkey: string;
  readonly dataDir: string;
  readonly store: AnchorStore;
  readonly logger: Logger;
  /** Looked up when something happens: made after the ledger. */
  readonly metrics: () => AnchorMetrics | undefined;
  /** Invariant 11. */
  readonly onDisagreement: (reason: AnchorReason, detail: string) => void;
}

/**
 * Opens the profile's chain for the log; nothing is connected yet.
 * @throws LedgerError `config_invalid` for a token that cannot be opened
 */
export async function openAnchor(parts: AnchorParts): Promise<LedgerAnchor> {
  const { profile, store, logger, metrics } = parts;
  const chain = await connectFabricChain(profile, parts.vkey);
  for (const warning of profile.warnings) logger.warn({ anchor: 'profile' }, warning);
  return {
    chain,
    store,
    holder: await instanceId(parts.dataDir),
    random: Math.random,
    sleep,
    options: { ...DEFAULT_ANCHOR_OPTIONS, batchDelayMs: profile.batchDelayMs },
    observer: {
      landed: ({ leaves, seconds, outcome }) => {
        metrics()?.anchorBatch({ leaves, seconds, outcome });
      },
      failed: (error) => {
        if (error instanceof ChainError) {
          if (CONFLICT.test(error.message)) metrics()?.anchorConflict();
          logger.debug({ err: error, anchor: 'failed' }, 'a call to the chain failed: it is tried again');
        } else logger.error({ err: error, anchor: 'failed' }, 'anchoring was interrupted: it starts again');
      },
      trouble: (reason, detail) => {
        if (reason === undefined) logger.info({ anchor: 'current' }, 'anchoring goes on');
        else logger.error({ anchor: 'stalled', reason, detail }, 'anchoring is stalled: appends go on');
      },
      disagrees: (reason, detail) => {
        logger.fatal({ anchor: 'disagrees', reason, detail }, 'the chain disagrees with the log: anchoring stopped');
        parts.onDisagreement(reason, detail);
      },
    },
  };
}

/** A stable id of this instance in its data folder, so that after a crash it takes its own lease back at once. */
async function instanceId(dataDir: string): Promise<string> {
  const path = join(dataDir, 'instance-id');
  await createFileDurably(path, `${randomUUID()}\n`);
  return (await readFile(path, 'utf8')).trim();
}
