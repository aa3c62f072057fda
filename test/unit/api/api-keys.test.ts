import { describe, expect, it } from 'vitest';
import { createApiKeyAuthenticator, hashSecret, newSecret, secretPrefix } from '../../../api/auth/api-keys.ts';
import { BadCredentialError, createAuthenticate } from '../../../api/auth/authenticate.ts';
import { BadCredentialThrottle } from '../../../api/auth/bad-credentials.ts';
import type { ApiKeyRecord, ApiKeyStore } from '../../../ledger/ports.ts';

const record = (members: Partial<ApiKeyRecord> = {}): ApiKeyRecord => ({
  id: '0197a1c2-7e3b-7c5d-9f21-4a6b8c0d2e4f',
  role: 'integrator',
  name: 'scoring',
  actor: 'svc-scoring',
  grants: [],
  prefix: 'vk_abcdef',
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: undefined,
  revokedAt: undefined,
  lastUsedAt: undefined,
  ...members,
});

/** A store in memory that counts what it is asked. */
function storeOf(secret: string, key: () => ApiKeyRecord | undefined) {
  const asked: string[][] = [];
  let lookUps = 0;
  const store = {
    findByHash: (hash: Uint8Array) => {
      lookUps += 1;
      return Promise.resolve(Buffer.compare(hash, hashSecret(secret)) === 0 ? key() : undefined);
    },
    touch: (ids: readonly string[]) => {
      asked.push([...ids]);
      return Promise.resolve();
    },
  } as unknown as ApiKeyStore;
  return { store, touched: asked, lookUps: () => lookUps };
}

describe('secrets', () => {
  it('have 256 random bits and a prefix that tells little', () => {
    const secret = newSecret();
    expect(secret).toMatch(/^vk_[A-Za-z0-9_-]{43}$/);
    expect(newSecret()).not.toBe(secret);
    expect(secretPrefix(secret)).toHaveLength(9);
    expect(hashSecret(secret)).toHaveLength(32);
  });
});

describe('authentication by API key', () => {
  const secret = newSecret();
  const authenticator = (key: () => ApiKeyRecord | undefined, clock = { ms: 1_000_000 }) => {
    const stored = storeOf(secret, key);
    const keys = createApiKeyAuthenticator(
      stored.store,
      () => clock.ms,
      () => undefined,
    );
    keys.close();
    return { keys, clock, ...stored };
  };

  it('answers the principal, and asks the store once a second', async () => {
    const { keys, clock, lookUps } = authenticator(record);
    const principal = { id: `key:${record().id}`, role: 'integrator', actor: 'svc-scoring', grants: [] };
    expect(await keys.authenticate(secret)).toEqual(principal);
    expect(await keys.authenticate(secret)).toEqual(principal);
    expect(lookUps()).toBe(1);
    clock.ms += 1_001;
    await keys.authenticate(secret);
    expect(lookUps()).toBe(2);
  });

  it('refuses unknown, revoked and expired keys', async () => {
    const revoked = authenticator(() => record({ revokedAt: '2026-01-01T00:00:00.000Z' }));
    expect(await revoked.keys.authenticate(secret)).toBeUndefined();
    expect(await revoked.keys.authenticate(newSecret())).toBeUndefined();
    const expiring = authenticator(() => record({ expiresAt: new Date(1_000_500).toISOString() }));
    expect(await expiring.keys.authenticate(secret)).toBeDefined();
    expiring.clock.ms += 500;
    expect(await expiring.keys.authenticate(secret), 'also from the cache').toBeUndefined();
  });

  it('forgets a key at once when told', async () => {
    let key: ApiKeyRecord = record();
    const { keys } = authenticator(() => key);
    expect(await keys.authenticate(secret)).toBeDefined();
    key = record({ revokedAt: '2026-01-01T00:00:00.000Z' });
    expect(await keys.authenticate(secret), 'cached').toBeDefined();
    keys.forget(key.id);
    expect(await keys.authenticate(secret)).toBeUndefined();
  });

  it('writes last uses once, not at each request', async () => {
    const { keys, touched } = authenticator(record);
    await keys.authenticate(secret);
    await keys.authenticate(secret);
    expect(touched).toEqual([]);
    await keys.flush();
    await keys.flush();
    expect(touched).toEqual([[record().id]]);
  });

  it('reads the header strictly', async () => {
    const { keys } = authenticator(record);
    const authenticate = createAuthenticate(keys, undefined);
    expect(await authenticate(undefined)).toBeUndefined();
    expect(await authenticate(`bearer ${secret}`)).toBeDefined();
    for (const header of ['', 'Bearer', `Basic ${secret}`, `Bearer  ${secret}`, `Bearer ${secret} x`, `Bearer a.b.c`]) {
      await expect(authenticate(header)).rejects.toThrow(BadCredentialError);
    }
  });
});

describe('authentication by either', () => {
  it('hands what looks like a JWT to the issuer, if one is configured, and secrets to the store', async () => {
    const asked: string[] = [];
    const keys = {
      authenticate: (secret: string) => Promise.resolve(void asked.push(`key ${secret}`)),
    } as unknown as ReturnType<typeof createApiKeyAuthenticator>;
    const oidc = (token: string) => Promise.resolve(void asked.push(`token ${token}`));
    await expect(createAuthenticate(keys, oidc)('Bearer aa.bb.cc')).rejects.toThrow(BadCredentialError);
    await expect(createAuthenticate(keys, oidc)('Bearer vk_a-b')).rejects.toThrow(BadCredentialError);
    await expect(createAuthenticate(keys, undefined)('Bearer aa.bb.cc')).rejects.toThrow(BadCredentialError);
    expect(asked).toEqual(['token aa.bb.cc', 'key vk_a-b', 'key aa.bb.cc']);
  });
});

describe('recording bad credentials', () => {
  it('records ten a minute and address, and counts the rest in the next one', () => {
    const throttle = new BadCredentialThrottle();
    for (let i = 0; i < 10; i += 1) expect(throttle.admit('a', 1_000)).toBe(0);
    for (let i = 0; i < 25; i += 1) expect(throttle.admit('a', 2_000)).toBeUndefined();
    expect(throttle.admit('b', 2_000), 'another address').toBe(0);
    expect(throttle.admit('a', 61_001)).toBe(25);
    expect(throttle.admit('a', 61_002)).toBe(0);
  });

  it('stays small, and loses no count, under a flood of addresses', () => {
    const throttle = new BadCredentialThrottle();
    let seen = 0;
    const admit = (address: string): void => {
      const earlier = throttle.admit(address, 0);
      if (earlier !== undefined) seen += 1 + earlier;
    };
    for (let i = 0; i < 15; i += 1) admit('first');
    for (let i = 0; i < 10_100; i += 1) admit(`address ${i}`);
    expect(seen).toBe(15 + 10_100);
  });
});
