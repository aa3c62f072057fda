/**
 * The body of `POST /v1/fairness/audits`: strict JSON, held against the OpenAPI document. Everything here is
 * attacker-controlled until it is returned.
 *
 * @module
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { AuditOptions, AuditRows, Cell } from '../../fairness/audit-types.ts';
import { parseStrictJsonBytes } from '../../ledger/canonical/strict-json.ts';
import { LedgerError } from '../../ledger/errors.ts';
import { parseEventTime } from '../../ledger/event/index.ts';
import type { JsonValue, ModelRef } from '../../ledger/types.ts';
import { bodyError, BodyRuleError } from '../body-error.ts';
import type { OpenApiDocument } from '../document.ts';
import type { Schema } from '../handler.ts';
import { MAX_AUDIT_BODY } from '../http/body.ts';
import type { AskedWindow } from './audit-computer.ts';

/** Rows as posted. */
export interface AskedRows {
  readonly kind: 'rows';
  readonly id?: string;
  readonly model?: ModelRef;
  readonly rows: AuditRows;
  readonly inputs?: Readonly<Record<string, readonly Cell[]>>;
  readonly options: AuditOptions;
}

/** @throws LedgerError for what is no sound JSON; BodyRuleError for what the document does not allow */
export type ReadAuditRequest = (bytes: Uint8Array) => AskedRows | AskedWindow;

/** Leaves out members without a value, for exactOptionalPropertyTypes. */
function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function optionsOf({ id, ...options }: Schema<'AuditOptions'>): { id?: string; options: AuditOptions } {
  // The document and the type say the same; the generated one has no `readonly`.
  return { ...given({ id: id?.toLowerCase() }), options: given(options) };
}

function toRows(body: Schema<'AuditOfRows'>): AskedRows {
  const { labels, predictions, scores, weights, attributes, features, inputs, model, ...rest } = body;
  return {
    kind: 'rows',
    ...optionsOf(rest),
    ...given({ inputs, model: model }),
    rows: { attributes, ...given({ labels, predictions, scores, weights, features }) },
  };
}

function timeOf(name: 'from' | 'to', value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const time = parseEventTime(value);
  if (time !== undefined) return time;
  throw new BodyRuleError('invalid_time', 'The time does not exist, or is not RFC 3339 in UTC.', `/${name}`);
}

function requireRange(from: number | undefined, to: number | undefined): void {
  if (from === undefined || to === undefined || from <= to) return;
  throw new BodyRuleError('invalid_value', 'The window ends before it begins.', '/to');
}

function toWindow(body: Schema<'AuditOfWindow'>): AskedWindow {
  const { model, from, to, attributes, inputs, predictionFrom, labelFrom, ...rest } = body;
  requireRange(timeOf('from', from), timeOf('to', to));
  const { threshold = 0.5 } = rest;
  return {
    kind: 'window',
    ...optionsOf(rest),
    range: { model: { name: model.name, ...given({ version: model.version }) }, ...given({ from, to }) },
    question: {
      attributes,
      ...given({ inputs }),
      predictionFrom: predictionFrom ?? 'riskScore',
      labelFrom: labelFrom ?? 'outcome',
      threshold: typeof threshold === 'number' ? threshold : Math.min(...threshold),
    },
  };
}

const INDEX = /^(?:0|[1-9]\d{0,7})$/;

/** A pointer into the body with the document's own names alone: cut before the name of a caller's attribute. */
export function auditPointer(pointer: string, known: ReadonlySet<string>): string {
  const [, first, ...rest] = pointer.split('/');
  if (first === undefined || !known.has(first)) return '';
  const end = rest.findIndex((token) => !INDEX.test(token) && !known.has(token));
  return ['', first, ...(end === -1 ? rest : rest.slice(0, end))].join('/');
}

/** Names of members that the document defines for a body. */
export function auditMembers({ components }: OpenApiDocument): ReadonlySet<string> {
  const names = ['AuditOptions', 'AuditOfRows', 'AuditOfWindow', 'Model'].flatMap((name) =>
    Object.keys((components.schemas[name] as { properties?: object } | undefined)?.properties ?? {}),
  );
  return new Set([...names, 'edges', 'names']);
}

const isWindow = (body: JsonValue): boolean =>
  typeof body === 'object' && body !== null && !Array.isArray(body) && Array.isArray(body['attributes']);

/** Compiles the document's schemas, which takes some tens of milliseconds. */
export function createAuditReader(document: OpenApiDocument): ReadAuditRequest {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'urn:vericlin:openapi', components: document.components });
  const compile = (name: string): ValidateFunction =>
    ajv.compile({ $ref: `urn:vericlin:openapi#/components/schemas/${name}` });
  const rows = compile('AuditOfRows');
  const window = compile('AuditOfWindow');
  const members = auditMembers(document);
  const require = (validate: ValidateFunction, body: JsonValue): void => {
    if (validate(body)) return;
    const [first] = validate.errors ?? [];
    if (first === undefined) throw new LedgerError('internal', 'a body is not valid and nothing says why');
    throw bodyError(first, auditPointer(first.instancePath, members));
  };
  return (bytes) => {
    const body = parseStrictJsonBytes(bytes, { maxBytes: MAX_AUDIT_BODY });
    if (isWindow(body)) {
      require(window, body);
      return toWindow(body as unknown as Schema<'AuditOfWindow'>);
    }
    require(rows, body);
    return toRows(body as unknown as Schema<'AuditOfRows'>);
  };
}
