/**
 * `MDSSClassificationMetric.score_groups`: whether the labels of a group deviate from its scores. Goes through the rows, and so
 * is given only where it is asked for by name.
 *
 * @module
 */
import type { AuditColumns } from '../../columns.ts';
import { mdssScore, subsetOfGroups } from '../../metrics/mdss.ts';
import type { Figure } from '../../types.ts';
import { libraryFigure, type Subject } from './figure.ts';
import { NOTES } from './notes.ts';

export const SCORE_GROUPS = 'score_groups';

/**
 * The score of the groups of one attribute: of the privileged in the negative direction (fewer favourable labels than the
 * scores expect), of the unprivileged in the positive one.
 *
 * @param groups - names of groups of `subject.attribute`, which is no intersection
 */
export function scoreGroupsFigure(
  columns: AuditColumns,
  subject: Subject & { readonly attribute: string },
  { groups, isPrivileged }: { readonly groups: readonly string[]; readonly isPrivileged: boolean },
): Figure {
  const subset = subsetOfGroups(groups.map((group) => ({ [subject.attribute]: group })));
  const direction = isPrivileged ? 'negative' : 'positive';
  const measured = mdssScore(columns, subset, direction, { convention: 'aif360@0.6' });
  const strict = mdssScore(columns, subset, direction, { penalty: 0 });
  return libraryFigure(
    { ...subject, n: measured.n, parameters: { scoring: 'Bernoulli', direction } },
    {
      library: measured.status === 'ok' ? measured.value : Number.NaN,
      fraction: measured,
      strict,
      remark: columns.scores === undefined ? NOTES.noScores : undefined,
      explain: () => NOTES.rounded,
    },
  );
}
