/**
 * The log's Ed25519 signing key (RFC 8032) in a PKCS #8 PEM file of mode 0600, as `openssl genpkey -algorithm ed25519`
 * writes it.
 *
 * @module
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ED25519_TYPE, newVerifierKey, type NoteSigner } from '../checkpoint/key.ts';
import { LedgerError } from '../errors.ts';
import type { Sha256 } from '../types.ts';
import { createFileDurably } from './durable-file.ts';

async function readPem(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    return undefined;
  }
}

async function createPem(path: string): Promise<string> {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const made = typeof pem === 'string' ? pem : pem.toString('utf8');
  if (await createFileDurably(path, made)) return made;
  // Another service that shares the file made it in between.
  return (await readPem(path)) ?? '';
}

async function loadOrCreate(path: string): Promise<KeyObject> {
  const pem = (await readPem(path)) ?? (await createPem(path));
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new LedgerError(
      'key_file_invalid',
      'the log key file is not a PKCS #8 PEM key: restore it from the backup of the keys',
      {
        cause: error,
      },
    );
  }
}

/**
 * Opens the key file, or makes it.
 * @param origin the checkpoint origin, which is the key's name too
 * @throws LedgerError `key_file_invalid`
 */
export async function openLogKey(path: string, origin: string, sha256: Sha256): Promise<NoteSigner> {
  const privateKey = await loadOrCreate(path);
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw new LedgerError('key_file_invalid', 'the log key must be an Ed25519 key');
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const key = newVerifierKey(sha256, origin, ED25519_TYPE, spki.subarray(-32));
  return { key, sign: (message) => sign(null, message, privateKey) };
}
