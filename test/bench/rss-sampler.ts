/** Looks at a process's resident memory every second. @module */

const EVERY_MS = 1_000;

export class RssSampler {
  readonly #read: () => number;
  readonly #timer: NodeJS.Timeout;
  #samples: number[] = [];

  /** `read` answers MB, or NaN where there is no process to look at. */
  constructor(read: () => number, everyMs = EVERY_MS) {
    this.#read = read;
    this.#timer = setInterval(() => {
      this.now();
    }, everyMs);
    this.#timer.unref();
  }

  /** The value of this moment, taken as a sample too. */
  now(): number {
    const value = this.#read();
    if (Number.isFinite(value)) this.#samples.push(value);
    return value;
  }

  /** The largest since the start or the last `reset`; NaN without any sample. */
  get max(): number {
    return this.#samples.length === 0 ? Number.NaN : Math.max(...this.#samples);
  }

  get count(): number {
    return this.#samples.length;
  }

  reset(): void {
    this.#samples = [];
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
