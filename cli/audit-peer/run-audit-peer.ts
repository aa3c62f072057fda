import { ChainError } from '../../ledger/anchor/chain.ts';
import { ED25519_TYPE, formatVerifierKey, type VerifierKey } from '../../ledger/checkpoint/key.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { asUnchecked, CommandFailure, unusable } from '../failure.ts';
import { LogFault } from '../log/log-fault.ts';
import { folderSource, httpSource, type LogSource } from '../log/log-source.ts';
import { claimedKey, type SignedCheckpoint } from '../log/signed-checkpoint.ts';
import type { AuditPeerOptions } from '../options.ts';
import { readPinnedKeys } from '../pinned-keys.ts';
import { startProgress } from '../progress.ts';
import { connect } from '../service/connection.ts';
import { jsonLine, type Terminal } from '../terminal.ts';
import { compareWithLog, LeafComparison } from './compare-log.ts';
import type { Audit, ComparedLog } from './audit.ts';
import { asJson, asText, type AuditReport } from './audit-report.ts';
import { loadState, type AuditState } from './audit-state.ts';
import type { LogRebuild } from './log-rebuild.ts';
import { openPeer } from './open-peer.ts';
import { PeerFault } from './peer-fault.ts';
import { blocksOf, readChain } from './read-chain.ts';
import { readAhead } from './read-ahead.ts';

/** `vericlin audit-peer`: exit 0 they agree, 1 they do not, 2 could not be checked. @throws CommandFailure */
export async function runAuditPeer(options: AuditPeerOptions, terminal: Terminal): Promise<ExitCode> {
  try {
    const log = await openLog(options, terminal);
    const { key, isPinned } = await logKey(options, log);
    const { peer, close } = await openPeer(options, formatVerifierKey(key));
    try {
      const { state: statePath, json = false } = options;
      return await auditPeer({ peer, key, isPinned, log, statePath, asJson: json }, terminal);
    } finally {
      close();
    }
  } catch (thrown) {
    if (thrown instanceof CommandFailure) throw asUnchecked(thrown);
    if (thrown instanceof ChainError) throw unreadable(thrown);
    throw thrown;
  }
}

function unreadable(error: ChainError): CommandFailure {
  return new CommandFailure(EXIT.unusable, error.message, {
    code: error.reason,
    next: 'The peer has to run, and its channel has to let the identity of the profile read blocks (ACL of qscc).',
    cause: error,
  });
}

async function openLog(options: AuditPeerOptions, terminal: Terminal): Promise<ComparedLog | undefined> {
  const { url, log, keyFile } = options;
  if (url !== undefined && log !== undefined) throw unusable('--url and --log exclude each other');
  if (log !== undefined) return { source: folderSource(log), name: log, isExport: true };
  if (url === undefined) return undefined;
  const connection = await connect({ url, ...(keyFile === undefined ? {} : { keyFile }) }, terminal);
  return { source: httpSource(connection.under('/log')), name: connection.url, isExport: false };
}

/** The log's key, from which its name on the chain follows. */
async function logKey(
  options: AuditPeerOptions,
  log: ComparedLog | undefined,
): Promise<{ key: VerifierKey; isPinned: boolean }> {
  if (options.key === undefined) {
    if (log === undefined) {
      throw unusable('which log? Its name on the chain follows from its key', 'Give --key, --url or --log.');
    }
    return { key: await claim(log), isPinned: false };
  }
  // A file may hold keys of witnesses beside the log's.
  const keys = (await readPinnedKeys([options.key], nodePrimitives.sha256)).filter(({ type }) => type === ED25519_TYPE);
  const [key] = keys;
  if (key === undefined || keys.length > 1) throw unusable(`--key: ${keys.length} log keys, where one is needed`);
  return { key, isPinned: true };
}

async function claim(log: ComparedLog): Promise<VerifierKey> {
  try {
    return await claimedKey(log.source, nodePrimitives);
  } catch (thrown) {
    if (thrown instanceof LogFault) throw unusable(`${log.name}: ${thrown.message}`, undefined, thrown);
    throw thrown;
  }
}

/** The audit itself, with everything opened. @throws CommandFailure, ChainError */
export async function auditPeer(audit: Audit, terminal: Terminal): Promise<ExitCode> {
  const { peer, statePath } = audit;
  const state = statePath === undefined ? undefined : await loadState(statePath, peer.blocks);
  const height = await peer.blocks.height();
  let rebuild: LogRebuild | undefined;
  let signed: SignedCheckpoint | undefined;
  let fault: PeerFault | undefined;
  try {
    rebuild = await rebuildLog(audit, state, height, terminal);
    signed = await compare(audit, rebuild, height, terminal);
  } catch (thrown) {
    if (!(thrown instanceof PeerFault)) throw thrown;
    fault = thrown;
  }
  const report: AuditReport = { audit, height, firstBlock: state?.nextBlock ?? 0, rebuild, signed, fault };
  terminal.out(audit.asJson ? jsonLine(asJson(report)) : asText(report));
  return fault === undefined ? EXIT.ok : EXIT.failed;
}

async function rebuildLog(
  audit: Audit,
  state: AuditState | undefined,
  height: number,
  terminal: Terminal,
): Promise<LogRebuild> {
  const { peer, statePath } = audit;
  const total = Math.max(0, height - (state?.nextBlock ?? 0));
  const progress = await startProgress(terminal, { label: 'reading', unit: 'blocks', total, silent: audit.asJson });
  try {
    return await readChain({ sha256: nodePrimitives.sha256, peer, state, statePath, progress, height });
  } finally {
    progress.stop();
  }
}

async function compare(
  audit: Audit,
  rebuild: LogRebuild,
  height: number,
  terminal: Terminal,
): Promise<SignedCheckpoint | undefined> {
  const { log, key } = audit;
  if (log === undefined) return undefined;
  try {
    return await compareWithLog(log.source, key, { size: rebuild.size, root: rebuild.root() }, log.isExport);
  } catch (thrown) {
    if (!(thrown instanceof PeerFault) || thrown.kind !== 'log_differs') throw thrown;
    throw (await locate(audit, log.source, { size: rebuild.size, height }, terminal)) ?? thrown;
  }
}

/** Reads the chain once more to say which leaf hash it is. */
async function locate(
  { peer, asJson: silent }: Audit,
  source: LogSource,
  { size, height }: { size: number; height: number },
  terminal: Terminal,
): Promise<PeerFault | undefined> {
  const progress = await startProgress(terminal, { label: 'comparing', unit: 'blocks', total: height, silent });
  const comparison = new LeafComparison(source, size);
  try {
    for await (const { value: block } of readAhead(0, height, 1, blocksOf(peer, nodePrimitives.sha256))) {
      for (const { position, isCommitted, append } of block.transactions) {
        if (!isCommitted || typeof append === 'string') continue;
        const index = await comparison.firstDifference(append.start, append.leaves);
        if (index === undefined) continue;
        const place = { block: block.number, transaction: position, index };
        return new PeerFault('log_differs', `entry ${index} of the log has another leaf hash than on the chain`, place);
      }
      progress.advance(1);
    }
    return undefined;
  } finally {
    progress.stop();
  }
}
