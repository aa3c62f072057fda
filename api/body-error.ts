/**
 * What Ajv finds in a body, in our words.
 *
 * @module
 */
import { LedgerError, type ErrorCode } from '../ledger/errors.ts';

/** One error of Ajv as far as it is read. Its `message` and `params` may hold input and are left alone. */
export interface SchemaError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Keywords of Ajv in our words. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  required: 'missing_member',
  additionalProperties: 'unknown_member',
  unevaluatedProperties: 'unknown_member',
  type: 'wrong_type',
};
const DETAILS: Partial<Record<ErrorCode, string>> = {
  missing_member: 'A member that is required here is missing.',
  unknown_member: 'The object has a member that is not known here. Remove it.',
  wrong_type: 'The member has another type than the document says.',
  invalid_value: 'The value is not one that the document allows here.',
};

/** A pointer that holds names of the document alone: it leaves as it is. */
export class BodyRuleError extends LedgerError {
  readonly documentPointer: string;

  constructor(code: ErrorCode, message: string, pointer: string) {
    super(code, message, { pointer });
    this.name = 'BodyRuleError';
    this.documentPointer = pointer;
  }
}

/**
 * @param place in the body; its names have to be the document's own. Ajv goes down only into members that a schema names, but
 *   for those of maps
 */
export function bodyError({ keyword, params }: SchemaError, place: string): BodyRuleError {
  const code = CODES[keyword] ?? 'invalid_value';
  const missing = code === 'missing_member' ? `/${String(params['missingProperty'])}` : '';
  return new BodyRuleError(code, DETAILS[code] ?? 'The body is not valid.', `${place}${missing}`);
}
