import type { EventType } from '../../types.ts';
import type { EventSchema, MemberSchema } from './schema-types.ts';

interface Definition {
  readonly title: string;
  readonly description: string;
  readonly properties: Readonly<Record<string, MemberSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly MemberSchema[];
}

/**
 * Makes the schema of an event type. A change of any kind changes the schema's digest, which is in every entry: make the
 * next version beside it instead, and keep this one to read older entries.
 */
export function defineEventSchema(type: EventType, definition: Definition, version = 1): EventSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:vericlin:schema:${type}:${version}`,
    type: 'object',
    required: [],
    ...definition,
  };
}
