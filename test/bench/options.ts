/** The command line of the bench and the sizes of what it measures. @module */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

/** How much is measured. */
export interface Sizes {
  readonly floorRows: number;
  /** `POST /v1/events:batch`: events before and in each of the runs. */
  readonly batch: { readonly warmUp: number; readonly events: number };
  /** `POST /v1/events`: the same, and requests when idle. */
  readonly single: { readonly warmUp: number; readonly events: number; readonly idle: number };
  readonly runs: number;
  /** The sizes of the growing log; the last one is where proofs and memory are measured. */
  readonly logSizes: readonly number[];
  /** At each of these sizes: windows measured, and what each holds. */
  readonly windows: { readonly count: number; readonly events: number; readonly proofs: number };
  readonly proofs: { readonly requests: number; readonly runs: number };
  readonly memory: { readonly batched: number; readonly single: number; readonly proofs: number };
  readonly verify: { readonly bundles: number; readonly processes: number };
  readonly anchor: {
    /** Events in the log before it is anchored, and in each run with and without. */
    readonly events: number;
    /** Events one after the other with `wait=anchored`. */
    readonly waited: number;
    readonly sustainedSeconds: number;
    readonly bundles: number;
  };
  readonly fairness: { readonly rows: number; /** Fairlearn takes half a minute. */ readonly slowLibraries: boolean };
  readonly starts: number;
}

const FULL: Sizes = {
  floorRows: 100_000,
  batch: { warmUp: 50_000, events: 100_000 },
  single: { warmUp: 10_000, events: 20_000, idle: 500 },
  runs: 3,
  logSizes: [10_000, 100_000, 1_000_000],
  windows: { count: 5, events: 8_000, proofs: 4_000 },
  proofs: { requests: 20_000, runs: 3 },
  memory: { batched: 150_000, single: 20_000, proofs: 40_000 },
  verify: { bundles: 10_000, processes: 10 },
  anchor: { events: 100_000, waited: 300, sustainedSeconds: 60, bundles: 3_000 },
  fairness: { rows: 1_000_000, slowLibraries: true },
  starts: 3,
};

/** Tries every part in a minute or two. Its figures mean nothing. */
const QUICK: Sizes = {
  floorRows: 10_000,
  batch: { warmUp: 4_000, events: 8_000 },
  single: { warmUp: 500, events: 1_000, idle: 50 },
  runs: 1,
  logSizes: [1_000, 4_000, 12_000],
  windows: { count: 2, events: 2_000, proofs: 300 },
  proofs: { requests: 1_000, runs: 1 },
  memory: { batched: 4_000, single: 500, proofs: 1_000 },
  verify: { bundles: 300, processes: 3 },
  anchor: { events: 20_000, waited: 20, sustainedSeconds: 5, bundles: 50 },
  fairness: { rows: 20_000, slowLibraries: false },
  starts: 1,
};

export interface BenchOptions {
  readonly sizes: Sizes;
  readonly isQuick: boolean;
  /** Names of rows, in the order of the bench. */
  readonly only: readonly string[];
  readonly jsonFile: string | undefined;
  /** Folder in which the data folders are made. */
  readonly dir: string;
  readonly isHelp: boolean;
}

/**
 * Reads the command line.
 * @throws TypeError on an unknown option or row
 */
export function parseOptions(args: readonly string[], rows: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      dir: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const wanted = values.only?.split(',').map((name) => name.trim());
  const unknown = wanted?.find((name) => !rows.includes(name));
  if (unknown !== undefined) throw new TypeError(`there is no row "${unknown}"; the rows are ${rows.join(', ')}`);
  return {
    sizes: values.quick ? QUICK : FULL,
    isQuick: values.quick,
    only: rows.filter((name) => wanted?.includes(name) ?? true),
    jsonFile: values.json,
    dir: values.dir ?? tmpdir(),
    isHelp: values.help,
  };
}

/** What `--help` prints. */
export function helpText(rows: readonly { readonly name: string; readonly about: string }[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return `Usage: npm run bench -- [--only <row,...>] [--quick] [--json <file>] [--dir <folder>]

Measures Vericlin on this machine, beside two floors in the same run. Missed targets are told, not failed; a wrong answer,
a lost event or a proof that does not verify ends with exit code 1.

  --only <row,...>  only these rows, in the order below
  --quick           small sizes: tries every part; the figures mean nothing
  --json <file>     also write machine, settings and figures as JSON
  --dir <folder>    where the data folders are made (${tmpdir()}); has to be on a disk, with 8 GB free

Rows:
${rows.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n')}
`;
}
