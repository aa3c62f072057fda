/**
 * `POST /v1/events:search`.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import { parseEventTime } from '../../ledger/event/index.ts';
import type { Principal, SearchQuery, StoredEvent } from '../../ledger/ports.ts';
import type { JsonObject } from '../../ledger/types.ts';
import { openCursor, sealCursor, type Position } from '../content/cursor.ts';
import { ACTIVITY_TYPES, entitlementTo, requireOwnPatient, seesIdentified } from '../content/entitlement.ts';
import { toEventView } from '../content/event-view.ts';
import type { Call, Handlers, Schema } from '../handler.ts';
import { jsonReply, type Reply } from '../http/reply.ts';
import { Refusal } from '../refusal.ts';
import { originOf, type HandlerDeps } from './handler-deps.ts';

type SearchBody = Schema<'Search'>;
type Conditions = Omit<SearchQuery, 'limit' | 'after'>;

const DEFAULT_LIMIT = 100;
/** Conditions that could single out a patient (45 CFR 164.514(b)(2)): bisecting a date finds it. */
const IDENTIFYING = ['subject', 'encounter', 'actor', 'occurredFrom', 'occurredTo'] as const;
const TIMES = ['recordedFrom', 'recordedTo', 'occurredFrom', 'occurredTo'] as const;

/** What is not given has no member. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function typesOf({ type, types }: SearchBody): NonNullable<SearchBody['types']> | undefined {
  if (type === undefined) return types;
  if (types === undefined) return [type];
  throw new LedgerError('invalid_query', 'Give type or types, not both.', { pointer: '/type' });
}

function requireTimes(body: SearchBody): void {
  for (const member of TIMES) {
    const value = body[member];
    if (value === undefined || parseEventTime(value) !== undefined) continue;
    throw new LedgerError('invalid_time', 'The time does not exist, or is not RFC 3339 in UTC.', {
      pointer: `/${member}`,
    });
  }
}

function conditionsOf(body: SearchBody, by: Principal): Conditions {
  requireTimes(body);
  const { model, subject, encounter, actor, ref, fromIndex, toIndex } = body;
  const { recordedFrom, recordedTo, occurredFrom, occurredTo } = body;
  return {
    ...given({ types: typesOf(body), subject, encounter, actor, fromIndex, toIndex }),
    ...given({ recordedFrom, recordedTo, occurredFrom, occurredTo, ref: ref?.toLowerCase() }),
    ...(model === undefined ? {} : { model: { name: model.name, ...given({ version: model.version }) } }),
    ...(by.role === 'integrator' ? { postedBy: by.id } : {}),
    order: body.order ?? 'asc',
  };
}

/** A security officer reviews the activity of people; of patients only privacy officers do. */
function mayUse(by: Principal, condition: string, conditions: Conditions): boolean {
  if (seesIdentified(by) || by.role === 'integrator' || by.role === 'clinician') return true;
  const isActivity = conditions.types?.every((type) => ACTIVITY_TYPES.has(type)) === true;
  return by.role === 'security-officer' && isActivity && condition !== 'subject' && condition !== 'encounter';
}

async function authorise(deps: HandlerDeps, by: Principal, conditions: Conditions): Promise<string | undefined> {
  for (const condition of IDENTIFYING) {
    if (conditions[condition] === undefined || mayUse(by, condition, conditions)) continue;
    const message = 'This role may not search by what could identify a patient. Leave the condition out.';
    throw new Refusal('forbidden', message, { pointer: `/${condition}` });
  }
  const { subject } = conditions;
  if (by.role === 'clinician' && subject === undefined) {
    throw new LedgerError('missing_member', 'Clinicians search within one subject. Name it in subject.', {
      pointer: '/subject',
    });
  }
  const pseudonym = subject === undefined ? undefined : await deps.ledger.subjects.resolve(subject);
  if (by.role === 'clinician') {
    // An unknown subject is answered like one of somebody else: subjects cannot be probed.
    if (pseudonym === undefined)
      throw new Refusal('break_glass_required', 'No event names you in the care of this subject.');
    await requireOwnPatient(deps.ledger, by, { pseudonym });
  }
  return pseudonym;
}

function scopeOf(by: Principal, conditions: Conditions): JsonObject {
  return { by: by.id, query: JSON.parse(JSON.stringify(conditions)) as JsonObject };
}

function queryOf(conditions: Conditions, limit: number, position: Position | undefined): SearchQuery {
  if (position === undefined) return { ...conditions, limit };
  const toIndex = Math.min(conditions.toIndex ?? position.size, position.size);
  return { ...conditions, toIndex, after: position.after, limit };
}

/** The state of the log that all pages of this search show. */
function sizeAtStart(deps: HandlerDeps, events: readonly StoredEvent[]): number {
  const newest = events.reduce((largest, event) => Math.max(largest, event.index), -1);
  return Math.max(deps.ledger.status().size, newest + 1);
}

async function viewsOf(
  deps: HandlerDeps,
  by: Principal,
  events: readonly StoredEvent[],
): Promise<Schema<'EventView'>[]> {
  if (by.role === 'integrator') return events.map((event) => toEventView(event, by, 'withheld', undefined));
  const known = new Map<string, Promise<boolean>>();
  const hasCareRelation = (pseudonym: string, actor: string): Promise<boolean> => {
    const answer = known.get(pseudonym) ?? deps.ledger.read.hasCareRelation(pseudonym, actor);
    known.set(pseudonym, answer);
    return answer;
  };
  const entitlements = await Promise.all(
    events.map((event) => entitlementTo({ read: { hasCareRelation }, breakGlass: deps.ledger.breakGlass }, by, event)),
  );
  const opened = await deps.ledger.read.openMany(events);
  return events.map((event, i) => toEventView(event, by, entitlements[i] ?? 'withheld', opened[i]));
}

async function answerSearch(deps: HandlerDeps, call: Call<'searchEvents'>): Promise<Reply> {
  const { principal: by, body } = call;
  const conditions = conditionsOf(body, by);
  const pseudonym = await authorise(deps, by, conditions);
  const scope = scopeOf(by, conditions);
  const position = body.cursor === undefined ? undefined : openCursor(deps.cursorKey, scope, body.cursor);
  const query = queryOf(conditions, body.limit ?? DEFAULT_LIMIT, position);
  const { events, nextAfter } = await deps.ledger.read.search(query);
  const [views] = await Promise.all([
    viewsOf(deps, by, events),
    deps.record(by, {
      action: 'search',
      operation: 'searchEvents',
      outcome: 'success',
      refs: events.map((event) => event.id),
      ...originOf(call),
      ...(pseudonym === undefined ? {} : { pseudonym }),
      detail: { conditions: Object.keys(conditions) },
    }),
  ]);
  const size = position?.size ?? sizeAtStart(deps, events);
  const nextCursor = nextAfter === undefined ? null : sealCursor(deps.cursorKey, scope, { after: nextAfter, size });
  return jsonReply(200, { events: views, nextCursor });
}

/** Searching. */
export function searchHandlers(deps: HandlerDeps): Pick<Handlers, 'searchEvents'> {
  return { searchEvents: (call) => answerSearch(deps, call) };
}
