/**
 * Bad credentials are recorded, and somebody who tries many must not fill the log: per minute and source address ten are
 * recorded one by one, the rest are counted in the next one.
 *
 * @module
 */

const WINDOW_MS = 60_000;
const SINGLY = 10;
/** Addresses remembered at once; beyond it the oldest is forgotten, and its count with it goes to the next address. */
const MOST_ADDRESSES = 10_000;

interface Window {
  readonly startedAt: number;
  readonly recorded: number;
  /** Not recorded since the last record. */
  readonly suppressed: number;
}

/** Decides which bad credentials are recorded. */
export class BadCredentialThrottle {
  readonly #windows = new Map<string, Window>();
  #forgotten = 0;

  /** `undefined`: counted only. Else how many earlier ones this record stands for as well. */
  admit(address: string, nowMs: number): number | undefined {
    const known = this.#windows.get(address);
    const isFresh = known !== undefined && nowMs - known.startedAt < WINDOW_MS;
    const window = isFresh ? known : { startedAt: nowMs, recorded: 0, suppressed: known?.suppressed ?? 0 };
    if (window.recorded >= SINGLY) {
      this.#windows.set(address, { ...window, suppressed: window.suppressed + 1 });
      return undefined;
    }
    this.#windows.delete(address);
    this.#windows.set(address, { ...window, recorded: window.recorded + 1, suppressed: 0 });
    const earlier = window.suppressed + this.#forgotten;
    this.#forgotten = 0;
    this.#forgetOldest();
    return earlier;
  }

  #forgetOldest(): void {
    if (this.#windows.size <= MOST_ADDRESSES) return;
    for (const [address, window] of this.#windows) {
      this.#windows.delete(address);
      this.#forgotten += window.suppressed;
      return;
    }
  }
}
