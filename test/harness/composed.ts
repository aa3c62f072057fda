/** A real ledger over a real embedded PostgreSQL in a temporary folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEnvelopeValidator } from '../../ledger/event/validate.ts';
import type { Principal, Role } from '../../ledger/ports.ts';
import type { Envelope, JsonValue } from '../../ledger/types.ts';
import { composeService, type Service } from '../../runtime/compose.ts';
import { parseConfig } from '../../runtime/config.ts';
import { createLogger } from '../../runtime/logging.ts';

export interface Composed {
  readonly service: Service;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Stops the service and starts another one on the same data, `changed` in its environment from then on. */
  readonly restart: (changed?: Readonly<Record<string, string>>) => Promise<Service>;
  readonly stop: () => Promise<void>;
}

export function principal(role: Role, name: string = role): Principal {
  return { id: `key:${name}`, role, actor: name, grants: [] };
}

const validate = createEnvelopeValidator();
let made = 0;

/** A valid envelope; `members` override. Ids are fresh unless given. */
export function envelope(members: Readonly<Record<string, JsonValue>> = {}): Envelope {
  made += 1;
  const value: JsonValue = {
    type: 'prediction',
    occurredAt: '2026-11-23T10:15:00Z',
    subject: `MRN-${made % 7}`,
    encounter: `E-${made}`,
    model: { name: 'readmission', version: '3.1.0' },
    actor: { id: 'svc-scoring', purposeOfUse: 'TREAT' },
    payload: { riskScore: 0.83, confidenceInterval: [0.71, 0.9], anomalyFlag: false, inputDigest: `digest-${made}` },
    ...members,
  };
  return validate(value, { newId: () => crypto.randomUUID(), nowMs: Date.now(), pointer: '' });
}

export async function startComposed(extra: Readonly<Record<string, string>> = {}): Promise<Composed> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vericlin-test-'));
  const env: Record<string, string> = {
    VERICLIN_DATA_DIR: dataDir,
    VERICLIN_PORT: '0',
    VERICLIN_LOG_LEVEL: 'silent',
    ...extra,
  };
  let config = parseConfig(env, dataDir);
  const start = (): Promise<Service> => composeService(config, createLogger(config));
  let service = await start();
  return {
    get service() {
      return service;
    },
    dataDir,
    env,
    restart: async (changed = {}) => {
      await service.stop();
      config = parseConfig(Object.assign(env, changed), dataDir);
      service = await start();
      return service;
    },
    stop: async () => {
      await service.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
