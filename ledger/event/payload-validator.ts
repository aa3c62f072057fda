/**
 * Payloads against their schemas: compiled once by ajv (2020-12), first error only.
 *
 * @module
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { LedgerError, type ErrorCode } from '../errors.ts';
import { EVENT_TYPES, type EventType, type JsonObject } from '../types.ts';
import { redactPointer } from './redact-pointer.ts';
import { EVENT_SCHEMAS } from './schemas/index.ts';

/** Returns if the payload is valid. @throws LedgerError `missing_member`, `wrong_type`, `invalid_value`, `invalid_id`, `invalid_time` */
export type PayloadValidator = (type: EventType, payload: JsonObject, pointer: string) => void;

const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  missing_member: 'The payload lacks a member that its type needs; see the schema of the type.',
  wrong_type: 'A member of the payload has the wrong JSON type; see the schema of the type.',
  invalid_id: 'A member of the payload must be a UUID.',
  invalid_time: 'A member of the payload must be an RFC 3339 date and time.',
  invalid_value: 'A member of the payload is outside what its schema allows; see the schema of the type.',
};

function codeOf(error: ErrorObject): ErrorCode {
  if (error.keyword === 'required') return 'missing_member';
  if (error.keyword === 'type') return 'wrong_type';
  if (error.keyword === 'format') return error.params['format'] === 'uuid' ? 'invalid_id' : 'invalid_time';
  return 'invalid_value';
}

/**
 * The error to report. Of `anyOf` ajv lists every branch's error, then one for the whole: where all branches failed
 * alike (all lack a member, all have the wrong type) that says it best. An `anyOf` within a branch says less than what is
 * wrong with its own branches.
 */
function summarize(errors: readonly ErrorObject[]): { readonly code: ErrorCode; readonly pointer: string } {
  const last = errors.at(-1);
  if (last === undefined) return { code: 'invalid_value', pointer: '' };
  if (last.keyword === 'required') {
    const missing = String(last.params['missingProperty']);
    return { code: 'missing_member', pointer: `${last.instancePath}/${missing}` };
  }
  if (last.keyword !== 'anyOf') return { code: codeOf(last), pointer: last.instancePath };
  const here = errors.filter((error) => error !== last && error.instancePath === last.instancePath);
  const branches = here.filter(({ keyword }, at) => keyword !== 'anyOf' || at === 0);
  const codes = new Set(branches.map(codeOf));
  const [only] = codes;
  return { code: codes.size === 1 && only !== undefined ? only : 'invalid_value', pointer: last.instancePath };
}

type Validators = Readonly<Record<EventType, ValidateFunction>>;

let compiledOnce: Validators | undefined;

function compileAll(): Validators {
  const ajv = new Ajv2020({
    strict: true,
    allErrors: false,
    inlineRefs: true,
    // `required` in a branch of `anyOf` names members of the schema around it.
    strictRequired: false,
    allowUnionTypes: true,
    ownProperties: false,
  });
  ajv.addVocabulary(['x-deidentified']);
  // The default export of a CommonJS module: the function itself at run time, wrapped in the types.
  ajvFormats.default(ajv, ['uuid', 'date-time']);
  const compiled = EVENT_TYPES.map((type) => [type, ajv.compile(EVENT_SCHEMAS[type])] as const);
  return Object.fromEntries(compiled) as Validators;
}

/** The first call in a process compiles every schema, which takes some hundred milliseconds. */
export function createPayloadValidator(): PayloadValidator {
  const validators = (compiledOnce ??= compileAll());
  return (type, payload, pointer) => {
    const validate = validators[type];
    if (validate(payload)) return;
    const { code, pointer: place } = summarize(validate.errors ?? []);
    throw new LedgerError(code, ADVICE[code] ?? 'The payload does not follow the schema of its type.', {
      pointer: `${pointer}${redactPointer(`/payload${place}`)}`,
    });
  };
}
