import { LedgerError } from '../../ledger/errors.ts';
import type { ExitCode } from '../exit-codes.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import type { ReplayOptions } from '../options.ts';
import { printable } from '../table.ts';
import { jsonLine, type Terminal } from '../terminal.ts';
import { readRecord, type RecordedEvent } from './read-record.ts';
import type { Replayer, ReplayReport } from './replay-report.ts';

/** By event type. What is not here is not computed by this version. */
const REPLAYERS: Readonly<Record<string, () => Promise<Replayer>>> = {
  bias_metric: async () => (await import('./replay-audit.ts')).replayAudit,
};

/**
 * `vericlin replay`: exit 0 the same bytes, 1 others, 2 unusable.
 * @throws CommandFailure
 */
export async function runReplay(path: string, options: ReplayOptions, terminal: Terminal): Promise<ExitCode> {
  const record = await readRecord(path, options.key);
  const load = Object.hasOwn(REPLAYERS, record.type) ? REPLAYERS[record.type] : undefined;
  if (load === undefined) throw notReplayable(record.type);
  const report = await replayed(await load(), record, { options, terminal });
  if (options.json === true) terminal.out(jsonLine(jsonOf(path, record, report)));
  else terminal.out(textOf(path, record, report));
  return report.isSame ? EXIT.ok : EXIT.failed;
}

/** A record that cannot be computed at all is unusable, whatever in it is wrong: it comes from outside. */
async function replayed(
  replayer: Replayer,
  record: RecordedEvent,
  { options, terminal }: { readonly options: ReplayOptions; readonly terminal: Terminal },
): Promise<ReplayReport> {
  try {
    return await replayer(record, options, terminal);
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown;
    const place = thrown.pointer === undefined ? '' : ` (at ${JSON.stringify(thrown.pointer)})`;
    throw new CommandFailure(EXIT.unusable, `the record cannot be computed again: ${thrown.message}${place}`, {
      code: thrown.code,
      cause: thrown,
    });
  }
}

function notReplayable(type: string): CommandFailure {
  const known = Object.keys(REPLAYERS).join(', ');
  return new CommandFailure(EXIT.unusable, `events of type ${JSON.stringify(type)} cannot be replayed`, {
    code: 'not_replayable',
    next: `Those that can: ${known}.`,
  });
}

function jsonOf(path: string, { id, type, isKeyPinned }: RecordedEvent, report: ReplayReport): object {
  return { file: path, id, type, isKeyPinned, same: report.isSame, outcome: report.outcome, ...report.details };
}

function textOf(path: string, { id, type, isKeyPinned }: RecordedEvent, { words, isSame }: ReplayReport): string {
  const signer = isKeyPinned
    ? 'The bundle is valid, signed by a key that you gave.'
    : 'The bundle fits together, but nobody you trust vouches for its key: give the one of the log with --key.';
  return [
    `${path}: event ${id} of type ${type}`,
    signer,
    ...words.map((line) => line.split('\n').map(printable).join('\n')),
    isSame
      ? 'SAME: what was recorded is what this input gives.'
      : 'DIFFERENT: what was recorded is not what this input gives.',
    '',
  ].join('\n');
}
