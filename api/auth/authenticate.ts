/**
 * From the `Authorization` header to a principal.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import type { Principal } from '../../ledger/ports.ts';
import type { ApiKeyAuthenticator } from './api-keys.ts';
import type { OidcAuthenticator } from './oidc.ts';

/** RFC 6750 §2.1; the scheme in any case (RFC 9110 §11.1). */
const BEARER = /^bearer ([A-Za-z0-9._~+/-]{1,8192}=*)$/i;
/** RFC 7515 §3.1: three parts. Secrets of ours hold no dots. */
const JWT = /^[\w-]+\.[\w-]*\.[\w-]*$/;

/** A credential was presented and is not good: recorded, unlike its absence. */
export class BadCredentialError extends LedgerError {
  constructor() {
    super('unauthenticated', 'The credential is unknown, expired or revoked, or the token is not valid here.');
    this.name = 'BadCredentialError';
  }
}

/** @throws BadCredentialError; LedgerError `issuer_unavailable`, `store_unavailable` */
export type Authenticate = (authorization: string | undefined) => Promise<Principal | undefined>;

/** Answers `undefined` when no credential was presented. */
export function createAuthenticate(apiKeys: ApiKeyAuthenticator, oidc: OidcAuthenticator | undefined): Authenticate {
  return async (authorization) => {
    if (authorization === undefined) return undefined;
    const credential = BEARER.exec(authorization)?.[1];
    if (credential === undefined) throw new BadCredentialError();
    const isToken = oidc !== undefined && JWT.test(credential);
    const principal = await (isToken ? oidc(credential) : apiKeys.authenticate(credential));
    if (principal === undefined) throw new BadCredentialError();
    return principal;
  };
}
