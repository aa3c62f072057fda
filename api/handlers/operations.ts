/**
 * Health, readiness, metrics.
 *
 * @module
 */
import type { AnchorStatus } from '../../ledger/anchor/status.ts';
import type { LogStatus } from '../../ledger/ports.ts';
import type { EdgeDeps } from '../edge-deps.ts';
import type { Handlers, Schema } from '../handler.ts';
import { jsonReply, NO_STORE, textReply } from '../http/reply.ts';

/**
 * Anchoring as `/readyz` shows it. `detail` repeats what peers and gateways said, which may name hosts of other
 * organisations: it is for callers on this machine, and stands in the service's log.
 */
function toAnchoring(status: AnchorStatus, withDetail: boolean): Schema<'AnchoringStatus'> {
  const { reason, detail, size, lagEntries, lagSeconds, isLeader, channel, chaincode, log } = status;
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(detail === undefined || !withDetail ? {} : { detail }),
    size,
    lagEntries,
    lagSeconds,
    isLeader,
    ...(channel === undefined ? {} : { channel }),
    ...(chaincode === undefined ? {} : { chaincode }),
    ...(log === undefined ? {} : { log }),
    endorsers: [...status.endorsers],
    certificates: status.certificates.map(({ name, notAfter }) => ({ name, notAfter })),
  };
}

/**
 * The log's condition as `/readyz` shows it. A chain that holds another history makes it not ready: a person has to look
 * (invariant 11). Whatever else becomes of the anchor, appends go on.
 *
 * @param isLocal whether the caller is on this machine
 */
export function toReadiness(status: LogStatus, isLocal: boolean): Schema<'Readiness'> {
  const { origin, size, signing, refusal, pendingEvents, database, anchor, witnesses } = status;
  const why = refusal === undefined ? {} : { reason: refusal.reason, detail: refusal.detail };
  return {
    ready: signing === 'ok' && database === 'ok' && anchor.state !== 'disagrees',
    database,
    log: { origin, size, signing, ...why, pendingEvents },
    anchor: anchor.state,
    ...(anchor.state === 'none' ? {} : { anchoring: toAnchoring(anchor, isLocal) }),
    witnesses: witnesses.map(({ name, size: cosigned, state }) => ({ name, size: cosigned, state })),
  };
}

/** Operations. */
export function operationHandlers(deps: EdgeDeps): Pick<Handlers, 'getHealth' | 'getReadiness' | 'getMetrics'> {
  return {
    getHealth: () => textReply('ok\n'),
    getReadiness: ({ isLocal }) => {
      const readiness = toReadiness(deps.ledger.status(), isLocal);
      return jsonReply(readiness.ready ? 200 : 503, readiness);
    },
    getMetrics: async () => ({
      status: 200,
      headers: ['Content-Type', deps.metrics.contentType, ...NO_STORE],
      body: await deps.metrics.expose(),
    }),
  };
}
