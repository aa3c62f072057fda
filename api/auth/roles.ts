/**
 * Who may call what (DESIGN.md §6). A test walks every role over every operation of the OpenAPI document and compares
 * this table with the document's `x-roles`.
 *
 * @module
 */
import type { Role } from '../../ledger/ports.ts';
import type { operations } from '../openapi.generated.ts';

/** OpenAPI operationId. */
export type OperationId = keyof operations;

/** Roles that may call an operation; `public` needs no credential. */
export type Allowed = readonly Role[] | 'public';

const POSTERS: readonly Role[] = ['integrator', 'clinician', 'privacy-officer'];
const READERS: readonly Role[] = [
  'integrator',
  'clinician',
  'privacy-officer',
  'security-officer',
  'ai-governance',
  'auditor',
];
const LOG_READERS: readonly Role[] = ['auditor', 'security-officer', 'admin'];

/** The table. What a role then sees of an event is decided in `api/content/entitlement.ts`. */
export const OPERATION_ROLES = {
  appendEvent: POSTERS,
  appendEvents: POSTERS,
  searchEvents: READERS,
  getEvent: READERS,
  getProvenance: READERS,
  getProof: READERS,
  shredSubject: ['privacy-officer'],
  holdSubject: ['privacy-officer'],
  requestBreakGlass: ['clinician'],
  listBreakGlass: ['privacy-officer', 'security-officer'],
  reviewBreakGlass: ['privacy-officer'],
  createFairnessAudit: ['ai-governance', 'integrator'],
  createExport: ['auditor', 'security-officer', 'privacy-officer', 'admin'],
  listSchemas: 'public',
  getSchema: 'public',
  createKey: ['admin'],
  listKeys: ['admin'],
  revokeKey: ['admin'],
  rotateKek: ['admin'],
  getCheckpoint: LOG_READERS,
  getTile: LOG_READERS,
  getEntries: LOG_READERS,
  getConsistency: LOG_READERS,
  getLogKey: 'public',
  getHealth: 'public',
  getReadiness: 'public',
  getMetrics: ['security-officer', 'admin'],
  getOpenApi: 'public',
  getDocs: 'public',
  getDocsFile: 'public',
} as const satisfies Readonly<Record<OperationId, Allowed>>;

/** Operations that `VERICLIN_LOG_ACCESS=open` opens to everybody. */
export const LOG_OPERATIONS: ReadonlySet<OperationId> = new Set([
  'getCheckpoint',
  'getTile',
  'getEntries',
  'getConsistency',
]);

/** Operations that may be called without a credential under some condition. */
export type OpenOperation =
  | { [Id in OperationId]: (typeof OPERATION_ROLES)[Id] extends 'public' ? Id : never }[OperationId]
  | 'getCheckpoint'
  | 'getTile'
  | 'getEntries'
  | 'getConsistency'
  | 'getMetrics';

/** Whether `role` may call `operation`. */
export function mayCall(operation: OperationId, role: Role): boolean {
  const allowed: Allowed = OPERATION_ROLES[operation];
  return allowed === 'public' || allowed.includes(role);
}
