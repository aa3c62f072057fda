import { encodeHex } from '../../ledger/canonical/base64.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import type { SignedCheckpoint } from '../log/signed-checkpoint.ts';
import { fingerprintOf } from '../pinned-keys.ts';
import type { LogRebuild } from './log-rebuild.ts';
import type { PeerFault } from './peer-fault.ts';
import type { Audit } from './audit.ts';

/** What an audit found. */
export interface AuditReport {
  readonly audit: Audit;
  /** Blocks of the peer. */
  readonly height: number;
  /** The first block that was read; those before were read by an earlier run. */
  readonly firstBlock: number;
  /** `undefined` where the blocks themselves are at fault. */
  readonly rebuild: LogRebuild | undefined;
  /** The log's newest checkpoint, where it agrees. */
  readonly signed: SignedCheckpoint | undefined;
  readonly fault: PeerFault | undefined;
}

/** The report as JSON. */
export function asJson({ audit, height, firstBlock, rebuild, signed, fault }: AuditReport): unknown {
  const { peer, key, isPinned, log } = audit;
  const { channel, chaincode, log: name } = peer.blocks;
  return {
    outcome: fault === undefined ? 'agree' : 'disagree',
    fault:
      fault === undefined
        ? null
        : {
            kind: fault.kind,
            reason: fault.message,
            block: fault.place.block ?? null,
            transaction: fault.place.transaction ?? null,
            index: fault.place.index ?? null,
          },
    peer: { mspId: peer.mspId, channel, chaincode, log: name, blocks: height, firstBlock },
    chain: rebuild === undefined ? null : treeAsJson(rebuild),
    policy: peer.endorsers.policy,
    key: {
      name: key.name,
      id: key.keyId,
      fingerprint: fingerprintOf(key, nodePrimitives.sha256),
      pinned: isPinned,
    },
    compared: log === undefined ? null : log.name,
    log: signed === undefined || rebuild === undefined ? null : logAsJson(signed, rebuild),
  };
}

function treeAsJson(rebuild: LogRebuild): unknown {
  const { size, appends, rejected } = rebuild;
  return { size, root: encodeHex(rebuild.root()), appends, rejected };
}

function logAsJson({ checkpoint }: SignedCheckpoint, rebuild: LogRebuild): unknown {
  const { origin, size, root } = checkpoint;
  return { origin, size, root: encodeHex(root), notAnchored: size - rebuild.size };
}

/** The report for people. */
export function asText(report: AuditReport): string {
  const { audit, height, firstBlock, rebuild, signed, fault } = report;
  const { peer, key, isPinned } = audit;
  const { channel, chaincode, log } = peer.blocks;
  const lines = [
    `Peer of ${peer.mspId}, channel ${channel}, ${height} blocks${firstBlock > 0 ? `, read on from block ${firstBlock}` : ''}`,
    `  log ${log} of chaincode ${chaincode}`,
    `  key of ${key.name}, fingerprint ${fingerprintOf(key, nodePrimitives.sha256)}`,
    isPinned
      ? '  the key is the one given by --key'
      : '  the key is what the log says of itself: give the one you trust with --key',
  ];
  if (rebuild !== undefined) lines.push(...treeLines(rebuild, peer.endorsers.policy));
  if (fault !== undefined) return `${lines.join('\n')}\nBAD: ${placeOf(fault)}${fault.message}\n`;
  lines.push(...outcomeLines(report, signed));
  return `${lines.join('\n')}\n`;
}

function treeLines(rebuild: LogRebuild, policy: string): string[] {
  const { size, appends, rejected } = rebuild;
  return [
    `  ${size} leaf hashes in ${appends} transactions, each endorsed by ${policy}; ${rejected} were not committed`,
    `  root ${encodeHex(rebuild.root())}`,
  ];
}

function outcomeLines({ audit, rebuild }: AuditReport, signed: SignedCheckpoint | undefined): string[] {
  const size = rebuild?.size ?? 0;
  const lines = [
    size === 0
      ? 'GOOD, but empty: no block appends to this log.'
      : 'GOOD: every batch follows on the one before, and the chain has the root of its leaf hashes.',
  ];
  if (signed === undefined) return [...lines, 'Not compared with a log: give --url or --log.'];
  const { size: logSize } = signed.checkpoint;
  lines.push(`GOOD: the signed checkpoint of ${logSize} entries at ${audit.log?.name ?? 'the log'} extends it.`);
  if (logSize > size) lines.push(`Not anchored yet: ${logSize - size} entries.`);
  return lines;
}

function placeOf({ place }: PeerFault): string {
  const parts = [
    ...(place.block === undefined ? [] : [`block ${place.block}`]),
    ...(place.transaction === undefined ? [] : [`transaction ${place.transaction}`]),
    ...(place.index === undefined ? [] : [`index ${place.index}`]),
  ];
  return parts.length === 0 ? '' : `${parts.join(', ')}: `;
}
