import { z } from 'zod';
import { WindowJoin, type JoinedCounts, type WindowEvent } from '../../fairness/window.ts';
import type { WindowSource } from '../../fairness/window-source.ts';
import type { JsonObject } from '../../ledger/types.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import type { ReplayOptions } from '../options.ts';
import { startProgress, type Progress } from '../progress.ts';
import { readAnswer } from '../service/answer.ts';
import { connect, type Connection } from '../service/connection.ts';
import type { Terminal } from '../terminal.ts';
import { recordedOptions, type ReplayInput } from './replay-input.ts';

const PAGE = 1_000;

const pageSchema = z.object({
  events: z.array(
    z.object({
      id: z.string(),
      index: z.int(),
      refs: z.array(z.string()),
      content: z.enum(['open', 'deidentified', 'withheld', 'erased']),
      opening: z.object({ envelope: z.looseObject({ payload: z.record(z.string(), z.unknown()) }) }).optional(),
    }),
  ),
  nextCursor: z.string().nullish(),
});

/**
 * Reads the window of an audit again: the same predictions and what refers to them, as the log had them then.
 * @throws CommandFailure exit 1 where the service cannot be reached or refuses, exit 2 where the key may not see content
 */
export async function readWindow(
  { payload, source }: { readonly payload: JsonObject; readonly source: WindowSource },
  options: ReplayOptions,
  terminal: Terminal,
): Promise<ReplayInput> {
  const connection = await connect(options, terminal);
  const join = new WindowJoin(source, recordedOptions(payload));
  const progress = await startProgress(terminal, {
    label: 'reading the window',
    unit: 'events',
    total: undefined,
    silent: options.json === true,
  });
  try {
    const outcomes = await outcomesBefore(connection, source.size, progress);
    for await (const predictions of pages(connection, predictionsIn(source), progress)) {
      join.add(predictions, settling(predictions, outcomes));
    }
  } finally {
    progress.stop();
  }
  const joined = join.counts();
  const words = wordsOf(joined, payload);
  if (joined.joined === 0) throw new CommandFailure(EXIT.unusable, words.join(' '), { code: 'rows_empty' });
  const { columns } = join.build();
  return { columns, words, details: { rows: columns.rows, joined } };
}

function predictionsIn({ model, from, to, size }: WindowSource): object {
  return {
    types: ['prediction'],
    model,
    toIndex: size,
    ...(from === undefined ? {} : { occurredFrom: from }),
    ...(to === undefined ? {} : { occurredTo: to }),
  };
}

/** Outcomes by what they refer to. They come later than their predictions, at any distance: all are read first. */
async function outcomesBefore(
  connection: Connection,
  size: number,
  progress: Progress,
): Promise<ReadonlyMap<string, readonly WindowEvent[]>> {
  const byRef = new Map<string, WindowEvent[]>();
  for await (const events of pages(connection, { types: ['outcome'], toIndex: size }, progress)) {
    for (const event of events) {
      for (const ref of event.refs) {
        const others = byRef.get(ref);
        if (others === undefined) byRef.set(ref, [event]);
        else others.push(event);
      }
    }
  }
  return byRef;
}

function settling(
  predictions: readonly WindowEvent[],
  outcomes: ReadonlyMap<string, readonly WindowEvent[]>,
): readonly WindowEvent[] {
  return [...new Set(predictions.flatMap(({ id }) => outcomes.get(id) ?? []))];
}

async function* pages(
  connection: Connection,
  conditions: object,
  progress: Progress,
): AsyncGenerator<readonly WindowEvent[]> {
  let cursor: string | null | undefined;
  do {
    const body = JSON.stringify({ ...conditions, order: 'asc', limit: PAGE, ...(cursor == null ? {} : { cursor }) });
    const answer = await connection.json({ method: 'POST', path: '/v1/events:search', body });
    const page = readAnswer(pageSchema, answer, connection.url);
    yield page.events.map(windowEvent);
    progress.advance(page.events.length);
    cursor = page.nextCursor;
  } while (cursor != null);
}

function windowEvent({
  id,
  index,
  refs,
  content,
  opening,
}: z.output<typeof pageSchema>['events'][number]): WindowEvent {
  if (content === 'erased') return { id, index, refs, payload: undefined };
  if (content === 'open' && opening !== undefined) {
    return { id, index, refs, payload: opening.envelope.payload as JsonObject };
  }
  throw new CommandFailure(EXIT.unusable, 'the key does not see the content of predictions and outcomes', {
    code: 'forbidden',
    next: 'Reading a window again takes a key of role privacy-officer, or of auditor or ai-governance with the grant phi.',
  });
}

/**
 * What the window held, and what was erased since the audit: that alone can take rows away. When an erased prediction occurred
 * is gone with its content, so that it is not found by time again.
 */
function wordsOf(joined: JoinedCounts, payload: JsonObject): readonly string[] {
  const words = [
    `Read the window again: ${joined.predictions} predictions, ${joined.joined} of them with an outcome that counts.`,
  ];
  const since = (recordedRows(payload) ?? joined.joined) - joined.joined;
  if (since > 0) {
    const rows = since === 1 ? '1 row' : `${since} rows`;
    words.push(`The content of ${rows} was lawfully erased since the audit, and cannot be had again.`);
  }
  return words;
}

function recordedRows(payload: JsonObject): number | undefined {
  const { rows } = payload;
  return typeof rows === 'number' ? rows : undefined;
}
