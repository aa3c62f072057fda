/**
 * JWTs of one OIDC issuer (RFC 7519, RFC 9068, RFC 8725). Everything in a token is attacker-controlled until its
 * signature, issuer, audience, type and expiry were checked.
 *
 * @module
 */
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { LedgerError } from '../../ledger/errors.ts';
import { ROLES, type Principal, type Role } from '../../ledger/ports.ts';

/** Signature algorithms that are taken (RFC 8725 §3.1): asymmetric ones alone, so that no public key is ever a secret. */
export const OIDC_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
/** RFC 9068 §2.1 and RFC 7519 §5.1; an ID token or a logout token of another type is refused. */
const TOKEN_TYPES: ReadonlySet<string> = new Set(['at+jwt', 'application/at+jwt', 'jwt']);
const CLOCK_TOLERANCE_SECONDS = 30;
const FETCH_TIMEOUT_MS = 5_000;
/** After a failed discovery, how long nothing is asked again. */
const COOLDOWN_MS = 5_000;
const LONGEST_ACTOR = 256;

/** Which tokens are taken, and what is read from them. */
export interface OidcOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly roleClaim: string;
  readonly actorClaim: string;
}

/** Answers the principal of a token, or `undefined` for a token that is not taken. @throws LedgerError `issuer_unavailable` */
export type OidcAuthenticator = (token: string) => Promise<Principal | undefined>;

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Keys fetched in the clear prove nothing. */
function isTrustworthy(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

function unavailable(cause: unknown): LedgerError {
  return new LedgerError('issuer_unavailable', 'The keys of the token issuer could not be read. Retry later.', {
    cause,
  });
}

/** OpenID Connect Discovery 1.0 §4: the document's issuer must be the one that was asked for. */
async function discoverKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const url = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok) throw new Error('discovery was refused');
  const document = discovery.parse(await response.json());
  const keys = new URL(document.jwks_uri);
  if (document.issuer !== issuer || !isTrustworthy(keys)) throw new Error('the discovery document is not usable');
  return createRemoteJWKSet(keys, { timeoutDuration: FETCH_TIMEOUT_MS });
}

/** A string, or an array with exactly one known role. */
function roleOf(claim: unknown): Role | undefined {
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  const known = ROLES.filter((role) => values.includes(role));
  return known.length === 1 ? known[0] : undefined;
}

function toPrincipal(payload: JWTPayload, options: OidcOptions): Principal | undefined {
  const role = roleOf(payload[options.roleClaim]);
  const actor = payload[options.actorClaim];
  if (role === undefined || typeof payload.sub !== 'string' || payload.sub === '') return undefined;
  if (typeof actor !== 'string' || actor === '' || actor.length > LONGEST_ACTOR) return undefined;
  return { id: `oidc:${options.issuer}#${payload.sub}`, role, actor, grants: [] };
}

async function verify(token: string, keys: JWTVerifyGetKey, options: OidcOptions): Promise<Principal | undefined> {
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    issuer: options.issuer,
    audience: options.audience,
    algorithms: OIDC_ALGORITHMS,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ['exp', 'sub'],
  });
  const type = protectedHeader.typ?.toLowerCase();
  return type !== undefined && TOKEN_TYPES.has(type) ? toPrincipal(payload, options) : undefined;
}

/** Errors that say that the issuer could not be asked, and nothing of the token. */
function isIssuerFault(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return true;
  return (
    error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === 'ERR_JOSE_GENERIC'
  );
}

/** Reads the issuer's keys lazily: the service starts while the issuer is down. */
export function createOidcAuthenticator(options: OidcOptions, now: () => number): OidcAuthenticator {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  let retryAt = 0;
  const keySet = async (): Promise<JWTVerifyGetKey> => {
    if (keys === undefined) {
      if (now() < retryAt) throw unavailable(undefined);
      keys = discoverKeys(options.issuer);
    }
    try {
      return await keys;
    } catch (error) {
      keys = undefined;
      retryAt = now() + COOLDOWN_MS;
      throw unavailable(error);
    }
  };
  return async (token) => {
    const set = await keySet();
    try {
      return await verify(token, set, options);
    } catch (error) {
      if (isIssuerFault(error)) throw unavailable(error);
      return undefined;
    }
  };
}
