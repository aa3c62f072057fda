/**
 * Two error families: {@link LedgerError}, answered to the caller while work goes on, and {@link FatalLedgerError},
 * which means that the log's state is unknown or wrong: the service stops signing and says why (invariants 3 and 11).
 * Every code stands in `docs/errors.md`; a test checks that.
 *
 * @module
 */

/** Stable codes. HTTP status and title of each are in `api/problems.ts`. */
export const ERROR_CODES = [
  // reading JSON (ledger/canonical)
  'json_invalid',
  'json_duplicate_member',
  'json_number_imprecise',
  'json_lone_surrogate',
  'json_not_utf8',
  'json_too_deep',
  'json_too_large',
  // the envelope and its payload (ledger/event)
  'unknown_member',
  'missing_member',
  'wrong_type',
  'invalid_value',
  'unknown_event_type',
  'type_reserved',
  'invalid_id',
  'invalid_time',
  'invalid_ref',
  'entry_too_large',
  'batch_empty',
  'batch_too_large',
  // appending (ledger/sequencer)
  'id_conflict',
  'content_erased',
  'unknown_ref',
  'overloaded',
  'too_many_requests',
  'stopping',
  'log_refuses_to_sign',
  'store_unavailable',
  // reading
  'not_found',
  'invalid_cursor',
  'invalid_query',
  'not_in_log',
  // fairness audits
  'rows_empty',
  'lengths_differ',
  'unknown_metric',
  'unknown_group',
  'too_many_groups',
  'audit_too_large',
  // subjects
  'legal_hold',
  'unknown_subject',
  // who may
  'unauthenticated',
  'forbidden',
  'break_glass_required',
  'issuer_unavailable',
  // HTTP edge
  'media_type_unsupported',
  'not_acceptable',
  'body_too_large',
  'request_timeout',
  'method_not_allowed',
  'bad_request',
  'anchor_unavailable',
  'internal',
  // verification (ledger/verify)
  'verify_unusable',
  // configuration
  'config_invalid',
  'data_dir_in_use',
  'key_file_invalid',
  'database_incompatible',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorPlace {
  /** RFC 6901 JSON Pointer of the place in the input; `''` is the whole. */
  readonly pointer?: string;
  /** Byte or character offset in the input, where a pointer cannot be given. */
  readonly offset?: number;
  /** Seconds after which a retry makes sense. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An error with a stable code. `message` says what to do next and never holds a value from the input (invariant 5). */
export class LedgerError extends Error {
  readonly code: ErrorCode;
  readonly pointer: string | undefined;
  readonly offset: number | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, place: ErrorPlace = {}) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause });
    this.name = 'LedgerError';
    this.code = code;
    this.pointer = place.pointer;
    this.offset = place.offset;
    this.retryAfterSeconds = place.retryAfterSeconds;
  }
}

/** Why the log refuses to sign; shown in `/readyz`, metrics and the log. */
export const REFUSAL_REASONS = [
  'database_older_than_checkpoint',
  'other_log',
  'key_changed',
  'forked_head',
  'head_corrupt',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** The log's state is not what was signed before. Sequencing stops; reads go on. */
export class FatalLedgerError extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'FatalLedgerError';
    this.reason = reason;
  }
}
