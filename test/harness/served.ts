/** A composed service behind its real HTTP edge on loopback, with one API key for every role. */
import { hashSecret, newSecret, secretPrefix } from '../../api/auth/api-keys.ts';
import type { EdgeDeps } from '../../api/edge-deps.ts';
import { startServer, type RunningServer, type ServerOptions } from '../../api/server.ts';
import { ROLES, type Role } from '../../ledger/ports.ts';
import { startComposed, type Composed } from './composed.ts';

export interface Served {
  readonly composed: Composed;
  readonly server: RunningServer;
  readonly url: string;
  /** Secrets by role; the clinician's actor is `clinician`. */
  readonly keys: Readonly<Record<Role, string>>;
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  readonly stop: () => Promise<void>;
}

export interface CallOptions {
  readonly role?: Role;
  /** Instead of a role's key. */
  readonly key?: string;
  /** JSON unless it is text or bytes. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, in the form that the test expects (`like` only names it); throws if it is none. */
  readonly json: <T = Record<string, unknown>>(like?: T) => T;
}

export const SERVER_OPTIONS: ServerOptions = {
  host: '127.0.0.1',
  port: 0,
  maxConnections: 1024,
  stopTimeoutSeconds: 10,
};

export interface ServedOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Changes what the edge gets, to put faults in. */
  readonly edge?: (edge: EdgeDeps) => EdgeDeps;
}

export function caller(url: string, keys: Readonly<Record<Role, string>>): Served['call'] {
  return async (method, path, { role, key, body, headers } = {}) => {
    const secret = key ?? (role === undefined ? undefined : keys[role]);
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: () => JSON.parse(text) as never,
    };
  };
}

export async function startServed({ env = {}, edge = (deps) => deps }: ServedOptions = {}): Promise<Served> {
  const composed = await startComposed(env);
  const { ledger } = composed.service;
  const keys: Partial<Record<Role, string>> = {};
  for (const role of ROLES) {
    const secret = newSecret();
    await ledger.apiKeys.create({
      id: crypto.randomUUID(),
      role,
      name: role,
      actor: role,
      grants: [],
      prefix: secretPrefix(secret),
      expiresAt: undefined,
      hash: hashSecret(secret),
    });
    keys[role] = secret;
  }
  const server = await startServer(edge(composed.service.edge), SERVER_OPTIONS);
  const all = keys as Record<Role, string>;
  return {
    composed,
    server,
    url: server.url,
    keys: all,
    call: caller(server.url, all),
    stop: async () => {
      await server.stop();
      await composed.stop();
    },
  };
}
