import type { JsonObject, JsonValue } from '../../ledger/types.ts';
import type { ValueRule } from './mapping.ts';
import { isExactNumber } from '../../ledger/canonical/json-number.ts';
import { escapePointerToken } from '../../ledger/canonical/pointer.ts';
import { RowFault } from './row-fault.ts';

/** One row as the rules see it: cells by column, and the line it ends on. */
export interface Row {
  readonly line: number;
  /** The text of a column, or `undefined` where it is one of the missing texts. */
  readonly cell: (column: string) => string | undefined;
}

/** The value of a rule for a row; `undefined` leaves the member out. @throws RowFault */
export type Evaluate = (row: Row, pointer: string) => JsonValue | undefined;

/** Turns a rule of the mapping into a function, once per import. */
export function compileRule(rule: ValueRule): Evaluate {
  if ('constant' in rule) return () => rule.constant;
  if ('column' in rule) return columnRule(rule);
  if ('additive' in rule) return additiveRule(rule.additive);
  if ('time' in rule) return timeRule(rule.time);
  if ('members' in rule) return compileMembers(rule.members);
  return itemsRule(rule.items);
}

/** An object whose members are rules; members without a value are left out. */
export function compileMembers(rules: Readonly<Record<string, ValueRule>>): (row: Row, pointer: string) => JsonObject {
  const members = Object.entries(rules).map(([name, rule]) => [name, compileRule(rule)] as const);
  return (row, pointer) => {
    const object: JsonObject = {};
    for (const [name, evaluate] of members) {
      const value = evaluate(row, `${pointer}/${escapePointerToken(name)}`);
      if (value !== undefined) object[name] = value;
    }
    return object;
  };
}

function itemsRule(rules: readonly ValueRule[]): Evaluate {
  const items = rules.map(compileRule);
  return (row, pointer) =>
    items.map((evaluate, i) => evaluate(row, `${pointer}/${i}`)).filter((value) => value !== undefined);
}

type ColumnRule = Extract<ValueRule, { column: string }>;

function columnRule(rule: ColumnRule): Evaluate {
  const read = rule.values === undefined ? READERS[rule.type] : lookUp(rule.values);
  return (row, pointer) => {
    const text = row.cell(rule.column);
    if (text !== undefined) return read(text, rule.column, pointer);
    if (rule.whenMissing === 'omit') return undefined;
    if (rule.whenMissing === 'null') return null;
    throw new RowFault('missing_member', pointer, `column ${rule.column} is missing`);
  };
}

type Reader = (text: string, column: string, pointer: string) => JsonValue;

function lookUp(values: Readonly<Record<string, JsonValue>>): Reader {
  return (text, column, pointer) => {
    const value = Object.hasOwn(values, text) ? values[text] : undefined;
    if (value !== undefined) return value;
    throw new RowFault('invalid_value', pointer, `column ${column} holds a text that the mapping does not list`);
  };
}

const READERS: Readonly<Record<ColumnRule['type'], Reader>> = {
  string: (text) => text,
  number: readNumber,
  integer(text, column, pointer) {
    const value = readNumber(text, column, pointer);
    if (Number.isSafeInteger(value)) return value;
    throw new RowFault('wrong_type', pointer, `column ${column} holds no safe integer`);
  },
  boolean(text, column, pointer) {
    if (text === 'true' || text === 'false') return text === 'true';
    throw new RowFault('wrong_type', pointer, `column ${column} holds neither true nor false`);
  },
};

const NUMBER = /^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** As strict as the service reads JSON: a number that a double does not hold is refused, not rounded. */
function readNumber(text: string, column: string, pointer: string): number {
  if (!NUMBER.test(text)) throw new RowFault('wrong_type', pointer, `column ${column} holds no number`);
  const value = Number(text);
  if (isExactNumber(text, value)) return value;
  throw new RowFault('json_number_imprecise', pointer, `column ${column} holds a number that loses precision`);
}

type Additive = Extract<ValueRule, { additive: unknown }>['additive'];

/**
 * A transparent additive score: intercept + Σ weight · column, then the link. Terms are added in the order of the
 * mapping, so that the same row gives the same number everywhere.
 */
function additiveRule(score: Additive): Evaluate {
  const terms = Object.entries(score.terms);
  return (row, pointer) => {
    let sum = score.intercept;
    for (const [column, weight] of terms) {
      const text = row.cell(column);
      if (text === undefined) throw new RowFault('missing_member', pointer, `column ${column} of the score is missing`);
      sum += weight * readNumber(text, column, pointer);
    }
    const linked = score.link === 'logistic' ? 1 / (1 + Math.exp(-sum)) : sum;
    return Number(linked.toFixed(score.decimals));
  };
}

type Time = Extract<ValueRule, { time: unknown }>['time'];

/** A time that grows with a number of the row, for data that keeps an order but no clock. */
function timeRule({ start, secondsPerUnit, column }: Time): Evaluate {
  const startMs = Date.parse(start);
  return (row, pointer) => {
    const text = column === undefined ? undefined : row.cell(column);
    if (column !== undefined && text === undefined) {
      throw new RowFault('missing_member', pointer, `column ${column} is missing`);
    }
    const units = column === undefined || text === undefined ? row.line : readNumber(text, column, pointer);
    const time = new Date(startMs + Math.round(units * secondsPerUnit * 1_000));
    if (!Number.isNaN(time.getTime())) return time.toISOString();
    throw new RowFault('invalid_time', pointer, `column ${column ?? 'line'} leads to no time`);
  };
}
