/** The machine and the settings that the figures belong to. @module */
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbedded } from '../../runtime/postgres/embedded.ts';
import { interruptPostgres } from './postgres-process.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  /** Where the data folders of the bench are. */
  readonly fileSystem: string;
  /** One-minute load average before the bench began: what else the machine was doing. */
  readonly loadBefore: number;
  /** As the server says, by `show`. */
  readonly postgres: Readonly<Record<string, string>>;
}

const SETTINGS = [
  'server_version',
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_sync_method',
  'wal_compression',
  'shared_buffers',
  'max_wal_size',
] as const;

/** Runs `use` on an embedded PostgreSQL as the service starts it, in a folder that is removed afterwards. */
export async function withPostgres<T>(
  workDir: string,
  use: (connection: EmbeddedPostgres['connection']) => Promise<T>,
): Promise<T> {
  const dataDir = join(workDir, 'postgres-alone');
  mkdirSync(dataDir, { recursive: true });
  const server = await startEmbedded({
    dataDir,
    log: (message) => {
      console.error(message);
    },
  });
  const endEarly = (): void => {
    interruptPostgres(dataDir);
  };
  process.once('exit', endEarly);
  try {
    return await use(server.connection);
  } finally {
    process.off('exit', endEarly);
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function readSettings(connection: pg.ClientConfig): Promise<Record<string, string>> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; value: string }>(
      'select name, current_setting(name) as value from pg_settings where name = any($1)',
      [[...SETTINGS]],
    );
    const values = new Map(rows.map(({ name, value }) => [name, value]));
    return Object.fromEntries(SETTINGS.map((name) => [name, values.get(name) ?? 'unknown']));
  } finally {
    await client.end();
  }
}

/** linux/magic.h; on tmpfs fsync costs nothing, and figures would flatter. */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x794c7630: 'overlayfs',
  0x01021994: 'tmpfs: IN MEMORY, fsync costs nothing here; use --dir',
};

function cpuModel(): string {
  const model = cpus()[0]?.model.trim() ?? '';
  if (model !== '' && model !== 'unknown') return model;
  if (!existsSync('/proc/cpuinfo')) return 'unknown';
  return /^model name\s*: (.+)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
}

/** Describes the machine; starts a PostgreSQL to ask it for its settings. */
export async function describeMachine(workDir: string): Promise<Machine> {
  const fileSystem = statfsSync(workDir).type;
  const loadBefore = loadavg()[0] ?? Number.NaN;
  return {
    cpu: cpuModel(),
    cores: availableParallelism(),
    memoryGb: totalmem() / 1e9,
    system: `${type()} ${release()}`,
    node: process.version,
    fileSystem: FILE_SYSTEMS[fileSystem] ?? `type 0x${fileSystem.toString(16)}`,
    loadBefore,
    postgres: await withPostgres(workDir, readSettings),
  };
}

/** For a person. */
export function machineText(machine: Machine): string {
  const postgres = Object.entries(machine.postgres).map(([name, value]) => `${name} ${value}`);
  return [
    `machine     ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb.toFixed(1)} GB, ${machine.system}`,
    `node        ${machine.node}`,
    `postgres    ${postgres.join(', ')}`,
    `data on     ${machine.fileSystem}`,
    `load before ${machine.loadBefore.toFixed(2)}: what else the machine was doing (figures want a quiet one)`,
    '',
  ].join('\n');
}
