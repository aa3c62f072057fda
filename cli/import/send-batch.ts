import { z } from 'zod';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { ServiceRefusal, type Connection } from '../service/connection.ts';
import { describeProblem } from '../service/problem.ts';
import type { Batch, PreparedEvent } from './batches.ts';
import type { Reject } from './row-fault.ts';

/** What became of a batch. Every event is in the log or among the rejects. */
export interface BatchResult {
  readonly added: number;
  readonly repeated: number;
  readonly rejects: readonly Reject[];
  /** Id of an event that is in the log, if one is. */
  readonly probe: string | undefined;
}

const outcomeSchema = z.object({ events: z.array(z.object({ id: z.string(), repeated: z.boolean() })) });

/** About two minutes: longer than a restart of the service takes. */
const RETRIES = 9;

/**
 * Sends a batch until each event is in or rejected. The service takes a batch whole or not at all and names the event
 * that it refuses: that one is taken out, with what depends on it, and the rest goes again.
 *
 * @param earlier settles when every earlier batch is done: an event may refer to one that is still on its way
 * @throws CommandFailure where nothing can be sent: no connection, no valid key, a log that refuses to sign
 */
export async function sendBatch(connection: Connection, batch: Batch, earlier: Promise<unknown>): Promise<BatchResult> {
  const rejects = [...batch.rejects];
  let result = { added: 0, repeated: 0, probe: undefined as string | undefined };
  let waited = false;
  const queue: (readonly PreparedEvent[])[] = [batch.events];
  for (let events = queue.shift(); events !== undefined; events = queue.shift()) {
    if (events.length === 0) continue;
    const answer = await post(connection, events);
    if (!(answer instanceof ServiceRefusal)) {
      result = {
        added: result.added + answer.filter((one) => !one.repeated).length,
        repeated: result.repeated + answer.filter((one) => one.repeated).length,
        probe: answer.at(-1)?.id ?? result.probe,
      };
      continue;
    }
    if (answer.problem.code === 'unknown_ref' && !waited) {
      waited = true;
      await earlier;
      queue.unshift(events);
      continue;
    }
    const split = withoutRefused(events, answer);
    rejects.push(...split.rejects);
    queue.unshift(...split.rest);
  }
  return { ...result, rejects: rejects.sort((a, b) => a.line - b.line) };
}

async function post(
  connection: Connection,
  events: readonly PreparedEvent[],
): Promise<z.output<typeof outcomeSchema>['events'] | ServiceRefusal> {
  try {
    const answer = await connection.json({
      method: 'POST',
      path: '/v1/events:batch',
      contentType: 'application/x-ndjson',
      body: events.map((event) => `${event.text}\n`).join(''),
      retries: RETRIES,
    });
    const outcome = outcomeSchema.safeParse(answer);
    if (outcome.success && outcome.data.events.length === events.length) return outcome.data.events;
    throw new CommandFailure(EXIT.failed, `${connection.url} answered a batch in a form that is not known`, {
      next: 'Check that --url is the address of a Vericlin service of this version.',
    });
  } catch (thrown) {
    if (thrown instanceof ServiceRefusal && isAboutContent(thrown)) return thrown;
    throw thrown;
  }
}

/** Refusals that another batch would not meet; all others (keys, stopping, wrong address) end the import. */
const CONTENT_STATUSES: ReadonlySet<number> = new Set([400, 409, 413, 422]);

function isAboutContent({ problem }: ServiceRefusal): boolean {
  return (
    CONTENT_STATUSES.has(problem.status) || (problem.status === 403 && refusedIndex(problem.pointer) !== undefined)
  );
}

/** A pointer into the batch: `/<index>` or `/<index>/…`. */
const BATCH_POINTER = /^\/(0|[1-9]\d{0,5})(\/.*)?$/;

function refusedIndex(pointer: string | undefined): number | undefined {
  const match = BATCH_POINTER.exec(pointer ?? '');
  return match === null ? undefined : Number(match[1]);
}

/** Takes the refused event out, or halves the batch where the service did not say which one it is. */
function withoutRefused(
  events: readonly PreparedEvent[],
  refusal: ServiceRefusal,
): { rejects: Reject[]; rest: (readonly PreparedEvent[])[] } {
  const { problem } = refusal;
  const at = events.length === 1 ? 0 : refusedIndex(problem.pointer);
  const refused = at === undefined ? undefined : events[at];
  if (refused === undefined) {
    const half = Math.ceil(events.length / 2);
    return { rejects: [], rest: [events.slice(0, half), events.slice(half)] };
  }
  const pointer = BATCH_POINTER.exec(problem.pointer ?? '')?.[2] ?? '';
  const { line, name: event } = refused;
  const rejects = [{ line, event, code: problem.code, pointer, reason: problem.detail ?? describeProblem(problem) }];
  return { rejects, rest: [dropDependents(events, refused, rejects)] };
}

/** Without the refused event and, transitively, those of its row that refer to it. */
function dropDependents(events: readonly PreparedEvent[], refused: PreparedEvent, rejects: Reject[]): PreparedEvent[] {
  const gone = new Set([refused.id]);
  return events.filter((event) => {
    if (event === refused) return false;
    if (!event.needs.some((id) => gone.has(id))) return true;
    gone.add(event.id);
    rejects.push(rejectOfDependent(event));
    return false;
  });
}

/** The event that this one refers to was rejected. */
export function rejectOfDependent({ line, name: event }: Pick<PreparedEvent, 'line' | 'name'>): Reject {
  return {
    line,
    event,
    code: 'unknown_ref',
    pointer: '/refs',
    reason: 'The event of this row that it refers to was rejected.',
  };
}
