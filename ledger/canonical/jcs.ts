/** RFC 8785 JSON Canonicalization Scheme. @module */
import { LedgerError } from '../errors.ts';
import type { JsonValue } from '../types.ts';
import { isWellFormed, utf8Encode } from './bytes.ts';

/** Anything but these passes into canonical text as it is. */
const NEEDS_CARE = /[\u0000-\u001f"\\\ud800-\udfff]/;
/** Up to this many members, sorting in place beats Array.prototype.sort. */
const INSERTION_SORT_MAX = 24;

/**
 * The canonical text of a JSON value: members sorted by UTF-16 code units, numbers as ECMAScript writes them,
 * the fewest escapes (RFC 8785 §3.2). The same value always gives the same text.
 *
 * @throws LedgerError `json_lone_surrogate`; `invalid_value` for what JSON cannot hold (NaN, undefined, a Date, …)
 */
export function canonicalize(value: JsonValue): string {
  switch (typeof value) {
    case 'string':
      return canonicalString(value);
    case 'number':
      return canonicalNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value);
    default:
      throw new LedgerError('invalid_value', 'The value has a part that JSON cannot hold.');
  }
}

/** UTF-8 of {@link canonicalize}. */
export function canonicalBytes(value: JsonValue): Uint8Array {
  return utf8Encode(canonicalize(value));
}

function canonicalString(text: string): string {
  if (!NEEDS_CARE.test(text)) return `"${text}"`;
  if (!isWellFormed(text)) throw new LedgerError('json_lone_surrogate', 'A string has a lone surrogate.');
  // ECMAScript's escapes are those of RFC 8785 §3.2.2.2.
  return JSON.stringify(text);
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new LedgerError('invalid_value', 'NaN and Infinity are not JSON.');
  // `String(-0)` is "0", as RFC 8785 §3.2.2.3 wants it.
  return String(value);
}

function canonicalArray(items: readonly JsonValue[]): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) {
    if (i > 0) text += ',';
    text += canonicalize(items[i] as JsonValue);
  }
  return `${text}]`;
}

function canonicalObject(members: { readonly [member: string]: JsonValue }): string {
  requirePlain(members);
  const names = sortNames(Object.keys(members));
  let text = '{';
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    if (i > 0) text += ',';
    text += `${canonicalString(name)}:${canonicalize(members[name] as JsonValue)}`;
  }
  return `${text}}`;
}

/** A Date or a Map would silently become `{}`. Plain objects of other realms are fine. */
function requirePlain(members: object): void {
  const prototype: unknown = Object.getPrototypeOf(members);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new LedgerError('invalid_value', 'The value has an object that is not plain.');
  }
}

/** By UTF-16 code units, which is what `<` compares. */
function sortNames(names: string[]): string[] {
  if (names.length > INSERTION_SORT_MAX) return names.sort();
  for (let i = 1; i < names.length; i++) {
    const name = names[i] as string;
    let at = i;
    while (at > 0 && (names[at - 1] as string) > name) {
      names[at] = names[at - 1] as string;
      at -= 1;
    }
    names[at] = name;
  }
  return names;
}
