/**
 * What of an audit goes onto the ledger, and how it is computed again (invariant 9).
 *
 * @module
 */
import { canonicalize } from '../ledger/canonical/jcs.ts';
import { LedgerError } from '../ledger/errors.ts';
import type { JsonObject, JsonValue } from '../ledger/types.ts';
import type { AuditResult } from './audit-types.ts';
import { audit } from './audit/audit.ts';
import type { ResolvedOptions } from './audit/options.ts';
import type { AuditColumns } from './columns.ts';

/** Of the algorithms: changes whenever the same rows could give other bytes. */
export const FAIRNESS_VERSION = 'fairness/1';

/** What goes with a result. */
export interface RecordContext {
  readonly options: ResolvedOptions;
  /** From `digestColumns`. */
  readonly digest: Uint8Array;
  /** Where the rows are from. */
  readonly source: JsonObject;
  /** Version of the package. */
  readonly softwareVersion: string;
  /** Further members: id of the audit, joined counts, the Section 1557 view. */
  readonly others?: JsonObject;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A value of plain data as JSON: `undefined` members are dropped. */
export function asJson(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

/** The part that has to come out the same when the audit is run again. */
export function recomputed(result: AuditResult): JsonObject {
  const { profile, n, metrics, findings, notes } = result;
  return asJson({ profile, rows: n, figures: metrics, findings, notes }) as JsonObject;
}

/** The payload of a `bias_metric` event, version 2. */
export function toRecord(
  result: AuditResult,
  { options, digest, source, softwareVersion, others }: RecordContext,
): JsonObject {
  return {
    ...others,
    ...recomputed(result),
    options: asJson(options),
    seed: options.seed,
    source,
    datasetDigest: `sha256:${hex(digest)}`,
    software: 'vericlin',
    softwareVersion,
    codeVersion: FAIRNESS_VERSION,
  };
}

/** What running an audit again showed. */
export type Replay =
  | { readonly outcome: 'same' }
  /** The rows are others than those that the audit was computed on. */
  | { readonly outcome: 'rows_differ'; readonly recorded: string; readonly found: string }
  /** Computed by another version of the algorithms, whose bytes may differ. */
  | { readonly outcome: 'version_differs'; readonly recorded: string; readonly present: string }
  /** Same rows, other bytes: `members` of the payload, and the first figure that differs. */
  | { readonly outcome: 'result_differs'; readonly members: readonly string[]; readonly figure: number | undefined };

function optionsIn(payload: JsonObject): ResolvedOptions {
  const options = payload['options'];
  if (typeof options === 'object' && options !== null && !Array.isArray(options))
    return options as unknown as ResolvedOptions;
  throw new LedgerError('missing_member', 'The record does not say with which options it was computed.', {
    pointer: '/options',
  });
}

function text(payload: JsonObject, member: string): string {
  const value = payload[member];
  return typeof value === 'string' ? value : '';
}

function firstDifference(recorded: JsonValue | undefined, found: JsonValue | undefined): number | undefined {
  if (!Array.isArray(recorded) || !Array.isArray(found)) return undefined;
  const length = Math.max(recorded.length, found.length);
  for (let i = 0; i < length; i += 1) if (!isSame(recorded[i], found[i])) return i;
  return undefined;
}

function isSame(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalize(a) === canonicalize(b);
}

/**
 * Computes a recorded audit again.
 *
 * @param payload of the event; attacker-controlled
 * @param digest of `columns`
 * @throws LedgerError where the record is none of an audit, or its options cannot be
 */
export function replay(payload: JsonObject, columns: AuditColumns, digest: Uint8Array): Replay {
  const found = `sha256:${hex(digest)}`;
  const recorded = text(payload, 'datasetDigest');
  if (recorded !== found) return { outcome: 'rows_differ', recorded, found };
  const again = recomputed(audit(columns, optionsIn(payload)));
  const members = Object.keys(again).filter((member) => !isSame(payload[member], again[member]));
  if (members.length === 0) return { outcome: 'same' };
  const version = text(payload, 'codeVersion');
  if (version !== FAIRNESS_VERSION) return { outcome: 'version_differs', recorded: version, present: FAIRNESS_VERSION };
  return { outcome: 'result_differs', members, figure: firstDifference(payload['figures'], again['figures']) };
}
