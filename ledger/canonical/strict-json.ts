/**
 * Reading JSON that may be hostile (RFC 8259, narrowed as I-JSON, RFC 7493): what two readers could understand
 * differently is refused. Duplicate members, numbers that a double cannot hold, lone surrogates, a byte order mark, and
 * more depth or size than allowed each have their own code and the RFC 6901 pointer of the place.
 *
 * This is on the hot path of every append: it reads character codes and slices, and works out a pointer only once
 * something is refused.
 *
 * @module
 */
import { type ErrorCode, LedgerError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../types.ts';
import { isWellFormed, utf8Decode, utf8Encode } from './bytes.ts';
import { isExactNumber } from './json-number.ts';
import { pointerAt } from './json-place.ts';

export interface JsonLimits {
  /** UTF-8 bytes of the whole input. */
  readonly maxBytes: number;
  /** Arrays and objects within each other; default 32, at most 512 (reading is recursive). */
  readonly maxDepth?: number;
  /** NDJSON only: values. More is `batch_too_large`. */
  readonly maxValues?: number;
  /**
   * Refuses the spellings of a value that lie one flipped bit from another spelling of the same value, so that no damaged bit
   * goes unnoticed (`json_invalid`): upper-case `E` and `\u` digits, zeros at the end of a fraction other than `.0`, `-0`, tabs
   * between tokens, and carriage returns that no newline follows. Default false.
   */
  readonly plainSpelling?: boolean;
}

const DEFAULT_DEPTH = 32;
const LARGEST_DEPTH = 512;
/** With so few digits, decimal to double to shortest decimal is the identity (DBL_DIG). */
const SAFE_DIGITS = 15;

const NOT_PLAIN_NUMBER = /E|\.[0-9]+0(?![0-9])|^-0(?![.0-9])|^-0\.0+(?![0-9])/;
const NOT_PLAIN_ESCAPE = /(?:^|[^\\])(?:\\\\)*\\u[0-9a-f]{0,3}[A-F]/;

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const BRACKET_OPEN = 91;
const BACKSLASH = 92;
const BRACKET_CLOSE = 93;
const LOWER_E = 101;
const LOWER_F = 102;
const LOWER_N = 110;
const LOWER_T = 116;
const BRACE_OPEN = 123;
const BRACE_CLOSE = 125;
const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const FIRST_SURROGATE = 0xd800;

/** Reads one document of `text` from `start`; in line mode a newline ends it. Past the end codes are NaN, which equals nothing. */
class Reader {
  readonly #text: string;
  readonly #start: number;
  readonly #line: number | undefined;
  readonly #isPlain: boolean;
  #at: number;
  #depthLeft: number;

  constructor(text: string, limits: JsonLimits, start = 0, line?: number) {
    this.#text = text;
    this.#start = start;
    this.#line = line;
    this.#isPlain = limits.plainSpelling ?? false;
    this.#at = start;
    this.#depthLeft = Math.min(limits.maxDepth ?? DEFAULT_DEPTH, LARGEST_DEPTH);
  }

  /** The document; `end` is where it has to end but for white space. */
  readDocument(end: number): JsonValue {
    this.#skipSpace();
    const value = this.#readValue();
    this.#skipSpace();
    if (this.#at !== end) throw this.#fail('json_invalid', 'Only white space may follow the value.');
    return value;
  }

  #fail(code: ErrorCode, message: string, offset = this.#at): LedgerError {
    const pointer = pointerAt(this.#text, this.#start, offset, this.#line);
    return new LedgerError(code, message, { pointer, offset });
  }

  #isSpace(code: number): boolean {
    if (code === SPACE) return true;
    if (code === NEWLINE) return this.#line === undefined;
    if (code === RETURN) return !this.#isPlain || this.#text.charCodeAt(this.#at + 1) === NEWLINE;
    return code === TAB && !this.#isPlain;
  }

  /** Moves to the next character that is not white space, and returns its code. */
  #skipSpace(): number {
    let code = this.#text.charCodeAt(this.#at);
    while (code <= SPACE && this.#isSpace(code)) code = this.#text.charCodeAt(++this.#at);
    return code;
  }

  #readValue(): JsonValue {
    switch (this.#text.charCodeAt(this.#at)) {
      case QUOTE:
        return this.#readString();
      case BRACE_OPEN:
        return this.#readObject();
      case BRACKET_OPEN:
        return this.#readArray();
      case LOWER_T:
        return this.#readWord('true', true);
      case LOWER_F:
        return this.#readWord('false', false);
      case LOWER_N:
        return this.#readWord('null', null);
      default:
        return this.#readNumber();
    }
  }

  #readWord<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#fail('json_invalid', 'A JSON value is expected here.');
    this.#at += word.length;
    return value;
  }

  #enter(): void {
    this.#depthLeft -= 1;
    if (this.#depthLeft < 0) throw this.#fail('json_too_deep', 'Arrays and objects are nested too deeply.');
    this.#at += 1;
  }

  #leave<T>(value: T): T {
    this.#depthLeft += 1;
    this.#at += 1;
    return value;
  }

  #readArray(): JsonValue[] {
    const items: JsonValue[] = [];
    this.#enter();
    if (this.#skipSpace() === BRACKET_CLOSE) return this.#leave(items);
    for (;;) {
      items.push(this.#readValue());
      const code = this.#skipSpace();
      if (code === BRACKET_CLOSE) return this.#leave(items);
      if (code !== COMMA) throw this.#fail('json_invalid', 'A comma or the end of the array is expected here.');
      this.#at += 1;
      this.#skipSpace();
    }
  }

  #readObject(): JsonObject {
    const members: JsonObject = {};
    this.#enter();
    let code = this.#skipSpace();
    if (code === BRACE_CLOSE) return this.#leave(members);
    for (;;) {
      if (code !== QUOTE) throw this.#fail('json_invalid', 'A member name in quotes is expected here.');
      this.#readMember(members);
      code = this.#skipSpace();
      if (code === BRACE_CLOSE) return this.#leave(members);
      if (code !== COMMA) throw this.#fail('json_invalid', 'A comma or the end of the object is expected here.');
      this.#at += 1;
      code = this.#skipSpace();
    }
  }

  #readMember(members: JsonObject): void {
    const name = this.#readString();
    if (Object.hasOwn(members, name)) {
      throw this.#fail('json_duplicate_member', 'The object has this member twice.');
    }
    if (this.#skipSpace() !== COLON) throw this.#fail('json_invalid', 'A colon is expected here.');
    this.#at += 1;
    this.#skipSpace();
    const value = this.#readValue();
    // An assignment would set the prototype instead.
    if (name === '__proto__') {
      Object.defineProperty(members, name, { value, writable: true, enumerable: true, configurable: true });
    } else members[name] = value;
  }

  #readString(): string {
    const text = this.#text;
    const start = this.#at + 1;
    let at = start;
    let seen = 0;
    let code = text.charCodeAt(at);
    while (code !== QUOTE) {
      if (code === BACKSLASH || !(code >= SPACE)) return this.#readEscapedString(at);
      seen |= code;
      code = text.charCodeAt(++at);
    }
    const value = text.slice(start, at);
    if (seen >= FIRST_SURROGATE && !isWellFormed(value)) throw this.#loneSurrogate();
    this.#at = at + 1;
    return value;
  }

  /** `from`: the first character that is special. Rare, so the engine's own reader unescapes. */
  #readEscapedString(from: number): string {
    const text = this.#text;
    let at = from;
    for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
      if (!(code >= SPACE)) throw this.#fail('json_invalid', 'A string has a control character or does not end.');
      at += code === BACKSLASH ? 2 : 1;
    }
    const quoted = text.slice(this.#at, at + 1);
    if (this.#isPlain && NOT_PLAIN_ESCAPE.test(quoted)) throw this.#notPlain();
    const value = this.#unescape(quoted);
    if (!isWellFormed(value)) throw this.#loneSurrogate();
    this.#at = at + 1;
    return value;
  }

  #unescape(quoted: string): string {
    try {
      return JSON.parse(quoted) as string;
    } catch (cause) {
      throw new LedgerError('json_invalid', 'A string has an escape that JSON does not know.', {
        pointer: pointerAt(this.#text, this.#start, this.#at, this.#line),
        offset: this.#at,
        cause,
      });
    }
  }

  #notPlain(): LedgerError {
    return this.#fail('json_invalid', 'A number or escape is not in its plain spelling (lower case, no spare zeros).');
  }

  #loneSurrogate(): LedgerError {
    return this.#fail('json_lone_surrogate', 'A string has half of a surrogate pair.');
  }

  #readNumber(): number {
    const text = this.#text;
    const start = this.#at;
    const isNegative = text.charCodeAt(start) === MINUS;
    const first = isNegative ? start + 1 : start;
    const end = this.#endOfInteger(first);
    const next = text.charCodeAt(end);
    if (next === DOT || (next | 32) === LOWER_E) return this.#readFraction(end);
    if (end - first > SAFE_DIGITS || this.#isPlain) return this.#finishNumber(end);
    let value = 0;
    for (let i = first; i < end; i++) value = value * 10 + (text.charCodeAt(i) - ZERO);
    this.#at = end;
    return isNegative ? -value : value;
  }

  #endOfInteger(first: number): number {
    const end = this.#endOfDigits(first);
    return this.#text.charCodeAt(first) === ZERO ? first + 1 : end;
  }

  /** End of a run of one digit or more. */
  #endOfDigits(start: number): number {
    const text = this.#text;
    let at = start;
    let code = text.charCodeAt(at);
    while (code >= ZERO && code <= NINE) code = text.charCodeAt(++at);
    if (at === start) throw this.#fail('json_invalid', 'A JSON value is expected here.');
    return at;
  }

  #readFraction(dotOrE: number): number {
    const text = this.#text;
    let end = dotOrE;
    if (text.charCodeAt(end) === DOT) end = this.#endOfDigits(end + 1);
    if ((text.charCodeAt(end) | 32) !== LOWER_E) return this.#finishNumber(end);
    const sign = text.charAt(end + 1);
    return this.#finishNumber(this.#endOfDigits(sign === '+' || sign === '-' ? end + 2 : end + 1), true);
  }

  #finishNumber(end: number, hasExponent = false): number {
    const literal = this.#text.slice(this.#at, end);
    const value = Number(literal);
    if ((hasExponent || literal.length > SAFE_DIGITS) && !isExactNumber(literal, value)) {
      throw this.#fail(
        'json_number_imprecise',
        'A number has more digits or range than a double: send it as a string.',
      );
    }
    if (this.#isPlain && NOT_PLAIN_NUMBER.test(literal)) throw this.#notPlain();
    this.#at = end;
    return value;
  }
}

function requireSize(text: string, { maxBytes }: JsonLimits): void {
  const isLarge = text.length > maxBytes || (text.length * 3 > maxBytes && utf8Encode(text).length > maxBytes);
  if (isLarge) throw tooLarge();
}

function tooLarge(): LedgerError {
  return new LedgerError('json_too_large', 'The JSON text is larger than allowed.', { pointer: '' });
}

/** A byte order mark would otherwise be an ordinary unexpected character: this says what it is. */
function refuseByteOrderMark(text: string): void {
  if (text.startsWith('\ufeff')) {
    throw new LedgerError('json_invalid', 'The text starts with a byte order mark.', { pointer: '', offset: 0 });
  }
}

function decode(bytes: Uint8Array, limits: JsonLimits): string {
  if (bytes.length > limits.maxBytes) throw tooLarge();
  const text = utf8Decode(bytes);
  refuseByteOrderMark(text);
  return text;
}

/**
 * Reads one JSON document (attacker-controlled).
 * @throws LedgerError `json_invalid`, `json_duplicate_member`, `json_number_imprecise`, `json_lone_surrogate`,
 *   `json_too_deep`, `json_too_large`, with pointer and character offset
 */
export function parseStrictJson(text: string, limits: JsonLimits): JsonValue {
  requireSize(text, limits);
  refuseByteOrderMark(text);
  return new Reader(text, limits).readDocument(text.length);
}

/**
 * {@link parseStrictJson} of UTF-8 bytes.
 * @throws LedgerError as there, and `json_not_utf8`
 */
export function parseStrictJsonBytes(bytes: Uint8Array, limits: JsonLimits): JsonValue {
  const text = decode(bytes, limits);
  return new Reader(text, limits).readDocument(text.length);
}

/** Where the trailing blank lines start. */
function endOfValues(text: string): number {
  let end = text.length;
  while (end > 0 && ' \t\r\n'.includes(text.charAt(end - 1))) end--;
  return end;
}

/**
 * Reads NDJSON (attacker-controlled): one value a line, blank lines at the end only. Pointers start with `/<line>`, counted from 0.
 * @throws LedgerError as {@link parseStrictJsonBytes}, and `batch_too_large` beyond `limits.maxValues`
 */
export function parseStrictNdjson(input: string | Uint8Array, limits: JsonLimits): JsonValue[] {
  let text: string;
  if (typeof input === 'string') {
    requireSize(input, limits);
    refuseByteOrderMark(input);
    text = input;
  } else text = decode(input, limits);
  const maxValues = limits.maxValues ?? Number.POSITIVE_INFINITY;
  const end = endOfValues(text);
  const values: JsonValue[] = [];
  let start = 0;
  while (start < end) {
    if (values.length >= maxValues)
      throw new LedgerError('batch_too_large', 'There are more lines than allowed.', { pointer: '' });
    const newline = text.indexOf('\n', start);
    const lineEnd = newline === -1 ? text.length : newline;
    values.push(new Reader(text, limits, start, values.length).readDocument(lineEnd));
    start = lineEnd + 1;
  }
  return values;
}
