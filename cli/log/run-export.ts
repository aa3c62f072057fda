import { mkdir, readdir } from 'node:fs/promises';
import { z } from 'zod';
import { utf8Encode } from '../../ledger/canonical/bytes.ts';
import { formatVerifierKey, type VerifierKey } from '../../ledger/checkpoint/key.ts';
import { HASH_SIZE } from '../../ledger/merkle/hash.ts';
import { entriesPath, tilePath } from '../../ledger/merkle/tile-layout.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { CommandFailure, systemCode, unusable } from '../failure.ts';
import type { ExportOptions } from '../options.ts';
import { readPinnedKeys } from '../pinned-keys.ts';
import { startProgress, type Progress } from '../progress.ts';
import { readAnswer } from '../service/answer.ts';
import { connect } from '../service/connection.ts';
import { jsonLine, type Terminal } from '../terminal.ts';
import { LogFault } from './log-fault.ts';
import { folderSource, httpSource, writeLogFile, type LogSource } from './log-source.ts';
import { OlderSize } from './older-size.ts';
import { readNote, verifyCheckpoint, type SignedCheckpoint } from './signed-checkpoint.ts';
import { walkLog } from './walk-log.ts';

const CONCURRENCY = 8;
const EXPORT_FILES: ReadonlySet<string> = new Set(['checkpoint', 'key', 'tile']);
const exportSchema = z.object({ checkpoint: z.string(), access: z.string() });

/**
 * `vericlin export`. What the folder holds already is verified like what is fetched, so an interrupted export goes on
 * and an old one is brought up to date. The checkpoint is written last: a folder with one is complete.
 *
 * @throws CommandFailure
 */
export async function runExport(options: ExportOptions, terminal: Terminal): Promise<ExitCode> {
  const pinned = await readPinnedKeys(options.key === undefined ? [] : [options.key], nodePrimitives.sha256);
  await prepareFolder(options.out);
  const connection = await connect(options, terminal);
  const answer = await connection.json({ method: 'POST', path: '/v1/exports', body: '{"kind":"log"}' });
  const { checkpoint: note, access } = readAnswer(exportSchema, answer, connection.url);
  try {
    const service = httpSource(connection.under('/log'));
    const signed = await verifyCheckpoint(note, pinned, service, nodePrimitives);
    const fetched = await copyLog(signed, service, options, terminal);
    await writeLogFile(options.out, 'key', utf8Encode(`${formatVerifierKey(signed.key)}\n`));
    await writeLogFile(options.out, 'checkpoint', utf8Encode(note));
    summarise({ signed, access, fetched }, options, terminal);
    return EXIT.ok;
  } catch (thrown) {
    if (!(thrown instanceof LogFault)) throw thrown;
    throw new CommandFailure(EXIT.failed, `the log is not what it claims: ${thrown.path}: ${thrown.message}`, {
      code: 'log_invalid',
      next: `Nothing of it was taken over. Check the service with: vericlin fsck ${connection.url}/log`,
      cause: thrown,
    });
  }
}

/** @throws CommandFailure exit 2 where something else than an export is in the folder */
async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const strange = (await readdir(folder)).filter((name) => !EXPORT_FILES.has(name.replace(/\.tmp$/, '')));
    if (strange.length === 0) return;
  } catch (cause) {
    throw unusable(`cannot write to ${folder} (${systemCode(cause) ?? 'unwritable'})`, undefined, cause);
  }
  throw unusable(`${folder} holds other files than an export`, 'Give an empty or new folder with --out.');
}

async function copyLog(
  signed: SignedCheckpoint,
  service: LogSource,
  options: ExportOptions,
  terminal: Terminal,
): Promise<number> {
  const local = folderSource(options.out);
  const older = await earlierExport(local, signed.key, signed.checkpoint.size);
  const progress = await startProgress(terminal, {
    label: 'exporting',
    unit: 'entries',
    total: signed.checkpoint.size,
    silent: options.json === true,
  });
  try {
    return await walkAndWrite({ signed, service, local, older, progress, out: options.out });
  } finally {
    progress.stop();
  }
}

interface Copying {
  readonly signed: SignedCheckpoint;
  readonly service: LogSource;
  readonly local: LogSource;
  readonly older: OlderSize | undefined;
  readonly progress: Progress;
  readonly out: string;
}

/** Answers how many files were fetched. */
async function walkAndWrite({ signed, service, local, older, progress, out }: Copying): Promise<number> {
  let fetched = 0;
  const keep = async (path: string, bytes: Uint8Array, from: LogSource): Promise<void> => {
    if (from === local) return;
    fetched += 1;
    await writeLogFile(out, path, bytes);
  };
  await walkLog({
    checkpoint: signed.checkpoint,
    sources: [local, service],
    sha256: nodePrimitives.sha256,
    concurrency: CONCURRENCY,
    async onTile({ level, n }, hashes, from) {
      older?.visit({ level, n }, hashes);
      await keep(tilePath(level, n, hashes.length / HASH_SIZE), hashes, from);
    },
    async onEntries(n, bundle, from) {
      await keep(entriesPath(n, bundle.entries.length), bundle.bytes, from);
      progress.advance(bundle.entries.length);
    },
  });
  if (older !== undefined && !older.isExtended()) {
    throw new LogFault('checkpoint', 'the log does not extend the one that was exported into this folder before');
  }
  return fetched;
}

/** The checkpoint of an earlier export into the same folder, which the log must extend. */
async function earlierExport(local: LogSource, key: VerifierKey, size: number): Promise<OlderSize | undefined> {
  const bytes = await local.read('checkpoint');
  if (bytes === undefined) return undefined;
  let older: SignedCheckpoint;
  try {
    older = await verifyCheckpoint(readNote('checkpoint', bytes).note, [key], local, nodePrimitives);
  } catch (thrown) {
    if (!(thrown instanceof LogFault)) throw thrown;
    throw unusable(
      'the folder holds the export of another log, or a damaged one',
      'Give another folder with --out.',
      thrown,
    );
  }
  if (older.checkpoint.size > size) {
    const message = `it has ${size} entries, but had ${older.checkpoint.size} when it was exported into this folder before`;
    throw new LogFault('checkpoint', message);
  }
  return new OlderSize(older.checkpoint, nodePrimitives.sha256);
}

function summarise(
  done: { signed: SignedCheckpoint; access: string; fetched: number },
  options: ExportOptions,
  terminal: Terminal,
): void {
  const { signed, access, fetched } = done;
  const { origin, size } = signed.checkpoint;
  const key = formatVerifierKey(signed.key);
  if (options.json === true) {
    terminal.out(
      jsonLine({ out: options.out, origin, size, key, pinned: signed.isPinned, access, filesFetched: fetched }),
    );
    return;
  }
  const trust = signed.isPinned ? 'the key given by --key' : 'the key that the service says is its own';
  terminal.out(
    `Exported ${size} entries of ${origin} to ${options.out}, signed by ${trust}; ${fetched} files were new.\n`,
  );
}
