import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOidcAuthenticator, type OidcAuthenticator, type OidcOptions } from '../../../api/auth/oidc.ts';
import type { LedgerError } from '../../../ledger/errors.ts';

let server: Server;
let issuer: string;
let authenticate: OidcAuthenticator;
let privateKey: CryptoKey;
let publicPem: string;
let discoveries = 0;
/** What the discovery document says in place of the truth. */
let lie: object = {};

const AUDIENCE = 'vericlin-test';
const now = (): number => Math.floor(Date.now() / 1000);
const optionsOf = (members: Partial<OidcOptions> = {}): OidcOptions => ({
  issuer,
  audience: AUDIENCE,
  roleClaim: 'vericlin_role',
  actorClaim: 'sub',
  ...members,
});

beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true });
  privateKey = pair.privateKey;
  publicPem = await exportSPKI(pair.publicKey);
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/openid-configuration') {
      discoveries += 1;
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks`, ...lie }));
    } else response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  authenticate = createOidcAuthenticator(optionsOf(), Date.now);
});
afterAll(() => {
  server.close();
});

interface Token {
  readonly header?: object;
  readonly claims?: JWTPayload;
  readonly without?: readonly string[];
}

function claimsOf({ claims = {}, without = [] }: Token): JWTPayload {
  const all: JWTPayload = {
    iss: issuer,
    aud: AUDIENCE,
    sub: 'user-1',
    exp: now() + 300,
    vericlin_role: 'auditor',
    ...claims,
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)));
}

const sign = (token: Token = {}): Promise<string> =>
  new SignJWT(claimsOf(token))
    .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'at+jwt', ...token.header })
    .sign(privateKey);

describe('a token of the issuer', () => {
  it('is taken, and its keys are asked for once', async () => {
    expect(await authenticate(await sign())).toEqual({
      id: `oidc:${issuer}#user-1`,
      role: 'auditor',
      actor: 'user-1',
      grants: [],
    });
    await authenticate(await sign({ header: { typ: 'JWT' } }));
    expect(discoveries).toBe(1);
  });

  it('has its role as a text or as the only known one of an array', async () => {
    const roleOf = async (claim: unknown) =>
      (await authenticate(await sign({ claims: { vericlin_role: claim } })))?.role;
    expect(await roleOf(['offline_access', 'clinician'])).toBe('clinician');
    expect(await roleOf(['clinician', 'admin'])).toBeUndefined();
    for (const claim of ['root', '', 7, null, [], { role: 'admin' }]) expect(await roleOf(claim)).toBeUndefined();
  });

  it('names its actor by a claim', async () => {
    const byNpi = createOidcAuthenticator(optionsOf({ actorClaim: 'npi', roleClaim: 'role' }), Date.now);
    const claims = { npi: '1234567893', role: 'clinician' };
    expect(await byNpi(await sign({ claims }))).toMatchObject({ actor: '1234567893', role: 'clinician' });
    expect(await byNpi(await sign({ claims: { role: 'clinician' } }))).toBeUndefined();
  });
});

describe('a token that is confused or forged', () => {
  it.each([
    ['expired', { claims: { exp: now() - 60 } }],
    ['without expiry', { without: ['exp'] }],
    ['not valid yet', { claims: { nbf: now() + 120 } }],
    ['of another issuer', { claims: { iss: 'https://other.example' } }],
    ['for another audience', { claims: { aud: 'another-service' } }],
    ['without audience', { without: ['aud'] }],
    ['without subject', { without: ['sub'] }],
    ['without role', { without: ['vericlin_role'] }],
    ['without type', { header: { typ: undefined } }],
    ['of another type', { header: { typ: 'logout+jwt' } }],
    ['of an unknown key', { header: { kid: 'two' } }],
  ] satisfies [string, Token][])('%s is refused', async (_how, token) => {
    expect(await authenticate(await sign(token))).toBeUndefined();
  });

  it('is let in within the clock tolerance of 30 seconds', async () => {
    expect(await authenticate(await sign({ claims: { exp: now() - 10 } }))).toBeDefined();
  });

  it('with alg none is refused', async () => {
    expect(await authenticate(new UnsecuredJWT(claimsOf({})).encode())).toBeUndefined();
  });

  it('signed by HMAC with the public key is refused', async () => {
    const forged = await new SignJWT(claimsOf({}))
      .setProtectedHeader({ alg: 'HS256', kid: 'one', typ: 'at+jwt' })
      .sign(new TextEncoder().encode(publicPem));
    expect(await authenticate(forged)).toBeUndefined();
  });

  it('signed by a key that it brings along is refused', async () => {
    const own = await generateKeyPair('RS256', { extractable: true });
    const forged = await new SignJWT(claimsOf({}))
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', jwk: await exportJWK(own.publicKey) })
      .sign(own.privateKey);
    expect(await authenticate(forged)).toBeUndefined();
  });

  it('with one changed claim is refused', async () => {
    const [header = '', payload = '', signature = ''] = (await sign()).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const changed = Buffer.from(JSON.stringify({ ...claims, vericlin_role: 'admin' })).toString('base64url');
    expect(await authenticate(`${header}.${changed}.${signature}`)).toBeUndefined();
  });
});

describe('an issuer that cannot be asked', () => {
  const unavailable = expect.objectContaining({ code: 'issuer_unavailable' }) as LedgerError;

  it('is a fault of the issuer, not of the token, and is not asked at each request', async () => {
    const clock = { ms: 1_000_000 };
    lie = { issuer: 'https://other.example' };
    const mistaken = createOidcAuthenticator(optionsOf(), () => clock.ms);
    const before = discoveries;
    const token = await sign();
    await expect(mistaken(token)).rejects.toThrow(unavailable);
    await expect(mistaken(token)).rejects.toThrow(unavailable);
    expect(discoveries).toBe(before + 1);
    lie = {};
    clock.ms += 5_001;
    expect(await mistaken(token)).toBeDefined();
  });

  it('does not send its keys in the clear', async () => {
    lie = { jwks_uri: 'http://keys.example/jwks' };
    await expect(createOidcAuthenticator(optionsOf(), Date.now)(await sign())).rejects.toThrow(unavailable);
    lie = {};
  });
});
