import { createHash } from 'node:crypto';
import { digestColumns } from '../../fairness/digest.ts';
import { type Replay, replay } from '../../fairness/record.ts';
import { sourceIn } from '../../fairness/window-source.ts';
import type { JsonObject, JsonValue } from '../../ledger/types.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { readRows } from '../fairness/read-columns.ts';
import type { ReplayOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import type { RecordedEvent } from './read-record.ts';
import { recordedOptions, type ReplayInput } from './replay-input.ts';
import type { ReplayReport } from './replay-report.ts';

/** An audit (`bias_metric`, version 2) on the rows of a file, or of its window of the log. @throws CommandFailure */
export async function replayAudit(
  { payload }: RecordedEvent,
  options: ReplayOptions,
  terminal: Terminal,
): Promise<ReplayReport> {
  requireAudit(payload);
  const input = await inputOf(payload, options, terminal);
  const digest = digestColumns(input.columns, createHash('sha256'));
  return reportOf(payload, replay(payload, input.columns, digest), input);
}

/** Single metrics, as other systems post them, say neither rows nor options. */
function requireAudit(payload: JsonObject): void {
  const isAudit = Array.isArray(payload['figures']) && isObject(payload['options']) && isObject(payload['source']);
  if (isAudit) return;
  throw new CommandFailure(
    EXIT.unusable,
    'this bias_metric event is no audit by Vericlin: it does not say how to compute it',
    {
      code: 'not_replayable',
    },
  );
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function inputOf(payload: JsonObject, options: ReplayOptions, terminal: Terminal): Promise<ReplayInput> {
  const source = sourceIn(payload['source']);
  if (options.input === undefined && source !== undefined) {
    const { readWindow } = await import('./read-window.ts');
    return await readWindow({ payload, source }, options, terminal);
  }
  if (options.input === undefined) {
    throw new CommandFailure(EXIT.unusable, 'no --input is given, and the rows of this audit were not from the log', {
      code: 'missing_member',
      next: 'Name the file with the rows that were audited, with the columns as they were named then.',
    });
  }
  const { columns } = await readRows(
    options.input,
    { row: options, options: recordedOptions(payload) },
    { terminal, isSilent: options.json === true, passOverOptions: true },
  );
  return { columns, words: [`Read ${columns.rows} rows from ${options.input}.`], details: { rows: columns.rows } };
}

function reportOf(payload: JsonObject, outcome: Replay, { words, details }: ReplayInput): ReplayReport {
  const also = { isSame: false, outcome: outcome.outcome };
  switch (outcome.outcome) {
    case 'same':
      return {
        isSame: true,
        outcome: 'same',
        words: [...words, 'The rows are those of the record, and every figure, finding and note has the same bytes.'],
        details,
      };
    case 'rows_differ':
      return {
        ...also,
        words: [
          ...words,
          'The rows are others than those that were audited; nothing was computed.',
          recordedAndFound(outcome),
        ],
        details: { ...details, recorded: outcome.recorded, found: outcome.found },
      };
    case 'version_differs':
      return {
        ...also,
        words: [
          ...words,
          `The rows are those of the record, but it was computed by ${outcome.recorded}; this is ${outcome.present}. Run that version to compare bytes.`,
        ],
        details: { ...details, recorded: outcome.recorded, present: outcome.present },
      };
    case 'result_differs':
      return {
        ...also,
        words: [...words, 'The rows are those of the record; the result is not.', differenceIn(payload, outcome)],
        details: { ...details, members: outcome.members, figure: figureAt(payload, outcome.figure) ?? null },
      };
  }
}

function recordedAndFound({ recorded, found }: { readonly recorded: string; readonly found: string }): string {
  return `  recorded ${recorded}\n  found    ${found}`;
}

function differenceIn(payload: JsonObject, outcome: Extract<Replay, { outcome: 'result_differs' }>): string {
  const figure = figureAt(payload, outcome.figure);
  if (figure === undefined) return `Different: ${outcome.members.join(', ')}.`;
  const { name, attribute, group, reference } = figure;
  const of = [attribute, group].filter((part) => part !== null).join(' ');
  const against = reference === null ? '' : ` against ${reference}`;
  return `Different: ${outcome.members.join(', ')}; the first figure is ${name}${of === '' ? '' : ` of ${of}`}${against}.`;
}

/** Which figure of the record; `undefined` where it has fewer than were computed, or holds something else there. */
function figureAt(
  payload: JsonObject,
  position: number | undefined,
):
  | {
      readonly name: string;
      readonly attribute: string | null;
      readonly group: string | null;
      readonly reference: string | null;
    }
  | undefined {
  const figures = payload['figures'];
  const figure = Array.isArray(figures) && position !== undefined ? figures[position] : undefined;
  if (!isObject(figure)) return undefined;
  const text = (member: string): string | null => {
    const value = figure[member];
    return typeof value === 'string' ? value : null;
  };
  return { name: text('name') ?? '', attribute: text('attribute'), group: text('group'), reference: text('reference') };
}
