/**
 * The event schemas.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { encodeBase64 } from '../../ledger/canonical/base64.ts';
import { LedgerError } from '../../ledger/errors.ts';
import { digestOfSchema, EVENT_SCHEMAS, schemaVersions, versionOf } from '../../ledger/event/index.ts';
import { EVENT_TYPES, type EventType, type Sha256 } from '../../ledger/types.ts';
import type { Handlers, Schema } from '../handler.ts';
import { jsonReply, typedJsonReply } from '../http/reply.ts';

const sha256: Sha256 = (data) => createHash('sha256').update(data).digest();

function describe(type: EventType): Schema<'SchemaList'>['schemas'] {
  return schemaVersions(type).map((schema) => ({
    type,
    version: versionOf(schema),
    digest: encodeBase64(digestOfSchema(schema, sha256)),
  }));
}

/** Schemas. */
export function schemaHandlers(): Pick<Handlers, 'listSchemas' | 'getSchema'> {
  const schemas = EVENT_TYPES.flatMap(describe);
  return {
    listSchemas: () => jsonReply(200, { schemas }),
    getSchema: ({ path: { type }, query: { version } }) => {
      const wanted =
        version === undefined ? EVENT_SCHEMAS[type] : schemaVersions(type).find((one) => versionOf(one) === version);
      if (wanted !== undefined) return typedJsonReply('application/schema+json', wanted);
      throw new LedgerError('not_found', 'The schema has no such version. GET /v1/schemas lists them.');
    },
  };
}
