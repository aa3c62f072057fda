import type { AuditHeading } from './report/audit-text.ts';
import type { AuditView } from './report/view.ts';

/** What was measured, here or by a service. */
export interface Audited {
  readonly result: AuditView;
  /** For whoever may not see small cells. */
  readonly forOthers: AuditView;
  readonly heading: AuditHeading;
  /** The event, where a service recorded the audit. */
  readonly recorded?: { readonly id: string; readonly index: number; readonly auditId: string };
}
