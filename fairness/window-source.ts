/**
 * Which window an audit was of, as its record says it.
 *
 * @module
 */
import { LedgerError } from '../ledger/errors.ts';
import type { JsonObject, JsonValue } from '../ledger/types.ts';
import { LABEL_SOURCES, PREDICTION_SOURCES, type WindowQuestion } from './window.ts';

/** Which events of the log are in a window. */
export interface WindowRange {
  /** Without a version: every version of the model. */
  readonly model: { readonly name: string; readonly version?: string };
  /** Predictions with `occurredAt` in `[from, to)`, RFC 3339; absent: unbounded. */
  readonly from?: string;
  readonly to?: string;
  /** Entries that the log had: what came later is not in the window. */
  readonly size: number;
}

/** A window as it was read: enough to read the same one again. */
export interface WindowSource extends WindowRange, WindowQuestion {}

/** The member `source` of the record. */
export function toSource(window: WindowSource): JsonObject {
  const { model, from, to, size, attributes, inputs, predictionFrom, threshold, labelFrom } = window;
  return {
    kind: 'window',
    model: { ...model },
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    size,
    attributes: [...attributes],
    ...(inputs === undefined ? {} : { inputs: [...inputs] }),
    predictionFrom,
    threshold,
    labelFrom,
  };
}

function fault(member: string): LedgerError {
  return new LedgerError('invalid_value', 'The record does not say which window of the log the audit was of.', {
    pointer: `/source/${member}`,
  });
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

function optionalText<Name extends string>(source: JsonObject, name: Name): { readonly [N in Name]?: string } {
  const value = source[name];
  if (value === undefined) return {};
  if (!isText(value)) throw fault(name);
  // One computed member: the type of an object with it.
  return { [name]: value } as { readonly [N in Name]?: string };
}

function modelIn(source: JsonObject): WindowRange['model'] {
  const model = source['model'];
  if (typeof model !== 'object' || model === null || Array.isArray(model) || !isText(model['name']))
    throw fault('model');
  return { name: model['name'], ...optionalText(model, 'version') };
}

function numberIn(source: JsonObject, name: string): number {
  const value = source[name];
  if (typeof value !== 'number') throw fault(name);
  return value;
}

function oneOf<T extends string>(source: JsonObject, name: string, known: readonly T[]): T {
  const found = known.find((one) => one === source[name]);
  if (found === undefined) throw fault(name);
  return found;
}

/**
 * Reads the member `source` of a record (attacker-controlled); `undefined`: the audit was of rows. Inputs do not decide a
 * figure, and are left out.
 *
 * @throws LedgerError `invalid_value` where it says neither
 */
export function sourceIn(source: JsonValue | undefined): WindowSource | undefined {
  if (typeof source !== 'object' || source === null || Array.isArray(source)) throw fault('kind');
  if (source['kind'] === 'rows') return undefined;
  if (source['kind'] !== 'window') throw fault('kind');
  const { attributes } = source;
  if (!Array.isArray(attributes) || !attributes.every(isText)) throw fault('attributes');
  return {
    model: modelIn(source),
    ...optionalText(source, 'from'),
    ...optionalText(source, 'to'),
    size: numberIn(source, 'size'),
    attributes: attributes.filter(isText),
    predictionFrom: oneOf(source, 'predictionFrom', PREDICTION_SOURCES),
    threshold: numberIn(source, 'threshold'),
    labelFrom: oneOf(source, 'labelFrom', LABEL_SOURCES),
  };
}
