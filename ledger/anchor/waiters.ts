/** Who waits for an index to be anchored. @module */

interface Waiter {
  readonly index: number;
  readonly finish: (reached: boolean) => void;
}

export class Waiters {
  readonly #waiting = new Set<Waiter>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** `true` once the index is anchored, `false` after `timeoutMs`, {@link giveUp} or when the signal fires. */
  wait(index: number, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const leave = (): void => {
        waiter.finish(false);
      };
      const waiter: Waiter = {
        index,
        finish: (reached) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', leave);
          this.#waiting.delete(waiter);
          resolve(reached);
        },
      };
      const timer = setTimeout(leave, timeoutMs);
      timer.unref();
      this.#waiting.add(waiter);
      if (signal?.aborted === true) leave();
      else signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** The first `size` entries are anchored. */
  reached(size: number): void {
    for (const waiter of [...this.#waiting]) if (waiter.index < size) waiter.finish(true);
  }

  /** Nobody gets what they wait for. */
  giveUp(): void {
    for (const waiter of [...this.#waiting]) waiter.finish(false);
  }
}
