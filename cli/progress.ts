import type { Terminal } from './terminal.ts';

/** How far a long command is. Counts are of `unit`. */
export interface Progress {
  readonly advance: (by: number) => void;
  /** Takes the bar away, or writes the last line. */
  readonly stop: () => void;
}

export interface ProgressOptions {
  /** What is being done, e.g. `verifying`. */
  readonly label: string;
  readonly unit: string;
  /** `undefined` where it is not known: then only counts are shown. */
  readonly total: number | undefined;
  /** Say nothing at all (`--json`, `--quiet`, or little to do). */
  readonly silent: boolean;
}

const LINE_EVERY_MS = 5_000;

/** A bar on a TTY; otherwise a line on stderr every few seconds, so that logs of a job stay readable. */
export async function startProgress(terminal: Terminal, options: ProgressOptions): Promise<Progress> {
  if (options.silent) return { advance: () => undefined, stop: () => undefined };
  return terminal.progressStream === undefined || options.total === undefined
    ? lineProgress(terminal, options)
    : await barProgress(terminal.progressStream, { ...options, total: options.total });
}

async function barProgress(
  stream: NodeJS.WriteStream,
  options: ProgressOptions & { readonly total: number },
): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar({
    stream,
    format: `${options.label} {bar} {percentage}% {value}/{total} ${options.unit}, {eta_formatted} left`,
    barCompleteChar: '#',
    barIncompleteChar: '-',
    clearOnComplete: true,
    hideCursor: true,
    etaBuffer: 200,
  });
  bar.start(options.total, 0);
  let done = 0;
  return {
    advance(by) {
      done += by;
      bar.update(Math.round(done));
    },
    stop() {
      bar.stop();
    },
  };
}

function lineProgress(terminal: Terminal, options: ProgressOptions): Progress {
  let done = 0;
  let said = Date.now();
  const line = (): string => {
    const of = options.total === undefined ? '' : ` of ${options.total}`;
    return `${options.label}: ${Math.round(done)}${of} ${options.unit}\n`;
  };
  return {
    advance(by) {
      done += by;
      if (Date.now() - said < LINE_EVERY_MS) return;
      said = Date.now();
      terminal.err(line());
    },
    stop: () => undefined,
  };
}
