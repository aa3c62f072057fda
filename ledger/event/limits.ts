/** Limits on one event. @module */

/** Characters (code points) of subject, encounter, actor.id, model.name. */
export const MAX_NAME_CHARS = 256;
/** Characters of model.version and actor.purposeOfUse. */
export const MAX_SHORT_CHARS = 64;
export const MAX_REFS = 64;
/** Bytes of the canonical envelope, payload included. */
export const MAX_ENVELOPE_BYTES = 256 * 1024;
/** The same for an audit that the service itself computed: all of its figures are one event. */
export const MAX_AUDIT_BYTES = 4 * 1024 * 1024;
/** Bytes of an entry: its length is a uint16 in C2SP entry bundles. */
export const MAX_ENTRY_BYTES = 65_535;
/** How far ahead of the server's clock `occurredAt` may be, ms. */
export const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;
