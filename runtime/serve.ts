/**
 * `vericlin serve`: reads the configuration, starts telemetry where it is wanted, then runs the service.
 *
 * @module
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseConfig, type Config } from './config.ts';

/**
 * An optional module that starts an OpenTelemetry SDK; the service itself depends on none. It is loaded before the HTTP server
 * and the database driver are, because instrumentations replace their functions as they load.
 */
async function loadTelemetry(config: Config): Promise<void> {
  if (config.otelModule !== undefined) await import(pathToFileURL(resolve(config.otelModule)).href);
}

/**
 * Runs until SIGINT or SIGTERM.
 * @throws LedgerError what keeps it from starting, with what to do
 */
export async function serve(): Promise<void> {
  const config = parseConfig(process.env, process.cwd());
  await loadTelemetry(config);
  const { runService } = await import('./run-service.ts');
  await runService(config);
}
