/**
 * Health, readiness, metrics.
 *
 * @module
 */
import type { LogStatus } from '../../ledger/ports.ts';
import type { EdgeDeps } from '../edge-deps.ts';
import type { Handlers, Schema } from '../handler.ts';
import { jsonReply, NO_STORE, textReply } from '../http/reply.ts';

/** The log's condition as `/readyz` shows it. */
export function toReadiness(status: LogStatus): Schema<'Readiness'> {
  const { origin, size, signing, refusal, pendingEvents, database, anchor, witnesses } = status;
  const why = refusal === undefined ? {} : { reason: refusal.reason, detail: refusal.detail };
  return {
    ready: signing === 'ok' && database === 'ok',
    database,
    log: { origin, size, signing, ...why, pendingEvents },
    anchor: anchor.state,
    witnesses: witnesses.map(({ name, size: cosigned, state }) => ({ name, size: cosigned, state })),
  };
}

/** Operations. */
export function operationHandlers(deps: EdgeDeps): Pick<Handlers, 'getHealth' | 'getReadiness' | 'getMetrics'> {
  return {
    getHealth: () => textReply('ok\n'),
    getReadiness: () => {
      const readiness = toReadiness(deps.ledger.status());
      return jsonReply(readiness.ready ? 200 : 503, readiness);
    },
    getMetrics: async () => ({
      status: 200,
      headers: ['Content-Type', deps.metrics.contentType, ...NO_STORE],
      body: await deps.metrics.expose(),
    }),
  };
}
