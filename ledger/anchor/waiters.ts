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

  /** The smallest size that leaves nobody waiting. */
  get wantedSize(): number {
    let wanted = 0;
    for (const { index } of this.#waiting) wanted = Math.max(wanted, index + 1);
    return wanted;
  }

  /** `true` once the index is anchored, `false` after `timeoutMs` or {@link giveUp}. */
  wait(index: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        index,
        finish: (reached) => {
          clearTimeout(timer);
          this.#waiting.delete(waiter);
          resolve(reached);
        },
      };
      const timer = setTimeout(() => {
        waiter.finish(false);
      }, timeoutMs);
      timer.unref();
      this.#waiting.add(waiter);
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
