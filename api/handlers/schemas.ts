/**
 * The event schemas.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { encodeBase64 } from '../../ledger/canonical/base64.ts';
import { EVENT_SCHEMAS, schemaDigest, type EventSchema } from '../../ledger/event/index.ts';
import { EVENT_TYPES, type Sha256 } from '../../ledger/types.ts';
import type { Handlers, Schema } from '../handler.ts';
import { jsonReply, typedJsonReply } from '../http/reply.ts';

const sha256: Sha256 = (data) => createHash('sha256').update(data).digest();

/** `urn:vericlin:schema:<type>:<version>`. */
function versionOf(schema: EventSchema): number {
  return Number(schema.$id.slice(schema.$id.lastIndexOf(':') + 1));
}

/** Schemas. */
export function schemaHandlers(): Pick<Handlers, 'listSchemas' | 'getSchema'> {
  const schemas: Schema<'SchemaList'>['schemas'] = EVENT_TYPES.map((type) => ({
    type,
    version: versionOf(EVENT_SCHEMAS[type]),
    digest: encodeBase64(schemaDigest(type, sha256)),
  }));
  return {
    listSchemas: () => jsonReply(200, { schemas }),
    getSchema: ({ path }) => typedJsonReply('application/schema+json', EVENT_SCHEMAS[path.type]),
  };
}
