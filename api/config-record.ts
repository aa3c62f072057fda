/**
 * Changes of the configuration that the edge makes are in the log: `config_change` events.
 *
 * @module
 */
import type { Principal } from '../ledger/ports.ts';
import type { JsonObject } from '../ledger/types.ts';
import type { RecordingDeps } from './access-record.ts';

/** What changed; holds no secret. */
export interface ConfigChange {
  readonly change: 'api_key_created' | 'api_key_revoked';
  readonly keyId: string;
  readonly keyName?: string;
  readonly role?: string;
  readonly detail?: JsonObject;
}

/** Appends one `config_change` event. @throws LedgerError when it could not */
export async function recordConfigChange(deps: RecordingDeps, by: Principal, change: ConfigChange): Promise<void> {
  const envelope = {
    id: deps.newId(),
    type: 'config_change' as const,
    occurredAt: new Date(deps.now()).toISOString(),
    actor: { id: by.actor },
    payload: { ...change, by: by.id },
  };
  await deps.ledger.append([envelope], by);
}
