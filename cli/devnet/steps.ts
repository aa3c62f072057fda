/** Shows the steps of a long start on stderr, one line each with its time. @module */
import type { Terminal } from '../terminal.ts';

export interface Steps {
  /** Runs a step and shows it. */
  readonly run: <T>(label: string, work: () => Promise<T>) => Promise<T>;
  /** A line by itself. */
  readonly say: (text: string) => void;
}

/** On a TTY a step is shown while it runs; elsewhere when it is done, so that a job's log has one line each. */
export function showSteps(terminal: Terminal, silent: boolean): Steps {
  if (silent) return { run: async (_label, work) => work(), say: () => undefined };
  const live = terminal.progressStream !== undefined;
  return {
    async run(label, work) {
      const started = Date.now();
      if (live) terminal.err(`… ${label}`);
      try {
        const value = await work();
        terminal.err(`${live ? '\r\u001B[K' : ''}✓ ${label} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
        return value;
      } catch (thrown) {
        terminal.err(`${live ? '\r\u001B[K' : ''}✗ ${label}\n`);
        throw thrown;
      }
    },
    say(text) {
      terminal.err(`${text}\n`);
    },
  };
}
