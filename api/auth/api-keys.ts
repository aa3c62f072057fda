/**
 * API keys: 256 random bits, of which only a SHA-256 is stored. A slow hash would add nothing against guessing 256 bits.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import type { ApiKeyRecord, ApiKeyStore, Principal } from '../../ledger/ports.ts';

/** Characters of a secret that are kept to tell keys apart: `vk_` and 6 more, of 43. */
const PREFIX_LENGTH = 9;
/** How long a lookup is believed: a key revoked in another process works so long at most. */
const CACHE_MS = 1_000;
const CACHE_ENTRIES = 10_000;
/** How often last use is written. */
const TOUCH_MS = 60_000;

/** A new secret: `vk_` and 43 base64url characters of 32 random bytes. */
export function newSecret(): string {
  return `vk_${randomBytes(32).toString('base64url')}`;
}

/** SHA-256 of a secret: what is stored. */
export function hashSecret(secret: string): Uint8Array {
  return createHash('sha256').update(secret, 'utf8').digest();
}

/** What is shown of a secret in lists. */
export function secretPrefix(secret: string): string {
  return secret.slice(0, PREFIX_LENGTH);
}

interface Cached {
  readonly key: ApiKeyRecord | undefined;
  readonly until: number;
}

/** Resolves presented secrets, with a cache of one second. */
export interface ApiKeyAuthenticator {
  /** The principal of a secret, or `undefined` for one that is unknown, expired or revoked. */
  authenticate: (secret: string) => Promise<Principal | undefined>;
  /** Forgets what is cached of a key: call it after revoking. */
  forget: (id: string) => void;
  /** Writes last uses now; for the end of the process and for tests. */
  flush: () => Promise<void>;
  /** Stops the timer. */
  close: () => void;
}

function isUsable(key: ApiKeyRecord, nowMs: number): boolean {
  return key.revokedAt === undefined && (key.expiresAt === undefined || Date.parse(key.expiresAt) > nowMs);
}

function toPrincipal(key: ApiKeyRecord): Principal {
  return { id: `key:${key.id}`, role: key.role, actor: key.actor, grants: key.grants };
}

/**
 * @param onTouchFailed told when last uses could not be written: they are a comfort, no request waits for them
 */
export function createApiKeyAuthenticator(
  store: ApiKeyStore,
  now: () => number,
  onTouchFailed: (error: unknown) => void,
): ApiKeyAuthenticator {
  const cache = new Map<string, Cached>();
  const used = new Set<string>();
  const flush = async (): Promise<void> => {
    const ids = [...used];
    used.clear();
    if (ids.length > 0) await store.touch(ids);
  };
  const timer = setInterval(() => {
    flush().catch(onTouchFailed);
  }, TOUCH_MS);
  timer.unref();

  const lookUp = async (hash: Uint8Array, cacheKey: string): Promise<ApiKeyRecord | undefined> => {
    const key = await store.findByHash(hash);
    // Unknown secrets are remembered too; a flood of them only empties the cache.
    if (cache.size >= CACHE_ENTRIES) cache.clear();
    cache.set(cacheKey, { key, until: now() + CACHE_MS });
    return key;
  };

  return {
    authenticate: async (secret) => {
      const hash = hashSecret(secret);
      const cacheKey = Buffer.from(hash).toString('latin1');
      const cached = cache.get(cacheKey);
      const key = cached !== undefined && cached.until > now() ? cached.key : await lookUp(hash, cacheKey);
      if (key === undefined || !isUsable(key, now())) return undefined;
      used.add(key.id);
      return toPrincipal(key);
    },
    forget: (id) => {
      for (const [cacheKey, { key }] of cache) if (key?.id === id) cache.delete(cacheKey);
    },
    flush,
    close: () => {
      clearInterval(timer);
    },
  };
}
