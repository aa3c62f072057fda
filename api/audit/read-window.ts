/**
 * Reads a window of the log page by page: predictions in the order of the log, each page with the outcomes that refer to it.
 * Memory holds a page of events and the columns that are made of them.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import type { LogReader, SearchQuery, StoredEvent } from '../../ledger/ports.ts';
import type { JsonObject } from '../../ledger/types.ts';
import { inParts } from '../content/in-parts.ts';
import type { WindowRange } from '../../fairness/window-source.ts';
import type { WindowEvent, WindowJoin } from '../../fairness/window.ts';

/** Events on a page: few enough that other requests hardly notice what is done with one. */
const PAGE = 250;
/** Outcomes asked for with a page; with more, the page is asked for in halves. */
const OUTCOMES_AT_ONCE = 1_000;
/** Predictions of one window: more than that is minutes of reading. */
export const MAX_WINDOW = 2_000_000;

type Read = Pick<LogReader, 'search' | 'openMany' | 'referrersOf' | 'findEvents'>;

/** What reading needs. */
export interface WindowReading {
  readonly read: Read;
  readonly range: WindowRange;
  /** Aborted: nobody waits for the audit any more. */
  readonly signal: AbortSignal;
}

/** What a row can need of an outcome; the rest is let go of at once. */
function settlingPart({ observed, label, censored }: JsonObject): JsonObject {
  return {
    ...(observed === undefined ? {} : { observed }),
    ...(label === undefined ? {} : { label }),
    ...(censored === undefined ? {} : { censored }),
  };
}

function requireSomebody(signal: AbortSignal): void {
  if (signal.aborted) throw new LedgerError('stopping', 'The audit was broken off. Post it again.');
}

async function opened(
  read: Read,
  events: readonly StoredEvent[],
  keep: (payload: JsonObject) => JsonObject,
): Promise<readonly WindowEvent[]> {
  const all: WindowEvent[] = [];
  for (const part of inParts(events)) {
    const contents = await read.openMany(part);
    for (const [i, { id, index, refs }] of part.entries()) {
      const content = contents[i];
      const payload = content?.kind === 'open' ? keep(content.opening.envelope.payload) : undefined;
      all.push({ id, index, refs, payload });
    }
  }
  return all;
}

/** Every outcome that refers to one of the events. */
async function outcomesOf(read: Read, ids: readonly string[], size: number): Promise<readonly StoredEvent[]> {
  const [id] = ids;
  if (id === undefined) return [];
  if (ids.length === 1) return await outcomesOfOne(read, id, size);
  const found = await read.referrersOf(ids, { types: ['outcome'], limit: OUTCOMES_AT_ONCE });
  if (found.length < OUTCOMES_AT_ONCE) return found.filter(({ index }) => index < size);
  const middle = Math.ceil(ids.length / 2);
  const first = await outcomesOf(read, ids.slice(0, middle), size);
  const known = new Set(first.map((event) => event.id));
  const second = await outcomesOf(read, ids.slice(middle), size);
  return [...first, ...second.filter((event) => !known.has(event.id))];
}

async function outcomesOfOne(read: Read, ref: string, size: number): Promise<readonly StoredEvent[]> {
  const all: StoredEvent[] = [];
  for await (const page of pages(read, { types: ['outcome'], ref, toIndex: size })) all.push(...page);
  return all;
}

async function* pages(
  read: Read,
  conditions: Omit<SearchQuery, 'limit' | 'order' | 'after'>,
): AsyncGenerator<readonly StoredEvent[]> {
  let after: number | undefined;
  do {
    const query = { ...conditions, order: 'asc', limit: PAGE, ...(after === undefined ? {} : { after }) } as const;
    const { events, nextAfter } = await read.search(query);
    if (events.length > 0) yield events;
    after = nextAfter;
  } while (after !== undefined);
}

function occurring({ from, to, size }: WindowRange): Pick<SearchQuery, 'occurredFrom' | 'occurredTo' | 'toIndex'> {
  return {
    toIndex: size,
    ...(from === undefined ? {} : { occurredFrom: from }),
    ...(to === undefined ? {} : { occurredTo: to }),
  };
}

/** What was seen of the predictions of a window. */
export interface SeenPredictions {
  /** Indices of the first and the last. */
  readonly first: number;
  readonly last: number;
  /** Digests of their models, as entries hold them. */
  readonly models: ReadonlySet<string>;
}

function modelDigestOf({ entry }: StoredEvent): string | undefined {
  return (JSON.parse(Buffer.from(entry).toString('utf8')) as { readonly model?: string }).model;
}

/**
 * Gives every prediction of the window to `join`, with its outcomes.
 *
 * @returns `undefined` where there is none
 * @throws LedgerError `audit_too_large` for more than {@link MAX_WINDOW} predictions, `stopping` where nobody waits any more
 */
export async function readPredictions(
  { read, range, signal }: WindowReading,
  join: WindowJoin,
): Promise<SeenPredictions | undefined> {
  let seen: { first: number; last: number; models: Set<string> } | undefined;
  const conditions = { types: ['prediction'], model: range.model, ...occurring(range) } as const;
  for await (const page of pages(read, conditions)) {
    requireSomebody(signal);
    const ids = page.map(({ id }) => id);
    const [start] = page;
    seen ??= { first: start?.index ?? 0, last: 0, models: new Set() };
    for (const event of page) {
      seen.last = event.index;
      const model = modelDigestOf(event);
      if (model !== undefined) seen.models.add(model);
    }
    const [predictions, settling] = await Promise.all([
      opened(read, page, (payload) => payload),
      outcomesOf(read, ids, range.size).then((outcomes) => opened(read, outcomes, settlingPart)),
    ]);
    join.add(predictions, settling);
    if (join.predictions > MAX_WINDOW) {
      const message = `A window may have at most ${MAX_WINDOW} predictions. Narrow it by from and to.`;
      throw new LedgerError('audit_too_large', message);
    }
  }
  return seen;
}

/**
 * Counts erased predictions of the same models between the first and the last of the window. Erasing takes them out of the
 * search by model and time; what is left is their entry, which has the digest of the model, and their place in the log.
 */
export async function countErased(
  { read, signal }: Pick<WindowReading, 'read' | 'signal'>,
  { first, last, models }: SeenPredictions,
): Promise<number> {
  let erased = 0;
  for await (const page of pages(read, { types: ['prediction'], fromIndex: first, toIndex: last })) {
    requireSomebody(signal);
    for (const event of page) {
      if (event.erasedBy !== undefined && models.has(modelDigestOf(event) ?? '')) erased += 1;
    }
  }
  return erased;
}

/** Counts the outcomes of the same time that refer to no prediction, of whatever model: nothing was opened for that. */
export async function countStrayOutcomes({ read, range, signal }: WindowReading): Promise<number> {
  let stray = 0;
  for await (const page of pages(read, { types: ['outcome'], ...occurring(range) })) {
    requireSomebody(signal);
    const refs = [...new Set(page.flatMap((event) => event.refs))];
    const predictions = await predictionsAmong(read, refs);
    stray += page.filter((event) => !event.refs.some((ref) => predictions.has(ref))).length;
  }
  return stray;
}

async function predictionsAmong(read: Read, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const found = await read.findEvents(ids);
  return new Set(found.filter(({ type }) => type === 'prediction').map(({ id }) => id));
}
