/** The first API key: role admin, given by the environment or made and printed once. @module */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { ApiKeyStore } from '../ledger/ports.ts';

const SHOWN_CHARACTERS = 7;

/**
 * Makes the bootstrap key where the log has no key yet, or where the environment names one that is not known.
 * @returns the secret, if it was generated and has to be printed now
 */
export async function ensureBootstrapKey(
  apiKeys: ApiKeyStore,
  configured: string | undefined,
): Promise<string | undefined> {
  if (configured === undefined && (await apiKeys.list()).length > 0) return undefined;
  const secret = configured ?? `vk_${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(secret).digest();
  if ((await apiKeys.findByHash(hash)) === undefined) {
    await apiKeys.create({
      id: randomUUID(),
      role: 'admin',
      name: 'bootstrap',
      actor: 'bootstrap',
      grants: [],
      prefix: secret.slice(0, SHOWN_CHARACTERS),
      expiresAt: undefined,
      hash,
    });
  }
  return configured === undefined ? secret : undefined;
}
