/** Files that must be whole or absent after a crash. @module */
import { randomUUID } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

async function writeTemporary(path: string, content: string | Uint8Array): Promise<string> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Writes mode 0600 to a temporary file, fsyncs it, renames it over `path`, and fsyncs the folder. */
export async function writeFileDurably(path: string, content: string | Uint8Array): Promise<void> {
  await rename(await writeTemporary(path, content), path);
  await syncFolderOf(path);
}

/** The same for a file that must not exist yet. @returns whether it was made; `false`: there is one already */
export async function createFileDurably(path: string, content: string | Uint8Array): Promise<boolean> {
  const temporary = await writeTemporary(path, content);
  try {
    // Unlike a rename, a link never replaces what is there.
    await link(temporary, path);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolderOf(path);
  return true;
}
