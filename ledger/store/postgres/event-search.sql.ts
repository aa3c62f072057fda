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
  e.idx, e.id, e.type, e.entry, e.recorded_at, p.principal, coalesce(e.pseudonym, i.subject) as pseudonym`;
export const EVENT_TABLES = `
  events e join posters p on p.no = e.poster left join event_index i on i.idx = e.idx`;

/** Events are recorded a little before they are committed, and instances' clocks differ: slack for the index bounds. */
const CLOCK_SLACK_MS = 300_000;

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Builds the statement; every value is a parameter. */
export function searchStatement(conditions: SearchConditions): Statement {
  const values: unknown[] = [];
  const where: string[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const blind = (column: string, value: Uint8Array | undefined): void => {
    // event_index_<column> (column, idx)
    if (value !== undefined) where.push(`i.${column} = ${parameter(uuidFromBytes(value))}::uuid`);
  };
  const range = (column: string, from: number | undefined, to: number | undefined): void => {
    if (from !== undefined) where.push(`${column} >= ${parameter(from)}::bigint`);
    if (to !== undefined) where.push(`${column} < ${parameter(to)}::bigint`);
  };

  blind('subject', conditions.subject);
  blind('encounter', conditions.encounter);
  blind('actor', conditions.actor);
  blind('model', conditions.model);
  blind('model_version', conditions.modelVersion);
  range('i.occurred_at', conditions.occurredFromMs, conditions.occurredToMs);
  const drive = where.length > 0 ? 'i.idx' : 'e.idx';
  // events_type (type, idx), events_poster (poster, idx), event_refs primary key (ref, idx)
  if (conditions.typeCodes !== undefined) where.push(`e.type = any(${parameter(conditions.typeCodes)}::smallint[])`);
  if (conditions.postedBy !== undefined) where.push(`p.principal = ${parameter(conditions.postedBy)}`);
  if (conditions.ref !== undefined)
    where.push(`e.idx in (select r.idx from event_refs r where r.ref = ${parameter(conditions.ref)}::uuid)`);
  range('e.recorded_at', conditions.recordedFromMs, conditions.recordedToMs);
  range(drive, conditions.fromIndex, conditions.toIndex);
  if (conditions.recordedFromMs !== undefined) {
    // checkpoints_signed_at: all that an earlier checkpoint covers was recorded earlier
    const bound = parameter(conditions.recordedFromMs - CLOCK_SLACK_MS);
    where.push(`${drive} >= coalesce((select max(size) from checkpoints where signed_at < ${bound}::bigint), 0)`);
  }
  if (conditions.recordedToMs !== undefined) {
    const bound = parameter(conditions.recordedToMs + CLOCK_SLACK_MS);
    where.push(
      `${drive} < coalesce((select min(size) from checkpoints where signed_at > ${bound}::bigint), ${Number.MAX_SAFE_INTEGER})`,
    );
  }
  if (conditions.after !== undefined)
    where.push(`${drive} ${conditions.order === 'asc' ? '>' : '<'} ${parameter(conditions.after)}::bigint`);

  const joined =
    drive === 'i.idx' ? 'event_index i join events e on e.idx = i.idx join posters p on p.no = e.poster' : EVENT_TABLES;
  const text = `select ${EVENT_COLUMNS} from ${joined}
    ${where.length > 0 ? `where ${where.join(' and ')}` : ''}
    order by ${drive} ${conditions.order} limit ${parameter(conditions.limit + 1)}::bigint`;
  return { text, values };
}
