/**
 * What goes through the rows, and so is given only where it is asked for by name: `MDSSClassificationMetric.score_groups`,
 * whether the labels of a group deviate from its scores, and `rich_subgroup`, the half-space of the attributes whose error rate is
 * furthest from everybody's.
 *
 * @module
 */
import { type AuditColumns, FAVOURABLE, UNKNOWN } from '../../columns.ts';
import { mdssScore, subsetOfGroups } from '../../metrics/mdss.ts';
import { richSubgroup, type RichSubgroupError, richSubgroupOf } from '../../metrics/rich-subgroup.ts';
import type { Figure } from '../../types.ts';
import { libraryFigure, type Subject } from './figure.ts';
import { NOTES } from './notes.ts';

export const SCORE_GROUPS = 'score_groups';
export const RICH_SUBGROUP = 'rich_subgroup';

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

/** `rich_subgroup` over all attributes, of false positives and of false negatives. AIF360 reads the groups as numbers. */
export function richSubgroupFigures(columns: AuditColumns, subject: Subject): readonly Figure[] {
  return (['FP', 'FN'] as const).map((error) => {
    const numbered = numberedSubgroup(columns, error);
    return libraryFigure(
      { ...subject, n: numbered.n, parameters: { error } },
      {
        library: numbered.status === 'ok' ? numbered.value : Number.NaN,
        fraction: numbered,
        strict: richSubgroupOf(columns, error),
        explain: () => NOTES.numberedGroups,
      },
    );
  });
}

/** With one column for each attribute: the position of the group among the sorted names. */
function numberedSubgroup(
  { cells, attributes }: AuditColumns,
  error: RichSubgroupError,
): ReturnType<typeof richSubgroup> {
  const known = Uint32Array.from(cells.keys()).filter((row) => {
    const cell = cells[row] ?? 0;
    return Math.floor(cell / 3) !== UNKNOWN && cell % 3 !== UNKNOWN;
  });
  const isFavourable = (value: number): number => (value === FAVOURABLE ? 1 : 0);
  return richSubgroup(
    attributes.map(({ codes }) => Float64Array.from(known, (row) => codes[row] ?? 0)),
    Uint8Array.from(known, (row) => isFavourable(Math.floor((cells[row] ?? 0) / 3))),
    Float64Array.from(known, (row) => isFavourable((cells[row] ?? 0) % 3)),
    error,
  );
}
