/**
 * The embedded PostgreSQL: made, started, watched and stopped by the service. It survives kill -9 of either side: a
 * server that outlived its service is taken over, one that died is started again.
 *
 * @module
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';
import { LedgerError } from '../../ledger/errors.ts';
import { findPrograms, type PostgresPrograms } from './binaries.ts';
import { chooseRunAs, type RunAs } from './run-as.ts';

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly log: (message: string) => void;
}

export interface EmbeddedPostgres {
  /** How the owner connects: a socket in a folder that only this user may enter. */
  readonly connection: pg.ClientConfig;
  /** Fast shutdown: connections end, everything is flushed. */
  readonly stop: () => Promise<void>;
}

const OWNER = 'vericlin';
const DATABASE = 'vericlin';
/** Between the folder's name and a random end, while the cluster is being made. */
const MAKING = '.initialising-';
/** Names the socket; nothing listens on TCP. */
const PORT = 5432;
/** Unix socket paths end at 107 bytes; what PostgreSQL adds to the folder takes up to 20. */
const MAX_SOCKET_FOLDER = 85;
const START_TIMEOUT_MS = 60_000;
const WATCH_MS = 300;
const MAX_LOG_BYTES = 10_000_000;

/** A sixteenth of the memory: the indexes of a million events stay in it on a usual server. PostgreSQL takes it as it needs it. */
function sharedBuffersMb(): number {
  return Math.round(Math.min(1_024, Math.max(128, totalmem() / 16 / 1024 ** 2)));
}

/** Settings with their reasons. Durability stays at its safe defaults: fsync, full_page_writes and synchronous_commit on. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '', // sockets only
  max_connections: '60',
  shared_buffers: `${sharedBuffersMb()}MB`,
  max_wal_size: '2GB', // fewer full-page images under a steady load
  min_wal_size: '256MB',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: '0.9',
  huge_pages: 'off',
  jit: 'off',
  // No statement, no parameter and no row ever goes into PostgreSQL's log (invariant 5).
  log_statement: 'none',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_error_verbosity: 'terse',
  log_min_messages: 'fatal',
};

interface Cluster {
  readonly folder: string;
  readonly socketFolder: string;
  readonly programs: PostgresPrograms;
  readonly runAs: RunAs;
  readonly log: (message: string) => void;
}

function command(cluster: Cluster, program: string, args: readonly string[]): { file: string; args: string[] } {
  const [file = program, ...rest] = [...cluster.runAs.prefix, program, ...args];
  return { file, args: rest };
}

function spawnOptions({ runAs, programs, folder }: Cluster): object {
  const { uid, gid } = runAs;
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC', ...programs.env };
  return { cwd: folder, env, ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) };
}

const WHOLE = 'vericlin-initialised';

/** A folder that somebody else made is never touched. */
function refuseForeign(folder: string): void {
  if (!existsSync(folder) || existsSync(join(folder, WHOLE)) || readdirSync(folder).length === 0) return;
  throw new LedgerError(
    'database_incompatible',
    'the folder "postgres" in the data folder was not made by Vericlin: choose another VERICLIN_DATA_DIR',
  );
}

/** What a start that was killed left behind. Its initdb may still be writing: then it goes at the next start. */
function removeUnfinished(folder: string): void {
  for (const name of readdirSync(dirname(folder))) {
    if (!name.startsWith(`${basename(folder)}${MAKING}`)) continue;
    try {
      rmSync(join(dirname(folder), name), { recursive: true, force: true, maxRetries: 3 });
    } catch {
      continue;
    }
  }
}

/**
 * Makes the cluster beside its place and moves it there when it is whole: a start that was killed in between leaves the
 * place empty, and an initdb that outlived it writes where nobody looks.
 */
function initialise(cluster: Cluster): void {
  if (existsSync(join(cluster.folder, WHOLE))) return;
  removeUnfinished(cluster.folder);
  const making = mkdtempSync(`${cluster.folder}${MAKING}`);
  const { uid, gid } = cluster.runAs;
  if (uid !== undefined) chownSync(making, uid, gid ?? uid);
  const flags = ['-D', making, '-U', OWNER, '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-instructions'];
  const { file, args } = command(cluster, cluster.programs.initdb, flags);
  const options = {
    ...spawnOptions({ ...cluster, folder: making }),
    encoding: 'utf8',
    timeout: START_TIMEOUT_MS,
  } as const;
  const result = spawnSync(file, args, options);
  if (result.status !== 0) {
    const reason = result.stderr.trim().split('\n').at(-1) ?? 'no reason given';
    throw new LedgerError('store_unavailable', `the embedded database cannot be made: ${reason}`);
  }
  const lines = Object.entries(SETTINGS).map(([name, value]) => `${name} = '${value}'`);
  appendFileSync(join(making, 'postgresql.conf'), `\n# Vericlin\n${lines.join('\n')}\n`);
  writeFileSync(join(making, WHOLE), '');
  renameSync(making, cluster.folder);
}

interface PidFile {
  readonly pid: number;
  readonly socketFolder: string;
}

/** postmaster.pid: line 1 the process, line 5 the socket folder. */
function readPidFile(folder: string): PidFile | undefined {
  try {
    const lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    const socketFolder = lines[4] ?? '';
    return Number.isSafeInteger(pid) && pid > 1 && socketFolder !== '' ? { pid, socketFolder } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the process lives and is a PostgreSQL: after a reboot the number may be another program's. */
function isServer(pid: number | undefined): pid is number {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'postgres';
  } catch {
    return false;
  }
}

async function answers(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client({ ...connection, database: 'postgres', connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** PostgreSQL takes a list of socket folders, split at commas, and keeps the first in a line of its pid file. */
const NOT_IN_SOCKET_FOLDER = /[,"\r\n]/;

/** A folder for the socket that only the database's user may enter, on a path that is short and plain enough. */
function socketFolderOf(folder: string, runAs: RunAs): string {
  if (Buffer.byteLength(folder) <= MAX_SOCKET_FOLDER && !NOT_IN_SOCKET_FOLDER.test(folder)) return folder;
  const made = mkdtempSync(join(tmpdir(), 'vericlin-pg-'));
  if (runAs.uid !== undefined) spawnSync('chown', [`${runAs.uid}:${runAs.gid ?? runAs.uid}`, made]);
  return made;
}

/**
 * Starts the embedded PostgreSQL, or takes over one that runs already in this folder.
 * @throws LedgerError `store_unavailable`, `config_invalid`, `database_incompatible`
 */
export async function startEmbedded({ dataDir, log }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const folder = join(dataDir, 'postgres');
  refuseForeign(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const programs = findPrograms(join(dataDir, 'postgres-lib'));
  const runAs = chooseRunAs(folder, programs.postgres);
  const running = readPidFile(folder);
  const socketFolder = isServer(running?.pid) ? running.socketFolder : socketFolderOf(folder, runAs);
  const cluster: Cluster = { folder, socketFolder, programs, runAs, log };
  const connection = { host: socketFolder, port: PORT, user: OWNER, database: DATABASE };

  initialise(cluster);
  const server: { child: ChildProcess | undefined; isStopping: boolean } = { child: undefined, isStopping: false };

  async function ensureRunning(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (await answers(connection)) return;
      // A server that is starting, recovering or giving back its shared memory needs a moment more.
      if (!isServer(readPidFile(folder)?.pid) && server.child === undefined) {
        server.child = launch(cluster, () => {
          server.child = undefined;
        });
      }
      await sleep(50);
    }
    throw new LedgerError(
      'store_unavailable',
      'the embedded database does not start: see the file "postgres.log" in the data folder',
    );
  }

  let watching: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    if (server.isStopping || isServer(readPidFile(folder)?.pid)) return;
    log('the embedded database died and is started again');
    watching = watching.then(() => (server.isStopping ? undefined : ensureRunning())).catch(() => undefined);
  }, WATCH_MS);
  timer.unref();

  await ensureRunning();
  await ensureDatabase(connection);
  return {
    connection,
    stop: async () => {
      server.isStopping = true;
      clearInterval(timer);
      await watching;
      await stopServer(folder);
      if (socketFolder !== folder) rmSync(socketFolder, { recursive: true, force: true });
    },
  };
}

function launch(cluster: Cluster, onExit: () => void): ChildProcess {
  const args = ['-D', cluster.folder, '-p', String(PORT), '-k', cluster.socketFolder];
  const { file, args: words } = command(cluster, cluster.programs.postgres, args);
  const logFile = join(cluster.folder, '..', 'postgres.log');
  if (existsSync(logFile) && statSync(logFile).size > MAX_LOG_BYTES) truncateSync(logFile);
  const output = openSync(logFile, 'a', 0o600);
  // Its own process group: an interrupt typed at the terminal must reach the service first.
  const child = spawn(file, words, { ...spawnOptions(cluster), detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  child.on('exit', onExit);
  child.on('error', onExit);
  child.unref();
  return child;
}

async function ensureDatabase(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({ ...connection, database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

async function stopServer(folder: string): Promise<void> {
  const pid = readPidFile(folder)?.pid;
  if (!isServer(pid)) return;
  process.kill(pid, 'SIGINT'); // fast shutdown
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (isServer(pid) && Date.now() < deadline) await sleep(20);
}
