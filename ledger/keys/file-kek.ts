/**
 * KEKs in a JSON file of mode 0600, replaced atomically and fsynced: a lost KEK is a lost log content.
 *
 * Wrapping is AES-256-GCM (NIST SP 800-38D): nonce(12) ‖ ciphertext(32) ‖ tag(16), associated data = KEK id and context.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { LedgerError } from '../errors.ts';
import { createFileDurably, writeFileDurably } from './durable-file.ts';
import type { KekProvider, WrappedKey } from './kek.ts';

const REFRESH_MS = 20;

interface KekFile {
  readonly version: 1;
  readonly active: string;
  readonly keys: Readonly<Record<string, string>>;
}

function invalid(reason: string, cause?: unknown): LedgerError {
  const message = `the KEK file ${reason}: restore it from the backup of the keys, without it the content cannot be read`;
  return new LedgerError('key_file_invalid', message, { cause });
}

function parseKekFile(text: string): KekFile {
  let value: Omit<KekFile, 'version'> & { readonly version: number };
  try {
    value = JSON.parse(text) as typeof value;
  } catch (error) {
    throw invalid('is not JSON', error);
  }
  const keys = Object.entries(value.keys);
  if (value.version !== 1 || keys.length === 0 || !(value.active in value.keys)) throw invalid('has no active key');
  if (keys.some(([, key]) => Buffer.from(key, 'base64').length !== 32)) throw invalid('holds a key of a wrong length');
  return { ...value, version: 1 };
}

function additionalData(kekId: string, context: string): Buffer {
  return Buffer.from(`vericlin-kek\n${kekId}\n${context}`, 'utf8');
}

function wrapWith(kek: Uint8Array, kekId: string, key: Uint8Array, context: string): WrappedKey {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', kek, nonce).setAAD(additionalData(kekId, context));
  const sealed = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  return { wrapped: sealed, kekId };
}

function unwrapWith(kek: Uint8Array, { wrapped, kekId }: WrappedKey, context: string): Uint8Array {
  try {
    const decipher = createDecipheriv('aes-256-gcm', kek, wrapped.subarray(0, 12)).setAAD(
      additionalData(kekId, context),
    );
    decipher.setAuthTag(wrapped.subarray(-16));
    // A copy of its own: a slice of Node's shared pool would keep 8 KiB alive for as long as the key is cached.
    return new Uint8Array(Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]));
  } catch (error) {
    throw invalid('does not open a wrapped key (altered row or wrong key)', error);
  }
}

function newKey(): [string, string] {
  return [`kek-${randomUUID()}`, randomBytes(32).toString('base64')];
}

/** Opens the KEK file, or makes it. Another process's rotation is picked up when the file changes. */
export async function openFileKek(path: string): Promise<KekProvider> {
  let file = await loadOrCreate(path);
  let readAt = (await stat(path)).mtimeMs;
  let lookedAt = performance.now();

  async function refresh(): Promise<void> {
    lookedAt = performance.now();
    const { mtimeMs } = await stat(path);
    if (mtimeMs === readAt) return;
    file = parseKekFile(await readFile(path, 'utf8'));
    readAt = mtimeMs;
  }
  async function replace(next: KekFile): Promise<void> {
    await writeFileDurably(path, `${JSON.stringify(next, null, 2)}\n`);
    file = next;
    readAt = (await stat(path)).mtimeMs;
  }
  async function kekOf(id: string): Promise<Buffer> {
    if (!(id in file.keys)) await refresh();
    const key = file.keys[id];
    if (key === undefined) throw invalid('lacks a key that the database refers to');
    return Buffer.from(key, 'base64');
  }

  return {
    activeId: async () => {
      await refresh();
      return file.active;
    },
    wrap: async (key, context) => {
      // A rotation elsewhere is noticed soon; until then the store refuses keys under the retired KEK, and wrapping is tried again.
      if (performance.now() - lookedAt > REFRESH_MS) await refresh();
      return wrapWith(await kekOf(file.active), file.active, key, context);
    },
    unwrap: async (key, context) => unwrapWith(await kekOf(key.kekId), key, context),
    rotate: async () => {
      await refresh();
      const [id, key] = newKey();
      await replace({ version: 1, active: id, keys: { ...file.keys, [id]: key } });
      return id;
    },
    retireOld: async (activeId) => {
      await refresh();
      if (file.active !== activeId) return [];
      const retired = Object.keys(file.keys).filter((id) => id !== file.active);
      const active = file.keys[file.active];
      if (retired.length > 0 && active !== undefined) await replace({ ...file, keys: { [file.active]: active } });
      return retired;
    },
  };
}

async function load(path: string): Promise<KekFile | undefined> {
  try {
    return parseKekFile(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    return undefined;
  }
}

async function loadOrCreate(path: string): Promise<KekFile> {
  const found = await load(path);
  if (found !== undefined) return found;
  const [id, key] = newKey();
  const file: KekFile = { version: 1, active: id, keys: { [id]: key } };
  if (await createFileDurably(path, `${JSON.stringify(file, null, 2)}\n`)) return file;
  // Another service that shares the file made it in between.
  const theirs = await load(path);
  if (theirs === undefined) throw invalid('vanished while it was being made');
  return theirs;
}
