/**
 * JSON Schema 2020-12 of the envelope, for documentation and for tests that hold the hand-written checks of
 * `validate.ts` against it. What a schema cannot say (calendar dates, refs unique after lower-casing, the rules by
 * type) is in `validate.ts` and `rules.ts`.
 *
 * @module
 */
import { EVENT_TYPES } from '../types.ts';
import type { EventSchema, MemberSchema } from './schemas/schema-types.ts';
import { MAX_NAME_CHARS, MAX_REFS, MAX_SHORT_CHARS } from './limits.ts';

/** RFC 9562 text form, any version and case. */
const UUID_PATTERN = '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$';
/** RFC 3339 in UTC with `Z`, years 1900 to 9999, up to nanoseconds. */
const TIME_PATTERN =
  '^(19|[2-9][0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?Z$';

/** Without control characters: names are shown on one line and kept in text columns. */
const NAME_PATTERN = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';
const name = (description: string, maxLength: number): MemberSchema => ({
  description,
  type: 'string',
  minLength: 1,
  maxLength,
  pattern: NAME_PATTERN,
});

/** Members are closed: an unknown one is refused. */
export const ENVELOPE_SCHEMA: EventSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:vericlin:schema:envelope:1',
  title: 'Event envelope',
  description: 'What an integrator posts. The payload follows the schema of its type.',
  type: 'object',
  additionalProperties: false,
  required: ['type', 'occurredAt', 'payload'],
  properties: {
    id: {
      description: 'UUID; makes posting idempotent. Made by the server when absent.',
      type: 'string',
      pattern: UUID_PATTERN,
    },
    type: { description: 'Event type.', type: 'string', enum: EVENT_TYPES },
    occurredAt: {
      description: 'RFC 3339 UTC; at most 24 h ahead of the server.',
      type: 'string',
      pattern: TIME_PATTERN,
    },
    subject: name('The patient, by the poster’s own id. Stands inside the log as a random pseudonym.', MAX_NAME_CHARS),
    encounter: name('The encounter, by the poster’s own id.', MAX_NAME_CHARS),
    model: {
      description: 'The version of the model that it is about.',
      type: 'object',
      additionalProperties: false,
      required: ['name', 'version'],
      properties: {
        name: name('Name of the model.', MAX_NAME_CHARS),
        version: name('Version.', MAX_SHORT_CHARS),
        digest: { description: 'Lower-case hex SHA-256 of the artefact.', type: 'string', pattern: '^[0-9a-f]{64}$' },
      },
    },
    actor: {
      description: 'Who or what acted.',
      type: 'object',
      additionalProperties: false,
      required: ['id'],
      properties: {
        id: name('Id of the person or program.', MAX_NAME_CHARS),
        purposeOfUse: name('HL7 v3 PurposeOfUse code, e.g. TREAT.', MAX_SHORT_CHARS),
      },
    },
    refs: {
      description: 'Ids of events that exist, or come earlier in the same batch.',
      type: 'array',
      maxItems: MAX_REFS,
      uniqueItems: true,
      items: { type: 'string', pattern: UUID_PATTERN },
    },
    payload: { description: 'Content, by the schema of the type.', type: 'object' },
  },
};
