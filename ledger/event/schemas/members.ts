/**
 * Building blocks of the payload schemas. What may be shown de-identified is decided here, once per kind of member:
 * numbers, flags, closed choices and code-shaped names are; text, dates and ids never are.
 *
 * @module
 */
import type { MemberSchema } from './schema-types.ts';

const SHOWN = { 'x-deidentified': true } as const;

/** Machine-made names (`equal_opportunity_difference`, `lime`, `v2.1:lab`): begin with a letter, no white space. */
export const CODE_PATTERN = '^[A-Za-z][A-Za-z0-9_.:/@+-]{0,63}$';
/** Lower- or upper-case hex SHA-256 with an optional prefix, or its base64. */
const DIGEST_PATTERN = '^((sha256:)?[0-9a-fA-F]{64}|[A-Za-z0-9+/]{43}=)$';

/** A probability or score in [0, 1]. */
export function probability(description: string): MemberSchema {
  return { description, type: 'number', minimum: 0, maximum: 1, ...SHOWN };
}

/** Any finite number. */
export function quantity(description: string): MemberSchema {
  return { description, type: 'number', ...SHOWN };
}

/** A number, or `null` where it is undefined (invariant 10). */
export function quantityOrNull(description: string): MemberSchema {
  return { description, type: ['number', 'null'], ...SHOWN };
}

/** A whole number from `minimum` (default 0). */
export function count(description: string, minimum = 0): MemberSchema {
  return { description, type: 'integer', minimum, ...SHOWN };
}

export function flag(description: string): MemberSchema {
  return { description, type: 'boolean', ...SHOWN };
}

/** One of a closed set of names. */
export function choice(description: string, values: readonly string[]): MemberSchema {
  return { description, type: 'string', enum: values, ...SHOWN };
}

/** One of the known names, which are shown, or another text, which is taken but not shown. */
export function openChoice(description: string, values: readonly string[]): MemberSchema {
  return {
    description,
    anyOf: [
      { type: 'string', enum: values, ...SHOWN },
      { type: 'string', minLength: 1, maxLength: 128 },
    ],
  };
}

/** A machine-made name: shown where it has the shape of one, taken but not shown where it is another text. */
export function code(description: string): MemberSchema {
  return {
    description,
    anyOf: [
      { type: 'string', pattern: CODE_PATTERN, ...SHOWN },
      { type: 'string', minLength: 1, maxLength: 256 },
    ],
  };
}

/**
 * Name of a group of people, e.g. `Asian*[70-80)`. Unlike a code it may hold spaces and brackets; what could be a date, a year, a
 * record number, a postal code or an age over 89 is not shown (45 CFR 164.514(b)(2)).
 */
export const GROUP_PATTERN =
  '^(?!.*[0-9]{4})(?!.*[0-9][-/.][0-9]{1,2}[-/.][0-9])(?!(?:.*\\*)?(?:9[0-9]|1[0-9]{2})(?:\\*|$))[^\\x00-\\x1f\\x7f"@#\\\\]{1,128}$';

/** Names of protected attributes: codes, joined by `*` in an intersection. */
const ATTRIBUTE_PATTERN = '^[A-Za-z][A-Za-z0-9_.:/@+-]{0,63}([*][A-Za-z][A-Za-z0-9_.:/@+-]{0,63}){0,15}$';

function nameOf(description: string, pattern: string, isNullable: boolean): MemberSchema {
  return {
    description,
    anyOf: [
      { type: 'string', pattern, ...SHOWN },
      { type: 'string', minLength: 1, maxLength: 4096 },
      ...(isNullable ? [{ type: 'null', ...SHOWN } as const] : []),
    ],
  };
}

/** A protected attribute, or several joined by `*`; `null`: the whole population. */
export function attributeName(description: string): MemberSchema {
  return nameOf(description, ATTRIBUTE_PATTERN, true);
}

/**
 * Name of a group of a protected attribute. Shown where it has a bounded shape; a group is about no single patient as long
 * as it is not small: what gives small ones away is taken out of an audit before its schema is looked at.
 */
export function groupName(description: string, isNullable = false): MemberSchema {
  return nameOf(description, GROUP_PATTERN, isNullable);
}

/** A code, or `null` where there is none. */
export function codeOrNull(description: string): MemberSchema {
  const { anyOf = [] } = code(description);
  return { description, anyOf: [...anyOf, { type: 'null', ...SHOWN }] };
}

/** Version of a program: digits first, unlike a code. */
export function version(description: string): MemberSchema {
  return {
    description,
    anyOf: [
      { type: 'string', pattern: '^[0-9]{1,5}(\\.[0-9]{1,5}){0,3}([-+][A-Za-z0-9.-]{1,32})?$', ...SHOWN },
      { type: 'string', pattern: CODE_PATTERN, ...SHOWN },
      { type: 'string', minLength: 1, maxLength: 256 },
    ],
  };
}

/** SHA-256 of an artefact (model, code, data set): says nothing about one patient. */
export function artefactDigest(description: string): MemberSchema {
  return { description, type: 'string', pattern: DIGEST_PATTERN, ...SHOWN };
}

/**
 * Digest or name of one patient's data. Not shown: a digest derived from information about the individual may not
 * serve as a code for it (45 CFR 164.514(c)(1)), and the member takes any text.
 */
export function dataDigest(description: string): MemberSchema {
  return { description, type: 'string', minLength: 1, maxLength: 256 };
}

/** Free text: may hold PHI, never shown de-identified. */
export function text(description: string, maxLength = 4096): MemberSchema {
  return { description, type: 'string', minLength: 1, maxLength };
}

/** Any id, of a person, device, place or record: never shown de-identified. */
export function identifier(description: string): MemberSchema {
  return { description, type: 'string', minLength: 1, maxLength: 256 };
}

/** RFC 3339 date and time: never shown de-identified. */
export function time(description: string): MemberSchema {
  return { description, type: 'string', format: 'date-time' };
}

/** Id of another event, or a pseudonym. */
export function uuid(description: string): MemberSchema {
  return { description, type: 'string', format: 'uuid' };
}

/** `[low, high]`. */
export function interval(description: string): MemberSchema {
  const bound: MemberSchema = { type: 'number', ...SHOWN };
  return { description, type: 'array', prefixItems: [bound, bound], items: false, minItems: 2, maxItems: 2 };
}

export function list(description: string, items: MemberSchema, maxItems = 1000): MemberSchema {
  return { description, type: 'array', items, maxItems };
}

/** A digest of the rows of an audit. Not shown: of few rows they could be guessed from it. */
export function rowsDigest(description: string): MemberSchema {
  return { description, type: 'string', pattern: DIGEST_PATTERN };
}

/** An object with these members and no others. */
export function closed(
  description: string,
  properties: Readonly<Record<string, MemberSchema>>,
  required: readonly string[] = [],
): MemberSchema {
  return { ...group(description, properties, required), additionalProperties: false };
}

/** An object with known members; others are taken but not shown. */
export function group(
  description: string,
  properties: Readonly<Record<string, MemberSchema>>,
  required: readonly string[] = [],
): MemberSchema {
  return { description, type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

/** A map from names to values of one kind. Names without the shape of a code are not shown. */
export function map(description: string, values: MemberSchema): MemberSchema {
  return { description, type: 'object', additionalProperties: values };
}

/** From when to when something was measured. */
export function timeWindow(description: string): MemberSchema {
  return group(description, { from: time('Start, inclusive.'), to: time('End, exclusive.') });
}

/** Version and parameters of a computation, so that it can be run again (invariant 9). */
export const RUNTIME_MEMBERS: Readonly<Record<string, MemberSchema>> = {
  software: code('Program or library that computed it.'),
  softwareVersion: code('Its version.'),
  codeDigest: artefactDigest('SHA-256 of the code.'),
  durationMs: { description: 'How long it took, ms.', type: 'number', minimum: 0, ...SHOWN },
};

/** A metric as a result: number, or why there is none. */
export const RESULT_MEMBERS: Readonly<Record<string, MemberSchema>> = {
  metric: code('Name of the metric, e.g. equal_opportunity_difference.'),
  value: quantityOrNull('The value; null where it is undefined or there is too little data.'),
  status: choice('Whether there is a value, and if not, why.', ['ok', 'undefined', 'insufficient']),
  reason: text('Why there is no value, in words.', 1024),
  numerator: quantityOrNull('Numerator of the value.'),
  denominator: quantityOrNull('Denominator of the value.'),
  n: count('Number of rows or persons behind the value.'),
  ci: interval('Confidence interval [low, high].'),
  ciLevel: probability('Level of the interval, e.g. 0.95.'),
  ciMethod: code('Method of the interval, e.g. wilson.'),
  pValue: probability('P-value.'),
  threshold: quantity('Threshold that the value is held against.'),
  breached: flag('Whether the value is beyond the threshold.'),
};

/** A result carries a number, or says why it has none; it never passes silently as 0 (invariant 10). */
export const RESULT_RULE: readonly MemberSchema[] = [
  { required: ['value'], properties: { value: { type: 'number' } } },
  {
    required: ['status'],
    properties: { status: { type: 'string', enum: ['undefined', 'insufficient'] }, value: { type: 'null' } },
  },
];

/** List of results, for events that carry several. */
export function results(description: string): MemberSchema {
  const one: MemberSchema = {
    type: 'object',
    properties: { ...RESULT_MEMBERS, subgroup: code('Subgroup that the value is about.') },
    required: ['metric'],
    anyOf: RESULT_RULE,
  };
  return list(description, one);
}
