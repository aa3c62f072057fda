/**
 * API keys and KEK rotation.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { LedgerError } from '../../ledger/errors.ts';
import { parseEventTime } from '../../ledger/event/index.ts';
import type { ApiKeyRecord } from '../../ledger/ports.ts';
import { hashSecret, newSecret, secretPrefix, type ApiKeyAuthenticator } from '../auth/api-keys.ts';
import { recordConfigChange } from '../config-record.ts';
import type { Call, Handlers, Schema } from '../handler.ts';
import { jsonReply, NO_STORE, type Reply } from '../http/reply.ts';
import type { HandlerDeps } from './handler-deps.ts';

const DAY_MS = 86_400_000;
/** External auditors are time-boxed (DESIGN.md §6). */
const AUDITOR_DEFAULT_DAYS = 30;
const AUDITOR_LONGEST_DAYS = 366;

function toJson(key: ApiKeyRecord): Schema<'Key'> {
  return {
    ...key,
    grants: [...key.grants],
    expiresAt: key.expiresAt ?? null,
    revokedAt: key.revokedAt ?? null,
    lastUsedAt: key.lastUsedAt ?? null,
  };
}

function refuse(message: string, pointer: string): never {
  throw new LedgerError('invalid_value', message, { pointer });
}

/** When a new key ends, as RFC 3339. @throws LedgerError `invalid_value`, `invalid_time` */
function expiryOf({ role, expiresAt }: Schema<'KeyRequest'>, nowMs: number): string | undefined {
  const isAuditor = role === 'auditor';
  if (expiresAt === undefined) {
    return isAuditor ? new Date(nowMs + AUDITOR_DEFAULT_DAYS * DAY_MS).toISOString() : undefined;
  }
  const endMs = parseEventTime(expiresAt);
  if (endMs === undefined)
    throw new LedgerError('invalid_time', 'expiresAt does not exist.', { pointer: '/expiresAt' });
  if (endMs <= nowMs) refuse('expiresAt must lie ahead.', '/expiresAt');
  if (isAuditor && endMs > nowMs + AUDITOR_LONGEST_DAYS * DAY_MS) {
    refuse(`Keys of auditors end after ${AUDITOR_LONGEST_DAYS} days at the latest.`, '/expiresAt');
  }
  return new Date(endMs).toISOString();
}

function requireGrantable({ role, grants }: Schema<'KeyRequest'>): void {
  const mayHavePhi = role === 'auditor' || role === 'ai-governance';
  if (!mayHavePhi && grants !== undefined && grants.length > 0) {
    refuse('Only auditors and ai-governance can be granted phi.', '/grants');
  }
}

/** A clinician is known in envelopes by an id of its own: the name, unless another is given. Others are known by their key. */
function actorOf({ role, name, actor }: Schema<'KeyRequest'>, id: string): string {
  return actor ?? (role === 'clinician' ? name : `key:${id}`);
}

async function createKey(deps: HandlerDeps, { principal, body }: Call<'createKey'>): Promise<Reply> {
  requireGrantable(body);
  const id = randomUUID();
  const secret = newSecret();
  const { role, name, grants = [] } = body;
  const expiresAt = expiryOf(body, deps.now());
  const detail = { grants: [...grants], ...(expiresAt === undefined ? {} : { expiresAt }) };
  // Recorded first: a crash after it leaves a record of a key that nobody has.
  await recordConfigChange(deps, principal, { change: 'api_key_created', keyId: id, keyName: name, role, detail });
  const key = await deps.ledger.apiKeys.create({
    id,
    role,
    name,
    actor: actorOf(body, id),
    grants,
    prefix: secretPrefix(secret),
    expiresAt,
    hash: hashSecret(secret),
  });
  return jsonReply(201, { ...toJson(key), key: secret });
}

async function revokeKey(deps: HandlerDeps, cache: ApiKeyAuthenticator, call: Call<'revokeKey'>): Promise<Reply> {
  const id = call.path.id.toLowerCase();
  // Revoked first: it must not depend on the log. A record that failed is made up for by revoking again.
  if (!(await deps.ledger.apiKeys.revoke(id))) throw new LedgerError('not_found', 'There is no such key.');
  cache.forget(id);
  await recordConfigChange(deps, call.principal, { change: 'api_key_revoked', keyId: id });
  return { status: 204, headers: NO_STORE, body: undefined };
}

type Operation = 'createKey' | 'listKeys' | 'revokeKey' | 'rotateKek';

/** Keys. */
export function keyHandlers(deps: HandlerDeps, cache: ApiKeyAuthenticator): Pick<Handlers, Operation> {
  return {
    createKey: (call) => createKey(deps, call),
    listKeys: async () => jsonReply(200, { keys: (await deps.ledger.apiKeys.list()).map(toJson) }),
    revokeKey: (call) => revokeKey(deps, cache, call),
    rotateKek: async ({ principal }) => jsonReply(200, await deps.ledger.rotateKek(principal)),
  };
}
