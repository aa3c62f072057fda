import { createPublicKey } from 'node:crypto';
import { createServer } from 'node:http';
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOidcAuthenticator, type OidcAuthenticator } from '../../api/auth/oidc.ts';
import { LedgerError } from '../../ledger/errors.ts';
import { ROLES } from '../../ledger/ports.ts';
import { closeServer, portOf, startServer } from '../harness/http-server.ts';
import { startOidcProvider, type TestOidcProvider } from '../harness/oidc-provider.ts';

const AUDITOR = { vericlin_role: 'auditor' };
const nowSeconds = Math.floor(Date.now() / 1000);

let provider: TestOidcProvider;
let authenticate: OidcAuthenticator;

function authenticatorOf(issuer: string, options: { roleClaim?: string; actorClaim?: string } = {}): OidcAuthenticator {
  const { roleClaim = 'vericlin_role', actorClaim = 'sub' } = options;
  return createOidcAuthenticator({ issuer, audience: provider.audience, roleClaim, actorClaim }, Date.now);
}

beforeAll(async () => {
  provider = await startOidcProvider();
  authenticate = authenticatorOf(provider.issuer);
});
afterAll(async () => {
  await provider.stop();
});

describe('a token of the configured issuer', () => {
  it.each(['RS256', 'ES256', 'EdDSA'] as const)('signed with %s is taken', async (alg) => {
    const token = await provider.accessToken({ alg, claims: AUDITOR });
    expect(decodeProtectedHeader(token)).toMatchObject({ alg, typ: 'at+jwt' });
    expect(await authenticate(token)).toEqual({
      id: `oidc:${provider.issuer}#${provider.audience}`,
      role: 'auditor',
      actor: provider.audience,
      grants: [],
    });
  });

  it.each(ROLES)('with role %s', async (role) => {
    expect(await authenticate(await provider.accessToken({ claims: { vericlin_role: role } }))).toMatchObject({ role });
  });

  it('may carry role and actor in other claims', async () => {
    const other = authenticatorOf(provider.issuer, { roleClaim: 'https://hospital.example/roles', actorClaim: 'npi' });
    const claims = { 'https://hospital.example/roles': ['staff', 'clinician'], npi: 'dr-7' };
    expect(await other(await provider.accessToken({ claims }))).toMatchObject({ role: 'clinician', actor: 'dr-7' });
    expect(await other(await provider.accessToken({ claims: AUDITOR }))).toBeUndefined();
  });
});

describe('a token is refused', () => {
  it.each([
    ['for another audience', { audience: 'other-api', claims: AUDITOR }],
    ['expired', { claims: { ...AUDITOR, exp: nowSeconds - 3_600 } }],
    ['without expiry', { claims: AUDITOR, without: ['exp'] }],
    ['not valid yet', { claims: { ...AUDITOR, nbf: nowSeconds + 3_600 } }],
    ['naming another issuer', { claims: { ...AUDITOR, iss: 'https://other.example' } }],
    ['with a role that is none', { claims: { vericlin_role: 'superuser' } }],
    ['with a role in other letters', { claims: { vericlin_role: 'Auditor' } }],
    ['with two roles', { claims: { vericlin_role: ['auditor', 'admin'] } }],
    ['with a role that is no text', { claims: { vericlin_role: { auditor: true } } }],
    ['without a role', { claims: {} }],
    ['without a subject', { claims: AUDITOR, without: ['sub'] }],
    ['that is opaque', { format: 'opaque' as const }],
  ])('%s', async (_why, request) => {
    expect(await authenticate(await provider.accessToken(request))).toBeUndefined();
  });

  it('that is an ID token for the same audience, with a role', async () => {
    const token = await provider.otherToken('idtoken', { ...AUDITOR, sub: 'someone' });
    expect(decodeJwt(token)).toMatchObject({
      ...AUDITOR,
      aud: provider.audience,
      iss: provider.issuer,
      sub: 'someone',
    });
    expect(await authenticate(token)).toBeUndefined();
  });

  it('that is a logout token', async () => {
    const token = await provider.otherToken('logout', { ...AUDITOR, sub: 'someone' });
    expect(decodeProtectedHeader(token).typ).toBe('logout+jwt');
    expect(await authenticate(token)).toBeUndefined();
  });

  it('with algorithm none', async () => {
    const claims = decodeJwt(await provider.accessToken({ claims: AUDITOR }));
    const token = new UnsecuredJWT(claims).encode();
    expect(decodeProtectedHeader(token).alg).toBe('none');
    expect(await authenticate(token)).toBeUndefined();
    const [, payload] = token.split('.');
    const header = btoa(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).replaceAll('=', '');
    expect(await authenticate(`${header}.${payload}.`)).toBeUndefined();
  });

  it('signed with the public key as if it were a shared secret', async () => {
    const response = await fetch(`${provider.issuer}/jwks`);
    const { keys } = (await response.json()) as { readonly keys: readonly JWK[] };
    const jwk = keys.find(({ kid }) => kid === 'RS256-key')!;
    const pem = createPublicKey({ key: jwk as Record<string, string>, format: 'jwk' }).export({
      format: 'pem',
      type: 'spki',
    });
    const token = await new SignJWT(decodeJwt(await provider.accessToken({ claims: AUDITOR })))
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'RS256-key' })
      .sign(Buffer.from(pem));
    expect(await authenticate(token)).toBeUndefined();
  });

  it('with a changed payload', async () => {
    const [header, payload, signature] = (await provider.accessToken({ claims: AUDITOR })).split('.');
    const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as object;
    const changed = Buffer.from(JSON.stringify({ ...claims, vericlin_role: 'admin' })).toString('base64url');
    expect(await authenticate(`${header}.${changed}.${signature}`)).toBeUndefined();
  });

  it('of another provider with the same claims', async () => {
    const stranger = await startOidcProvider();
    try {
      const own = await stranger.accessToken({ claims: AUDITOR });
      const posing = await stranger.accessToken({ claims: { ...AUDITOR, iss: provider.issuer } });
      expect(await authenticate(own)).toBeUndefined();
      expect(await authenticate(posing)).toBeUndefined();
    } finally {
      await stranger.stop();
    }
  });

  it.each(['', '.', '..', 'a.b.c', 'not a token', `${'A'.repeat(5000)}.A.A`])('that is no JWT: %j', async (token) => {
    expect(await authenticate(token)).toBeUndefined();
  });
});

describe('the issuer', () => {
  it('that is down is said to be unavailable, not to have refused', async () => {
    const token = await provider.accessToken({ claims: AUDITOR });
    const gone = await startServer(() => undefined);
    await gone.close();
    await expect(authenticatorOf(gone.url)(token)).rejects.toMatchObject({ code: 'issuer_unavailable' });
  });

  it('whose discovery document names another issuer is not trusted', async () => {
    const token = await provider.accessToken({ claims: AUDITOR });
    const liar = createServer((_request, response) => {
      void fetch(`${provider.issuer}/.well-known/openid-configuration`)
        .then((answer) => answer.text())
        .then((text) => response.end(text));
    });
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve));
    try {
      const error: unknown = await authenticatorOf(`http://127.0.0.1:${portOf(liar)}`)(token).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(LedgerError);
    } finally {
      await closeServer(liar);
    }
  });

  it('that comes up later is asked again', async () => {
    let isUp = false;
    const server = await startServer((request, response) => {
      if (!isUp) {
        response.writeHead(503).end();
        return;
      }
      void fetch(`${provider.issuer}${request.url ?? ''}`)
        .then((answer) => answer.text())
        .then((text) => response.end(text.replaceAll(provider.issuer, server.url)));
    });
    let nowMs = 0;
    const late = createOidcAuthenticator(
      { issuer: server.url, audience: provider.audience, roleClaim: 'vericlin_role', actorClaim: 'sub' },
      () => nowMs,
    );
    try {
      const token = await provider.accessToken({ claims: { ...AUDITOR, iss: server.url } });
      await expect(late(token)).rejects.toMatchObject({ code: 'issuer_unavailable' });
      isUp = true;
      nowMs += 60_000;
      expect(await late(token)).toMatchObject({ role: 'auditor' });
    } finally {
      await server.close();
    }
  });
});
