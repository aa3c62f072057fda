/**
 * Which version of its type's schema an event was taken in by.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { EVENT_SCHEMAS, findSchema, schemaVersions, type EventSchema } from '../../ledger/event/index.ts';
import type { StoredEvent } from '../../ledger/ports.ts';
import type { Sha256 } from '../../ledger/types.ts';

const sha256: Sha256 = (data) => createHash('sha256').update(data).digest();

/** The schema that the event's entry names; the newest where it is none that this program knows. */
export function schemaOf({ type, entry }: Pick<StoredEvent, 'type' | 'entry'>): EventSchema {
  const newest = EVENT_SCHEMAS[type];
  if (schemaVersions(type).length === 1) return newest;
  const { schema } = JSON.parse(Buffer.from(entry).toString('utf8')) as { schema: string };
  return findSchema(type, schema, sha256) ?? newest;
}
