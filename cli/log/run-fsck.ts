import { readFile, stat } from 'node:fs/promises';
import type { Checkpoint } from '../../ledger/checkpoint/checkpoint.ts';
import { encodeHex } from '../../ledger/canonical/base64.ts';
import { checkEntry } from '../../ledger/verify/check-entry.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { asUnchecked, CommandFailure, systemCode, unusable } from '../failure.ts';
import type { FsckOptions } from '../options.ts';
import { fingerprintOf, readPinnedKeys } from '../pinned-keys.ts';
import { startProgress } from '../progress.ts';
import { connect } from '../service/connection.ts';
import { jsonLine, type Terminal } from '../terminal.ts';
import { LogFault } from './log-fault.ts';
import { folderSource, httpSource, type LogSource } from './log-source.ts';
import { OlderSize } from './older-size.ts';
import { readNote, verifyCheckpoint, type SignedCheckpoint } from './signed-checkpoint.ts';
import { walkLog, type VerifiedBundle } from './walk-log.ts';

const CONCURRENCY = 8;

interface Findings {
  signed: SignedCheckpoint | undefined;
  older: Checkpoint | undefined;
  fault: LogFault | undefined;
}

/** `vericlin fsck`: exit 0 the log is what it claims, 1 it is not, 2 it could not be checked. @throws CommandFailure */
export async function runFsck(target: string, options: FsckOptions, terminal: Terminal): Promise<ExitCode> {
  const findings: Findings = { signed: undefined, older: undefined, fault: undefined };
  try {
    await check(target, options, terminal, findings);
  } catch (thrown) {
    if (thrown instanceof LogFault) findings.fault = thrown;
    else if (thrown instanceof CommandFailure) throw asUnchecked(thrown);
    else throw thrown;
  }
  terminal.out(options.json === true ? jsonLine(asJson(findings)) : asText(target, findings));
  return findings.fault === undefined ? EXIT.ok : EXIT.failed;
}

async function check(target: string, options: FsckOptions, terminal: Terminal, findings: Findings): Promise<void> {
  const { sha256 } = nodePrimitives;
  const pinned = await readPinnedKeys(options.key === undefined ? [] : [options.key], sha256);
  const { source, checkpoint: bytes } = await openLog(target, options, terminal);
  const { note } = readNote('checkpoint', bytes);
  const signed = await verifyCheckpoint(note, pinned, source, nodePrimitives);
  findings.signed = signed;
  const older = await olderSize(options, signed, source);
  findings.older = older?.checkpoint;
  const { checkpoint } = signed;
  const progress = await startProgress(terminal, {
    label: 'checking',
    unit: 'entries',
    total: checkpoint.size,
    silent: options.json === true,
  });
  try {
    await walkLog({
      checkpoint,
      sources: [source],
      sha256,
      concurrency: CONCURRENCY,
      onTile: (tile, hashes) => older?.seen.visit(tile, hashes),
      onEntries(_n, bundle) {
        refuseFlaws(bundle);
        progress.advance(bundle.entries.length);
      },
    });
  } finally {
    progress.stop();
  }
  if (older !== undefined && !older.seen.isExtended()) {
    throw new LogFault('checkpoint', `the log does not extend the older checkpoint of size ${older.checkpoint.size}`);
  }
}

async function openLog(
  target: string,
  options: FsckOptions,
  terminal: Terminal,
): Promise<{ source: LogSource; checkpoint: Uint8Array }> {
  const sources = /^https?:\/\//i.test(target) ? await httpSources(target, options, terminal) : [await folder(target)];
  for (const source of sources) {
    const checkpoint = await source.read('checkpoint');
    if (checkpoint !== undefined) return { source, checkpoint };
  }
  throw unusable(`there is no checkpoint in ${target}`, 'Give the folder or address that checkpoint and tile/ are in.');
}

/** The address as given, and the place where a Vericlin service has its log. */
async function httpSources(url: string, options: FsckOptions, terminal: Terminal): Promise<LogSource[]> {
  const connectionOf = async (address: string): Promise<LogSource> =>
    httpSource(
      await connect({ url: address, ...(options.keyFile === undefined ? {} : { keyFile: options.keyFile }) }, terminal),
    );
  const base = url.replace(/\/+$/, '');
  return [await connectionOf(base), await connectionOf(`${base}/log`)];
}

async function folder(path: string): Promise<LogSource> {
  try {
    if ((await stat(path)).isDirectory()) return folderSource(path);
  } catch (cause) {
    throw unusable(`cannot read ${path} (${systemCode(cause) ?? 'unreadable'})`, undefined, cause);
  }
  throw unusable(`${path} is not a folder`);
}

async function olderSize(
  options: FsckOptions,
  signed: SignedCheckpoint,
  source: LogSource,
): Promise<{ checkpoint: Checkpoint; seen: OlderSize } | undefined> {
  if (options.since === undefined) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(options.since);
  } catch (cause) {
    throw unusable(`cannot read ${options.since} (${systemCode(cause) ?? 'unreadable'})`, undefined, cause);
  }
  let older: SignedCheckpoint;
  try {
    older = await verifyCheckpoint(readNote(options.since, bytes).note, [signed.key], source, nodePrimitives);
  } catch (thrown) {
    if (!(thrown instanceof LogFault)) throw thrown;
    throw unusable(`${options.since} is no older checkpoint of this log: ${thrown.message}`, undefined, thrown);
  }
  const { checkpoint } = older;
  if (checkpoint.size > signed.checkpoint.size) {
    throw new LogFault(
      'checkpoint',
      `the log has ${signed.checkpoint.size} entries, but had ${checkpoint.size} before`,
    );
  }
  return { checkpoint, seen: new OlderSize(checkpoint, nodePrimitives.sha256) };
}

function refuseFlaws(bundle: VerifiedBundle): void {
  bundle.entries.forEach((entry, i) => {
    const checked = checkEntry(nodePrimitives.sha256, entry);
    if (checked.kind === 'entry') return;
    const index = bundle.firstIndex + i;
    throw new LogFault(bundle.path, `entry ${index} ${checked.reason}`, index);
  });
}

function asJson({ signed, older, fault }: Findings): unknown {
  return {
    outcome: fault === undefined ? 'valid' : 'invalid',
    fault: fault === undefined ? null : { path: fault.path, index: fault.index ?? null, reason: fault.message },
    log:
      signed === undefined
        ? null
        : { origin: signed.checkpoint.origin, size: signed.checkpoint.size, root: encodeHex(signed.checkpoint.root) },
    key:
      signed === undefined
        ? null
        : {
            name: signed.key.name,
            id: signed.key.keyId,
            fingerprint: fingerprintOf(signed.key, nodePrimitives.sha256),
            pinned: signed.isPinned,
          },
    witnesses: signed?.witnesses ?? [],
    since: older === undefined ? null : { size: older.size, extended: fault === undefined },
  };
}

function asText(target: string, { signed, older, fault }: Findings): string {
  const lines = [`Log ${target}`];
  if (signed !== undefined) {
    const { checkpoint, key } = signed;
    lines.push(
      `  origin ${checkpoint.origin}, ${checkpoint.size} entries, root ${encodeHex(checkpoint.root)}`,
      `  signed by ${key.name}, key id ${key.keyId}`,
      `  fingerprint ${fingerprintOf(key, nodePrimitives.sha256)}`,
      signed.isPinned
        ? '  the key is the one given by --key'
        : '  the key is what the log says of itself: give the one you trust with --key',
      ...signed.witnesses.map((name) => `  cosigned by witness ${name}`),
    );
  }
  if (fault !== undefined) return `${lines.join('\n')}\nBAD: ${fault.path}: ${fault.message}\n`;
  lines.push('GOOD: every tile and every entry is what the checkpoint says.');
  if (older !== undefined) lines.push(`GOOD: it extends the older checkpoint of ${older.size} entries.`);
  return `${lines.join('\n')}\n`;
}
