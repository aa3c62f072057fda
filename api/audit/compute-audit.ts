/**
 * From a request, or from a window that was read, to the payload of the event. Runs on a thread of its own.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { AuditOptions, Cell } from '../../fairness/audit-types.ts';
import { audit } from '../../fairness/audit/audit.ts';
import { resolveOptions } from '../../fairness/audit/options.ts';
import type { AuditColumns } from '../../fairness/columns.ts';
import { digestColumns } from '../../fairness/digest.ts';
import { encodeRows } from '../../fairness/encode.ts';
import { asJson, toRecord } from '../../fairness/record.ts';
import { section1557View } from '../../fairness/section1557/view.ts';
import { LedgerError } from '../../ledger/errors.ts';
import { MAX_AUDIT_BYTES } from '../../ledger/event/index.ts';
import type { JsonObject } from '../../ledger/types.ts';
import { BodyRuleError } from '../body-error.ts';
import type { OpenApiDocument } from '../document.ts';
import type { AskedWindow, ComputedRows, WindowRows } from './audit-computer.ts';
import { auditMembers, auditPointer, createAuditReader } from './audit-request.ts';

/** What computes audits, with everything that has to be made once. */
export interface ComputeAudit {
  /** @throws LedgerError and BodyRuleError, of which every pointer may leave */
  readonly read: (bytes: Uint8Array) => ComputedRows | AskedWindow;
  readonly window: (rows: WindowRows) => JsonObject;
}

/** What else the envelope of the event holds, generously. */
const ENVELOPE_BYTES = 16 * 1024;

interface Work {
  readonly columns: AuditColumns;
  readonly options: AuditOptions;
  readonly source: JsonObject;
  readonly inputs?: Readonly<Record<string, readonly Cell[]>>;
  readonly others?: JsonObject;
}

function recordOf({ columns, options, source, inputs, others }: Work, softwareVersion: string): JsonObject {
  const resolved = resolveOptions(options);
  const result = audit(columns, resolved);
  const digest = digestColumns(columns, createHash('sha256'));
  const { attributes } = columns;
  const { metrics: measured } = result;
  const view =
    inputs === undefined || Object.keys(inputs).length === 0
      ? {}
      : { section1557: asJson(section1557View({ inputs, attributes, measured, seed: resolved.seed })) };
  const record = toRecord(result, {
    options: resolved,
    digest,
    source,
    softwareVersion,
    others: { ...others, ...view },
  });
  if (Buffer.byteLength(JSON.stringify(record)) + ENVELOPE_BYTES <= MAX_AUDIT_BYTES) return record;
  const message =
    'The figures do not fit into one event. Ask for fewer metrics, attributes, thresholds or intersections.';
  throw new LedgerError('audit_too_large', message);
}

/** @param version of the program, for the record */
export function createComputeAudit(document: OpenApiDocument, version: string): ComputeAudit {
  const readRequest = createAuditReader(document);
  const members = auditMembers(document);
  /** Errors of `fairness` point into the columns: their names are the body's, but for those of attributes. */
  function pointed<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof LedgerError) || error instanceof BodyRuleError || error.pointer === undefined) throw error;
      throw new BodyRuleError(error.code, error.message, auditPointer(error.pointer, members));
    }
  }
  return {
    read: (bytes) => {
      const request = readRequest(bytes);
      if (request.kind === 'window') return request;
      const { id, model, rows, inputs, options } = request;
      const record = pointed(() => {
        const work = { columns: encodeRows(rows, options), options, source: { kind: 'rows' } };
        return recordOf({ ...work, ...(inputs === undefined ? {} : { inputs }) }, version);
      });
      return { kind: 'rows', record, ...(id === undefined ? {} : { id }), ...(model === undefined ? {} : { model }) };
    },
    window: ({ joined, ...work }) => pointed(() => recordOf({ ...work, others: { joined: { ...joined } } }, version)),
  };
}
