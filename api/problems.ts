/**
 * RFC 9457 problem details: one table from code to status and title, and one function that turns whatever was thrown
 * into a problem. Nothing that a caller sent, and nothing of our insides, stands in one (invariant 5).
 *
 * @module
 */
import { FatalLedgerError, LedgerError, type ErrorCode } from '../ledger/errors.ts';
import { redactPointer } from '../ledger/event/redact-pointer.ts';

/** What the edge answers for a code. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** Every code of `ledger/errors.ts`. Codes that never leave by HTTP have a row too: the table has no default. */
export const PROBLEMS: Readonly<Record<ErrorCode, ProblemKind>> = {
  json_invalid: { status: 400, title: 'The body is not JSON' },
  json_duplicate_member: { status: 400, title: 'A member name occurs twice' },
  json_number_imprecise: { status: 400, title: 'A number loses precision' },
  json_lone_surrogate: { status: 400, title: 'A string holds a lone surrogate' },
  json_not_utf8: { status: 400, title: 'The body is not UTF-8' },
  json_too_deep: { status: 400, title: 'The body is nested too deeply' },
  json_too_large: { status: 413, title: 'The JSON is too large' },
  unknown_member: { status: 400, title: 'A member is not known' },
  missing_member: { status: 400, title: 'A member is missing' },
  wrong_type: { status: 400, title: 'A member has the wrong type' },
  invalid_value: { status: 400, title: 'A value is not allowed' },
  unknown_event_type: { status: 400, title: 'The event type is not known' },
  type_reserved: { status: 403, title: 'Only the service makes events of this type' },
  invalid_id: { status: 400, title: 'The id is not a UUID' },
  invalid_time: { status: 400, title: 'The time is not RFC 3339 in UTC' },
  invalid_ref: { status: 400, title: 'A reference is not valid' },
  entry_too_large: { status: 413, title: 'The entry is too large' },
  batch_empty: { status: 400, title: 'The batch is empty' },
  batch_too_large: { status: 413, title: 'The batch has too many events' },
  id_conflict: { status: 409, title: 'The id is taken by other content' },
  content_erased: { status: 409, title: 'The content was erased' },
  unknown_ref: { status: 422, title: 'A reference points to no event' },
  overloaded: { status: 503, title: 'Too much work is waiting' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  stopping: { status: 503, title: 'The service is stopping' },
  log_refuses_to_sign: { status: 503, title: 'The log refuses to sign' },
  store_unavailable: { status: 503, title: 'The store does not answer' },
  not_found: { status: 404, title: 'Not found' },
  invalid_cursor: { status: 400, title: 'The cursor is not valid' },
  invalid_query: { status: 400, title: 'The query is not valid' },
  not_in_log: { status: 404, title: 'The log does not hold it' },
  rows_empty: { status: 400, title: 'There are no rows' },
  lengths_differ: { status: 400, title: 'The columns have different lengths' },
  unknown_metric: { status: 400, title: 'The metric is not known' },
  unknown_group: { status: 400, title: 'The group or attribute is not in the rows' },
  too_many_groups: { status: 400, title: 'The attribute has too many groups' },
  audit_too_large: { status: 413, title: 'The audit has too many figures' },
  legal_hold: { status: 409, title: 'The subject is under legal hold' },
  unknown_subject: { status: 404, title: 'The subject is not known' },
  unauthenticated: { status: 401, title: 'A valid credential is needed' },
  forbidden: { status: 403, title: 'Not allowed' },
  break_glass_required: { status: 403, title: 'Not a patient of yours' },
  issuer_unavailable: { status: 503, title: 'The token issuer does not answer' },
  media_type_unsupported: { status: 415, title: 'The media type is not supported' },
  not_acceptable: { status: 406, title: 'No acceptable media type' },
  body_too_large: { status: 413, title: 'The body is too large' },
  request_timeout: { status: 408, title: 'The request took too long' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  bad_request: { status: 400, title: 'The request cannot be read' },
  anchor_unavailable: { status: 503, title: 'The chain cannot be asked' },
  internal: { status: 500, title: 'Something went wrong' },
  verify_unusable: { status: 400, title: 'The file cannot be verified' },
  config_invalid: { status: 500, title: 'The configuration is not valid' },
  data_dir_in_use: { status: 500, title: 'The data directory is in use' },
  key_file_invalid: { status: 500, title: 'A key file is not valid' },
  database_incompatible: { status: 500, title: 'The database is not compatible' },
};

/** Body of an `application/problem+json` answer. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  /** What to do next. */
  readonly detail: string;
  /** RFC 6901; names of ours alone. */
  readonly pointer?: string;
  readonly offset?: number;
  readonly requestId: string;
}

/** A problem with what goes into headers. */
export interface ProblemAnswer {
  readonly problem: Problem;
  /** Seconds, for `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;
  /** Not one of our codes: something to look at in the log. */
  readonly unexpected: boolean;
}

/** Seconds that callers are asked to wait where the error itself does not say. */
const RETRY_AFTER: Partial<Record<ErrorCode, number>> = {
  overloaded: 1,
  too_many_requests: 1,
  stopping: 5,
  store_unavailable: 5,
  issuer_unavailable: 5,
};

/** Codes whose row says 500: a fault of ours, whose message is for operators. */
function isInternal(code: ErrorCode): boolean {
  return PROBLEMS[code].status === 500;
}

/** Turns whatever was thrown into a problem. */
export function toProblem(error: unknown, requestId: string): ProblemAnswer {
  if (error instanceof FatalLedgerError) {
    const refusal = new LedgerError('log_refuses_to_sign', 'The log refuses to sign; GET /readyz says why.');
    return toProblem(refusal, requestId);
  }
  if (!(error instanceof LedgerError) || isInternal(error.code)) {
    const detail = 'The request was not answered. Give the request id to whoever runs the service.';
    return { problem: problemOf('internal', detail, requestId), retryAfterSeconds: undefined, unexpected: true };
  }
  const problem = {
    ...problemOf(error.code, error.message, requestId),
    ...(error.pointer === undefined ? {} : { pointer: redactPointer(error.pointer) }),
    ...(error.offset === undefined ? {} : { offset: error.offset }),
  };
  return { problem, retryAfterSeconds: error.retryAfterSeconds ?? RETRY_AFTER[error.code], unexpected: false };
}

function problemOf(code: ErrorCode, detail: string, requestId: string): Problem {
  const { status, title } = PROBLEMS[code];
  return { type: `urn:vericlin:error:${code}`, title, status, code, detail, requestId };
}
