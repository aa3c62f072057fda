/** Figures of one profile, by name. */
import { audit } from '../../fairness/audit/audit.ts';
import type { AuditOptions, AuditRows } from '../../fairness/audit-types.ts';
import { encodeRows } from '../../fairness/encode.ts';
import type { Figure } from '../../fairness/types.ts';

/** No group is too small, and no bootstrap: what is tested are values. */
const VALUES: AuditOptions = { minimumCell: 1, resamples: 0 };

export function figuresOf(rows: AuditRows, options: AuditOptions): readonly Figure[] {
  const all = { ...VALUES, ...options };
  return audit(encodeRows(rows, all), all).metrics;
}

/** The one figure of this name, group and parameters. */
export function figureOf(
  figures: readonly Figure[],
  name: string,
  { group = null, ...parameters }: { readonly group?: string | null } & Readonly<Record<string, unknown>> = {},
): Figure {
  const found = figures.filter(
    (figure) =>
      figure.name === name &&
      figure.group === group &&
      Object.entries(parameters).every(([key, value]) => figure.parameters?.[key] === value),
  );
  if (found.length !== 1)
    throw new Error(`${found.length} figures ${name} of ${String(group)} ${JSON.stringify(parameters)}`);
  return found[0]!;
}
