import { LogFault } from './log-fault.ts';
import type { LogSource } from './log-source.ts';

/** What was found, and which source had it. */
export interface Obtained<T> {
  readonly value: T | undefined;
  readonly from: LogSource;
}

/** The first bytes that `accept` takes. @throws LogFault of the last source that had any */
export async function obtain<T>(
  sources: readonly LogSource[],
  path: string,
  accept: (bytes: Uint8Array) => T,
): Promise<Obtained<T>> {
  return await obtainPartial(sources, path, path, accept);
}

/** Also from the full file where a partial one is gone, which C2SP lets a server drop once it is full. */
export async function obtainPartial<T>(
  sources: readonly LogSource[],
  path: string,
  fullPath: string,
  accept: (bytes: Uint8Array, isExact: boolean) => T,
): Promise<Obtained<T>> {
  let fault: LogFault | undefined;
  let last: LogSource | undefined;
  for (const source of sources) {
    last = source;
    const exact = await source.read(path);
    const bytes = exact ?? (fullPath === path ? undefined : await source.read(fullPath));
    if (bytes === undefined) continue;
    try {
      return { value: accept(bytes, exact !== undefined), from: source };
    } catch (thrown) {
      if (!(thrown instanceof LogFault)) throw thrown;
      fault = thrown;
    }
  }
  if (fault !== undefined) throw fault;
  if (last === undefined) throw new Error('no source to read the log from');
  return { value: undefined, from: last };
}

/** Whatever the first source that has the file says. */
export async function readAny(sources: readonly LogSource[], path: string): Promise<Uint8Array | undefined> {
  for (const source of sources) {
    const bytes = await source.read(path);
    if (bytes !== undefined) return bytes;
  }
  return undefined;
}
