/**
 * The search statement. Each condition names the index it leans on; `order by idx` follows the same index, so a page costs
 * what it holds.
 *
 * @module
 */
import { uuidFromBytes } from '../../event/uuid.ts';
import type { SearchConditions } from '../event-store.ts';

/** Columns of a stored event. */
export const EVENT_COLUMNS = `
  e.idx, e.id, e.type, e.entry, e.recorded_at, p.principal, octet_length(e.sealed) as content_bytes,
  -- Only events without a subject of their own (access and the like) name one in the search index.
  case when e.pseudonym is null then (select i.subject from event_index i where i.idx = e.idx) else e.pseudonym end as pseudonym,
  (select s.shredded_by from subjects s where s.pseudonym = e.pseudonym) as shredded_by`;
export const EVENT_TABLES = 'events e join posters p on p.no = e.poster';
/** Where a condition is on the search index, that comes first. */
const INDEXED_TABLES = 'event_index i join events e on e.idx = i.idx join posters p on p.no = e.poster';

/** Events are recorded a little before they are committed, and instances' clocks differ: slack for the index bounds. */
const CLOCK_SLACK_MS = 300_000;

/** All that an earlier checkpoint covers was recorded earlier; index checkpoints_signed_at. */
const SIZE_BEFORE = (at: string): string =>
  `coalesce((select max(size) from checkpoints where signed_at < ${at}::bigint - ${CLOCK_SLACK_MS}), 0)`;
const SIZE_AFTER = (at: string): string =>
  `coalesce((select min(size) from checkpoints where signed_at > ${at}::bigint + ${CLOCK_SLACK_MS}), ${Number.MAX_SAFE_INTEGER})`;

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

type Condition = readonly [value: unknown, sql: (parameter: string) => string];

const uuid = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : uuidFromBytes(bytes);
const blind =
  (column: string) =>
  (p: string): string =>
    `i.${column} = ${p}::uuid`;

/** Conditions on the search index: event_index_subject, _encounter, _actor, _model, _occurred. */
function indexed(conditions: SearchConditions): readonly Condition[] {
  return [
    [uuid(conditions.subject), blind('subject')],
    [uuid(conditions.encounter), blind('encounter')],
    [uuid(conditions.actor), blind('actor')],
    [uuid(conditions.model), blind('model')],
    [uuid(conditions.modelVersion), blind('model_version')],
    [conditions.occurredFromMs, (p) => `i.occurred_at >= ${p}::bigint`],
    [conditions.occurredToMs, (p) => `i.occurred_at < ${p}::bigint`],
  ];
}

/** Conditions on the events: events_type, events_poster, the primary keys of events and event_refs. */
function direct(conditions: SearchConditions, idx: string): readonly Condition[] {
  const past = conditions.order === 'asc' ? '>' : '<';
  return [
    [conditions.typeCodes, (p) => `e.type = any(${p}::smallint[])`],
    [conditions.postedBy, (p) => `p.principal = ${p}`],
    [conditions.ref, (p) => `e.idx in (select r.idx from event_refs r where r.ref = ${p}::uuid)`],
    [conditions.recordedFromMs, (p) => `e.recorded_at >= ${p}::bigint and ${idx} >= ${SIZE_BEFORE(p)}`],
    [conditions.recordedToMs, (p) => `e.recorded_at < ${p}::bigint and ${idx} < ${SIZE_AFTER(p)}`],
    [conditions.fromIndex, (p) => `${idx} >= ${p}::bigint`],
    [conditions.toIndex, (p) => `${idx} < ${p}::bigint`],
    [conditions.after, (p) => `${idx} ${past} ${p}::bigint`],
  ];
}

/** Builds the statement; every value is a parameter. */
export function searchStatement(conditions: SearchConditions): Statement {
  const onIndex = indexed(conditions).filter(([value]) => value !== undefined);
  const idx = onIndex.length > 0 ? 'i.idx' : 'e.idx';
  const all = [...onIndex, ...direct(conditions, idx).filter(([value]) => value !== undefined)];
  const where = all.map(([, sql], at) => sql(`$${at + 1}`));
  const text = `select ${EVENT_COLUMNS} from ${onIndex.length > 0 ? INDEXED_TABLES : EVENT_TABLES}
    ${where.length > 0 ? `where ${where.join(' and ')}` : ''}
    order by ${idx} ${conditions.order} limit $${all.length + 1}::bigint`;
  return { text, values: [...all.map(([value]) => value), conditions.limit + 1] };
}
