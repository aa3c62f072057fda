/** A real OpenID provider (oidc-provider) on loopback that issues client_credentials JWTs with a role. @module */
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { closeServer, portOf } from './http-server.ts';

export type TokenAlgorithm = 'RS256' | 'ES256' | 'EdDSA';

export interface TokenRequest {
  readonly alg?: TokenAlgorithm;
  readonly audience?: string;
  /** Claims beside those that the provider makes itself; they win over its `exp`, `iss`, `nbf`. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Claims that are left out. */
  readonly without?: readonly string[];
  readonly format?: 'jwt' | 'opaque';
}

export interface TestOidcProvider {
  readonly issuer: string;
  /** The audience of tokens unless the request says otherwise; also the id of the client that asks. */
  readonly audience: string;
  /** An access token, asked for over HTTP with client_secret_basic. */
  readonly accessToken: (request: TokenRequest) => Promise<string>;
  /** A token that is no access token, for the same audience, with these claims. */
  readonly otherToken: (use: 'idtoken' | 'logout', claims: Readonly<Record<string, unknown>>) => Promise<string>;
  readonly stop: () => Promise<void>;
}

const AUDIENCE = 'vericlin-api';
const SECRET = 'a-secret-for-this-test-run-only';
/** What a token should be stands in the query of the resource indicator (RFC 8707) that it is asked for. */
const RESOURCE = 'https://api.example/resource';

/** Starts the provider on a free port: it listens first, since the port is part of the issuer's URL. */
export async function startOidcProvider(): Promise<TestOidcProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${portOf(server)}`;
  const provider = new Provider(issuer, await configuration());
  server.on('request', provider.callback());
  return {
    issuer,
    audience: AUDIENCE,
    accessToken: (request) => askForToken(issuer, request),
    otherToken: async (use, claims) => {
      const client = await provider.Client.find(AUDIENCE);
      const token = new provider.IdToken({}, { client, ctx: undefined });
      for (const [name, value] of Object.entries(claims)) token.set(name, value);
      return await token.issue({ use });
    },
    stop: () => closeServer(server),
  };
}

async function configuration(): Promise<Readonly<Record<string, unknown>>> {
  return {
    clients: [
      {
        client_id: AUDIENCE,
        client_secret: SECRET,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    jwks: { keys: await Promise.all([newJwk('RS256'), newJwk('ES256'), newJwk('EdDSA')]) },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context: unknown, resource: string) => resourceServer(readRequest(resource)),
      },
    },
    formats: { customizers: { jwt: addClaims } },
  };
}

async function newJwk(alg: TokenAlgorithm): Promise<object> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `${alg}-key` };
}

function resourceServer({ alg = 'RS256', audience = AUDIENCE, format = 'jwt' }: TokenRequest): object {
  return { scope: '', audience, accessTokenTTL: 600, accessTokenFormat: format, jwt: { sign: { alg } } };
}

interface IssuedToken {
  readonly resourceServer: { identifier(): string };
}

function addClaims(_context: unknown, token: IssuedToken, jwt: { readonly payload: Record<string, unknown> }): void {
  const { claims, without = [] } = readRequest(token.resourceServer.identifier());
  Object.assign(jwt.payload, claims);
  for (const name of without) jwt.payload[name] = undefined;
}

function readRequest(resource: string): TokenRequest {
  return JSON.parse(new URL(resource).searchParams.get('request') ?? '{}') as TokenRequest;
}

async function askForToken(issuer: string, request: TokenRequest): Promise<string> {
  const resource = new URL(RESOURCE);
  resource.searchParams.set('request', JSON.stringify(request));
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${AUDIENCE}:${SECRET}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: resource.href }),
  });
  const body = (await response.json()) as { readonly access_token?: string };
  if (body.access_token === undefined) throw new Error(`no token: ${response.status} ${JSON.stringify(body)}`);
  return body.access_token;
}
