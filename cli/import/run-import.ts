import { createHash } from 'node:crypto';
import { access, constants, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { systemCode, unusable } from '../failure.ts';
import type { ImportOptions } from '../options.ts';
import { startProgress } from '../progress.ts';
import { connect, ServiceRefusal, type Connection } from '../service/connection.ts';
import { jsonLine, type Terminal } from '../terminal.ts';
import { digestFile } from './event-id.ts';
import { ImportRun, KILO, type ImportJob } from './import-run.ts';
import { loadState, removeState, type ImportCounts, type ImportState } from './import-state.ts';
import { readMapping, type Mapping } from './mapping.ts';
import { preparedRows } from './prepare-rows.ts';
import { RejectFile } from './reject-file.ts';
import { wholeNumber } from '../whole-number.ts';

/**
 * `vericlin import`: exit 0 all in, 1 some rejected, 2 unusable input.
 * @throws CommandFailure
 */
export async function runImport(file: string, options: ImportOptions, terminal: Terminal): Promise<ExitCode> {
  const job = await readJob(file, options, terminal);
  if (options.dryRun === true) return await dryRun(job, options, terminal);
  const connection = await connect(options, terminal);
  // A wrong address is told at once; later a service that is away is waited for.
  await connection.send({ method: 'GET', path: '/healthz', retries: 1 });
  const state = await startingState(job, connection, options, terminal);
  const rejects = await RejectFile.open(job.rejectsPath, state.rejectsBytes);
  const progress = await startProgress(terminal, progressOf('importing', job, options));
  const run = new ImportRun(job, connection, rejects, state);
  try {
    await run.all(progress);
  } finally {
    progress.stop();
    await rejects.close();
    await run.keepState();
  }
  await removeState(job.statePath);
  return summarise(run.counts, job, options, terminal);
}

async function readJob(file: string, options: ImportOptions, terminal: Terminal): Promise<ImportJob> {
  const sizeBytes = await fileSize(file);
  const mapping = await mappingFor(file, options);
  const progress = await startProgress(terminal, {
    ...progressOf('reading', { sizeBytes }, options),
    // Small files are read before a bar could be seen.
    silent: options.json === true || sizeBytes < 64 << 20,
  });
  const fileDigest = await digestFile(file, (count) => {
    progress.advance(count / KILO);
  });
  progress.stop();
  const beside = await writablePlace(file);
  return {
    file,
    sizeBytes,
    fileDigest,
    mapping,
    statePath: options.state ?? `${beside}.import-state.json`,
    rejectsPath: options.rejects ?? `${beside}.rejects.ndjson`,
  };
}

/** Beside the file, or where that folder is read-only, in the working directory. */
async function writablePlace(file: string): Promise<string> {
  try {
    await access(dirname(file), constants.W_OK);
    return file;
  } catch {
    return basename(file);
  }
}

async function fileSize(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isFile()) return found.size;
  } catch (thrown) {
    throw unusable(`cannot read ${file} (${systemCode(thrown) ?? 'unreadable'})`, undefined, thrown);
  }
  throw unusable(`${file} is not a file`);
}

async function mappingFor(file: string, options: ImportOptions): Promise<Mapping | undefined> {
  const isNdjson = /\.(ndjson|jsonl)$/i.test(file);
  if (options.map !== undefined && isNdjson) throw unusable('a mapping is for CSV; NDJSON holds envelopes as they are');
  if (options.map !== undefined) return await readMapping(options.map);
  if (isNdjson) return undefined;
  throw unusable(
    `${file} needs a mapping: only .ndjson and .jsonl files go without`,
    'Write one as described in docs/import.md and give it with --map.',
  );
}

function progressOf(
  label: string,
  { sizeBytes }: { sizeBytes: number },
  options: ImportOptions,
): Parameters<typeof startProgress>[1] {
  return { label, unit: 'kB', total: Math.ceil(sizeBytes / KILO), silent: options.json === true };
}

/** Where to start: where the last run stopped, if it was of this file, mapping, service and log; else at the first row. */
async function startingState(
  job: ImportJob,
  connection: Connection,
  options: ImportOptions,
  terminal: Terminal,
): Promise<ImportState> {
  const same = {
    file: Buffer.from(job.fileDigest).toString('hex'),
    mapping: job.mapping === undefined ? '' : createHash('sha256').update(JSON.stringify(job.mapping)).digest('hex'),
    url: connection.url,
  };
  const fresh: ImportState = {
    format: 'vericlin-import-state/1',
    ...same,
    line: 0,
    rejectsBytes: 0,
    counts: { rows: 0, added: 0, repeated: 0, rejected: 0 },
  };
  const found = options.resume ? await loadState(job.statePath, same) : undefined;
  if (found === undefined) return fresh;
  if (found.probe !== undefined && !(await holdsEvent(connection, found.probe))) {
    terminal.err(
      'The log at this address is not the one that the interrupted import went to: starting at the first row.\n',
    );
    return fresh;
  }
  terminal.err(`Going on after line ${found.line}, where the last run stopped.\n`);
  return found;
}

async function holdsEvent(connection: Connection, id: string): Promise<boolean> {
  try {
    await connection.send({ method: 'GET', path: `/v1/events/${id}`, accept: 'application/json' });
    return true;
  } catch (thrown) {
    if (thrown instanceof ServiceRefusal && thrown.problem.status === 404) return false;
    throw thrown;
  }
}

async function dryRun(job: ImportJob, options: ImportOptions, terminal: Terminal): Promise<ExitCode> {
  const show = wholeNumber(options.show ?? '0', '--show');
  const rejects = await RejectFile.open(job.rejectsPath, 0);
  let counts: ImportCounts = { rows: 0, added: 0, repeated: 0, rejected: 0 };
  try {
    for await (const row of preparedRows(job)) {
      if (counts.rows < show) terminal.out(row.events.map((event) => `${event.text}\n`).join(''));
      await rejects.append(row.rejects);
      counts = {
        rows: counts.rows + 1,
        added: counts.added + row.events.length,
        repeated: 0,
        rejected: counts.rejected + row.rejects.length,
      };
    }
  } finally {
    await rejects.close();
  }
  return summarise(counts, job, options, terminal);
}

function summarise(counts: ImportCounts, job: ImportJob, options: ImportOptions, terminal: Terminal): ExitCode {
  const { rows, added, repeated, rejected } = counts;
  const rejects = rejected > 0 ? job.rejectsPath : undefined;
  if (options.json === true) {
    terminal.out(
      jsonLine({ dryRun: options.dryRun === true, rows, added, repeated, rejected, rejects: rejects ?? null }),
    );
  } else {
    const did =
      options.dryRun === true ? `${added} events would be sent` : `${added} events added, ${repeated} there already`;
    const also = rejects === undefined ? '' : `, ${rejected} rejected (see ${rejects})`;
    // A dry run prints events to stdout.
    (options.dryRun === true ? terminal.err : terminal.out)(`${rows} rows: ${did}${also}.\n`);
  }
  return rejected > 0 ? EXIT.failed : EXIT.ok;
}
