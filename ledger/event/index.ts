/** Taking an event in: posted JSON -> envelope -> canonical bytes -> commitment -> entry -> leaf hash -> sealed opening. @module */
export { deidentify, type DeidentifiedEvent } from './deidentify.ts';
export { ENVELOPE_SCHEMA } from './envelope-schema.ts';
export { parseEventTime } from './event-time.ts';
export * from './limits.ts';
export { prepareEvent, type PreparedEvent } from './prepare.ts';
export { createRandomPool, type RandomBytes } from './random-pool.ts';
export { redactPointer } from './redact-pointer.ts';
export { EVENT_RULES, SERVER_MADE_TYPES, type EventRule } from './rules.ts';
export { sameContent } from './same-content.ts';
export {
  digestOfSchema,
  EVENT_SCHEMAS,
  findSchema,
  schemaDigest,
  schemaVersions,
  versionOf,
  type EventSchema,
  type MemberSchema,
} from './schemas/index.ts';
export { createSealer, unsealOpening, type DataKey, type SealOpening, type UnsealedOpening } from './seal.ts';
export { createUuidV7, newUuidV7, type UuidV7Source } from './uuid-v7.ts';
export { normalizeUuid, uuidFromBytes, uuidToBytes } from './uuid.ts';
export { createEnvelopeValidator, type EnvelopeValidator, type ValidateOptions } from './validate.ts';
