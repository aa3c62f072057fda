/** Where the database is: embedded, or external by URL. @module */
import type { DatabaseTarget } from '../ledger/store/postgres/pool.ts';
import type { Config } from './config.ts';
import { startEmbedded } from './postgres/embedded.ts';

export interface Database {
  readonly target: DatabaseTarget;
  readonly stop: () => Promise<void>;
}

/** Starts the embedded database, or takes the URLs. */
export async function openDatabase(config: Config, dataDir: string, log: (message: string) => void): Promise<Database> {
  if (config.databaseUrl === undefined) {
    const embedded = await startEmbedded({ dataDir, log });
    return { target: { owner: embedded.connection, writer: undefined }, stop: embedded.stop };
  }
  const writer = config.databaseWriterUrl;
  return {
    target: {
      owner: { connectionString: config.databaseUrl },
      writer: writer === undefined ? undefined : { connectionString: writer },
    },
    stop: () => Promise.resolve(),
  };
}
