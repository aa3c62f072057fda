import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Reject } from './row-fault.ts';

/** The rejects of an import as NDJSON, made only when there is a first one. */
export class RejectFile {
  readonly #path: string;
  #handle: FileHandle | undefined;
  #bytes: number;

  private constructor(path: string, bytes: number, handle: FileHandle | undefined) {
    this.#path = path;
    this.#bytes = bytes;
    this.#handle = handle;
  }

  /** Goes on after the first `bytes` bytes of an interrupted import; 0 starts anew and removes an older file. */
  static async open(path: string, bytes: number): Promise<RejectFile> {
    if (bytes === 0) {
      await rm(path, { force: true });
      return new RejectFile(path, 0, undefined);
    }
    const handle = await open(path, 'r+');
    await handle.truncate(bytes);
    return new RejectFile(path, bytes, handle);
  }

  /** Length so far. */
  get bytes(): number {
    return this.#bytes;
  }

  async append(rejects: readonly Reject[]): Promise<void> {
    if (rejects.length === 0) return;
    this.#handle ??= await open(this.#path, 'w', 0o600);
    const lines = Buffer.from(rejects.map((reject) => `${JSON.stringify(reject)}\n`).join(''));
    await this.#handle.write(lines, 0, lines.length, this.#bytes);
    await this.#handle.datasync();
    this.#bytes += lines.length;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}
