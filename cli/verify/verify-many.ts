import type { VerifierKey } from '../../ledger/checkpoint/key.ts';
import type { Outcome } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { unusable } from '../failure.ts';
import { fingerprintOf } from '../pinned-keys.ts';
import { startProgress } from '../progress.ts';
import { printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { exitCodeOf, type VerifySettings } from './evidence-file.ts';
import { countFiles, findFiles, type EvidencePath } from './find-files.ts';
import { verifyFiles, type VerifiedFile } from './verify-pool.ts';

export interface ManyFiles {
  readonly settings: VerifySettings;
  readonly pinned: readonly VerifierKey[];
  readonly isJson: boolean;
}

type Counts = Record<Outcome, number>;

/** More lines than this help nobody; `--json` has them all. */
const MOST_LINES = 50;

/**
 * Verifies many files: a line for each that is not valid, then a summary. With `--json` NDJSON: a line a file, the last
 * one the summary. The worst outcome is the exit code.
 */
export async function verifyMany(
  paths: readonly EvidencePath[],
  many: ManyFiles,
  terminal: Terminal,
): Promise<ExitCode> {
  const isQuiet = many.isJson || terminal.progressStream === undefined;
  const progress = await startProgress(terminal, {
    label: 'verifying',
    unit: 'files',
    total: isQuiet ? undefined : await countFiles(paths),
    silent: many.isJson,
  });
  const tally = new Tally(many.isJson);
  for await (const files of verifyFiles(findFiles(paths), many.settings)) {
    const text = tally.take(files);
    if (text !== '') terminal.out(text);
    progress.advance(files.length);
  }
  progress.stop();
  const { counts, total } = tally;
  if (total === 0) throw unusable('there is no .json or .tlog-proof file to verify');
  if (many.isJson) terminal.out(`${JSON.stringify({ summary: { files: total, ...counts } })}\n`);
  else terminal.out(summaryOf(tally, many));
  return worstOf(counts);
}

/** Counts outcomes and words the lines about files. */
class Tally {
  readonly counts: Counts = { valid: 0, invalid: 0, unusable: 0, valid_erased: 0, valid_unpinned: 0 };
  readonly #isJson: boolean;
  /** Files that are not plainly valid. */
  #remarkable = 0;

  constructor(isJson: boolean) {
    this.#isJson = isJson;
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  get hiddenLines(): number {
    return Math.max(0, this.#remarkable - MOST_LINES);
  }

  take(files: readonly VerifiedFile[]): string {
    return files.map((file) => this.#line(file)).join('');
  }

  #line(file: VerifiedFile): string {
    const { outcome } = file.verdict;
    this.counts[outcome] += 1;
    if (this.#isJson) return `${JSON.stringify({ file: file.path, ...file.verdict })}\n`;
    if (outcome === 'valid') return '';
    this.#remarkable += 1;
    return this.#remarkable <= MOST_LINES ? lineOf(file) : '';
  }
}

const WORDS: Readonly<Record<Outcome, string>> = {
  valid: 'valid',
  invalid: 'INVALID',
  unusable: 'UNUSABLE',
  valid_erased: 'valid, content erased',
  valid_unpinned: 'consistent, signer not pinned',
};

function lineOf({ path, verdict }: VerifiedFile): string {
  const reasons = verdict.failed.map((check) => `${check.name}: ${check.detail}`).join(' ');
  return printable(`${path}: ${WORDS[verdict.outcome]}${reasons === '' ? '' : `. ${reasons}`}`) + '\n';
}

function summaryOf({ counts, total, hiddenLines }: Tally, many: ManyFiles): string {
  const outcomes = (Object.keys(WORDS) as Outcome[]).filter((outcome) => counts[outcome] > 0);
  const keys = many.pinned.map(
    (key) => `${key.name}, key id ${key.keyId}, fingerprint ${fingerprintOf(key, nodePrimitives.sha256)}`,
  );
  return [
    ...(hiddenLines > 0 ? [`... and ${hiddenLines} more that are not plainly valid; --json lists all.`] : []),
    `${total} files`,
    ...outcomes.map((outcome) => `  ${counts[outcome]} ${WORDS[outcome]}`),
    keys.length > 0 ? 'Against the keys that you gave' : 'Against no key of yours: give the one of the log with --key.',
    ...keys.map((key) => `  ${key}`),
    '',
  ].join('\n');
}

function worstOf(counts: Counts): ExitCode {
  const worstFirst: readonly Outcome[] = ['invalid', 'unusable', 'valid_unpinned', 'valid_erased'];
  const worst = worstFirst.find((outcome) => counts[outcome] > 0);
  return worst === undefined ? EXIT.ok : exitCodeOf(worst);
}
