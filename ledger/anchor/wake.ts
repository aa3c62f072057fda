/** @module */

/** Lets a loop sleep until something happens, or a time is over. A call while nobody sleeps is not lost. */
export class Wake {
  #isPending = false;
  #wake: (() => void) | undefined;

  call(): void {
    this.#isPending = true;
    this.#wake?.();
  }

  /** Resolves after `ms`, on the next {@link call}, or at once if one came since the last sleep. */
  async sleep(ms: number): Promise<void> {
    if (!this.#isPending && ms > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        timer.unref();
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#isPending = false;
  }
}
