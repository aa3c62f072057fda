/**
 * The service as a process, from its configuration to the last answer.
 *
 * @module
 */
import { startServer } from '../api/server.ts';
import { composeService } from './compose.ts';
import { configWarnings, type Config } from './config.ts';
import { createLogger, describeError } from './logging.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

function nextStopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolveSignal) => {
    for (const signal of STOP_SIGNALS) process.once(signal, resolveSignal);
  });
}

/**
 * Runs until SIGINT or SIGTERM, then answers what was accepted and stops. A second signal ends the process at once.
 * Prints `bootstrap key: vk_…` where one was generated, and `listening on http://HOST:PORT` when it is ready.
 *
 * @throws LedgerError what keeps it from starting, with what to do
 */
export async function runService(config: Config): Promise<void> {
  const logger = createLogger(config);
  for (const warning of configWarnings(config)) logger.warn({}, warning);
  const stopSignal = nextStopSignal();
  const service = await composeService(config, logger).catch((error: unknown) => {
    // The caller prints what to do; the log gets the code.
    const { errorClass, code } = describeError(error);
    logger.fatal({ errorClass, code }, 'cannot start');
    throw error;
  });
  try {
    const server = await startServer(service.edge, config);
    if (service.bootstrapKey !== undefined) process.stdout.write(`bootstrap key: ${service.bootstrapKey}\n`);
    process.stdout.write(`listening on ${server.url}\n`);
    logger.info({ host: server.host, port: server.port, size: service.ledger.status().size }, 'ready');
    const signal = await stopSignal;
    logger.info({ signal }, 'stopping');
    for (const again of STOP_SIGNALS) process.once(again, () => process.exit(1));
    await server.stop();
  } finally {
    await service.stop();
  }
  logger.info({}, 'stopped');
}
