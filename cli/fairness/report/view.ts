import type { AuditResult } from '../../../fairness/audit-types.ts';
import { type ShownFigure, suppressed, suppressedFindings, suppressedSize } from '../../../fairness/suppress.ts';

/** An audit as it is shown: whole, or with its small cells suppressed. */
export interface AuditView extends Omit<AuditResult, 'metrics' | 'n'> {
  readonly n: number | null;
  readonly metrics: readonly ShownFigure[];
}

/** An audit for whoever may not see cells of fewer than 11 persons: a picture leaves for a report. */
export function suppressedView(result: AuditResult): AuditView {
  return {
    ...result,
    n: suppressedSize(result.n),
    metrics: suppressed(result.metrics),
    findings: suppressedFindings(result.findings, result.metrics),
  };
}
