/**
 * The profile `aif360@0.6`: AIF360 0.6.1's metrics of an attribute, or of everybody, as figures.
 *
 * The reference is AIF360's privileged group. Every other group in turn is the unprivileged one, and where there are several,
 * all others together are as well: {@link OTHERS}.
 *
 * @module
 */
import { ALL_METRICS } from '../../audit/catalogue.ts';
import { type Knowledge, knowledgeOf } from '../../audit/measured.ts';
import type { ResolvedOptions } from '../../audit/options.ts';
import { type CellTable, totalOf } from '../../cells.ts';
import type { AuditColumns } from '../../columns.ts';
import type { Figure, Reason } from '../../types.ts';
import type { AttributeContext } from '../context.ts';
import { comparisonFigure, COMPARISON_NAMES, type ComparisonScene, labelFigure } from './comparison-figures.ts';
import { COMPARISON_ALIASES, DATASET_COMPARISONS, type DatasetComparisonName } from './comparisons.ts';
import { betweenBenefits, entropyFigures, entropyNames, rowBenefits } from './entropy-figures.ts';
import { lackingFigure, type Subject } from './figure.ts';
import { GROUP_ALIASES, GROUP_NAMES, groupFigure } from './group-figures.ts';
import type { Groups } from './metric.ts';
import { AMPLIFICATION_NAMES, amplificationFigure, OUTCOME_NAMES, outcomeFigure } from './outcome-figures.ts';
import { divergenceFigures, imbalanceFigure, PAIR_NAMES } from './pair-figures.ts';
import { type Side, sideOf } from './sides.ts';
import { RICH_SUBGROUP, richSubgroupFigures, SCORE_GROUPS, scoreGroupsFigure } from './subset-figures.ts';

/** Name of all groups but the reference, put together. */
export const OTHERS = '(others)';

const BETWEEN_GROUP = 'between_group_';
const BETWEEN_ALL = 'between_all_groups_';

/** Every name that the profile knows, aliases included. */
export const AIF360_METRICS: readonly string[] = [
  ...new Set([
    ...GROUP_NAMES,
    ...Object.keys(GROUP_ALIASES),
    ...COMPARISON_NAMES,
    ...Object.keys(COMPARISON_ALIASES),
    ...['', BETWEEN_GROUP, BETWEEN_ALL].flatMap(entropyNames),
    ...PAIR_NAMES,
    ...OUTCOME_NAMES,
    ...AMPLIFICATION_NAMES,
    SCORE_GROUPS,
    RICH_SUBGROUP,
  ]),
];

/** Other names of the same, and what goes through the rows, are given where they are asked for, and not with everything. */
const ONLY_BY_NAME: ReadonlySet<string> = new Set([
  ...Object.keys(GROUP_ALIASES),
  'mean_difference',
  SCORE_GROUPS,
  RICH_SUBGROUP,
]);

/** What is asked for; without scores everything leaves the generalized metrics out: they would repeat the others. */
function wantedOf({ metrics }: ResolvedOptions, hasScores: boolean): (name: string) => boolean {
  const asked = new Set(metrics);
  return (name) => {
    if (asked.has(name)) return true;
    const isRepeated = ONLY_BY_NAME.has(name) || (!hasScores && /generalized_(true|false|equalized)/.test(name));
    return asked.has(ALL_METRICS) && !isRepeated;
  };
}

/** What the figures of one table have in common. */
interface Setting {
  readonly attribute: string | null;
  readonly table: CellTable;
  readonly options: ResolvedOptions;
  readonly knowledge: Knowledge;
  readonly isWanted: (name: string) => boolean;
  readonly everybody: Side;
}

function settingOf(attribute: string | null, table: CellTable, options: ResolvedOptions): Setting {
  const isWanted = wantedOf(options, table.score !== undefined);
  const everybody = sideOf(table, [...table.groups.keys()]);
  return { attribute, table, options, knowledge: knowledgeOf(table), isWanted, everybody };
}

/** A group, its sums, and what it is called. */
interface Named {
  readonly name: string | null;
  /** Positions in the table. */
  readonly members: readonly number[];
  readonly side: Side;
}

/** Counts and rates of each of these. */
function groupFigures(
  { attribute, options, knowledge, isWanted }: Setting,
  groups: readonly Named[],
): readonly Figure[] {
  const names = [...GROUP_NAMES.map((name) => [name, name] as const), ...Object.entries(GROUP_ALIASES)];
  return names
    .filter(([asked]) => isWanted(asked))
    .flatMap(([asked, name]) =>
      groups.map(({ name: group, side }) =>
        groupFigure({ name: asked, attribute, group, reference: null, n: side.n }, name, { side, options, knowledge }),
      ),
    );
}

/** Why a metric of errors has no value at all. */
function missingBoth({ labels, predictions }: Knowledge): Reason | undefined {
  if (!labels) return 'no_labels';
  return predictions ? undefined : 'no_predictions';
}

/**
 * Metrics of everybody: what AIF360 gives without `privileged`.
 *
 * @param table of any attribute
 * @param columns for what goes through the rows; without them that is left out
 */
export function aif360Population(
  table: CellTable,
  options: ResolvedOptions,
  columns?: AuditColumns,
): readonly Figure[] {
  const total = totalOf(table);
  const setting = settingOf(null, total, options);
  const side = setting.everybody;
  const subject = { attribute: null, group: null, reference: null, n: side.n };
  const missing = missingBoth(setting.knowledge);
  const benefits = rowBenefits(total, side);
  return [
    ...groupFigures(setting, [{ name: null, members: [0], side }]),
    ...entropyNames('')
      .filter(setting.isWanted)
      .flatMap((name) =>
        missing === undefined
          ? entropyFigures({ ...subject, name }, '', benefits)
          : [lackingFigure({ ...subject, name }, missing)],
      ),
    ...(columns !== undefined && setting.isWanted(RICH_SUBGROUP)
      ? richSubgroupFigures(columns, { ...subject, name: RICH_SUBGROUP })
      : []),
  ];
}

/** Metrics of the groups of an attribute, of each against the reference, and of all of them together. */
export function aif360Figures({ table, columns, reference, options }: AttributeContext): readonly Figure[] {
  const setting = settingOf(table.attribute, table, options);
  const groups = table.groups.map((name, group): Named => ({ name, members: [group], side: sideOf(table, [group]) }));
  const held = groups[reference];
  if (held === undefined) return [];
  const targets = targetsOf(table, groups, reference);
  return [
    ...groupFigures(setting, groups),
    ...comparisons(setting, targets, held),
    ...overAll(setting, groups),
    ...subsetFigures(setting, columns, { targets, held }),
  ];
}

/** Scores of the groups' deviations. An intersection is no attribute of the rows: it has none. */
function subsetFigures(
  { attribute, table, isWanted }: Setting,
  columns: AuditColumns,
  { targets, held }: { readonly targets: readonly Named[]; readonly held: Named },
): readonly Figure[] {
  const isAttribute = columns.attributes.some(({ name }) => name === attribute);
  if (attribute === null || !isAttribute || !isWanted(SCORE_GROUPS)) return [];
  return [held, ...targets].map((one) => {
    const subject = { name: SCORE_GROUPS, attribute, group: one.name, reference: null, n: one.side.n };
    const groups = one.members.map((member) => table.groups[member] ?? '');
    return scoreGroupsFigure(columns, subject, { groups, isPrivileged: one === held });
  });
}

/** The unprivileged groups of the comparisons. */
function targetsOf(table: CellTable, groups: readonly Named[], reference: number): readonly Named[] {
  const others = [...groups.keys()].filter((group) => group !== reference);
  const each = groups.filter((_, group) => group !== reference);
  return others.length > 1 ? [...each, { name: OTHERS, members: others, side: sideOf(table, others) }] : each;
}

function comparisons(setting: Setting, targets: readonly Named[], held: Named): readonly Figure[] {
  const { attribute, options, knowledge, isWanted, table, everybody } = setting;
  const over = (
    name: string,
    figuresOf: (subject: Subject, scene: ComparisonScene, groups: Groups) => readonly Figure[],
  ): readonly Figure[] =>
    isWanted(name)
      ? targets.flatMap(({ name: group, members, side }) =>
          figuresOf(
            { name, attribute, group, reference: held.name, n: side.n + held.side.n },
            { sides: [side, held.side], options, knowledge },
            { unprivileged: members, privileged: held.members },
          ),
        )
      : [];
  return [
    ...COMPARISON_NAMES.flatMap((name) => over(name, (subject, scene) => [comparisonFigure(subject, name, scene)])),
    ...over('mean_difference', (subject, scene) => [comparisonFigure(subject, 'statistical_parity_difference', scene)]),
    ...(Object.keys(DATASET_COMPARISONS) as readonly DatasetComparisonName[]).flatMap((name) =>
      over(name, (subject, scene) => [labelFigure({ ...subject, parameters: { of: 'labels' } }, name, scene)]),
    ),
    ...entropyNames(BETWEEN_GROUP).flatMap((name) =>
      over(name, (subject, scene) => betweenGroup({ table, everybody }, subject, scene)),
    ),
    ...over('class_imbalance', (subject, { sides }) => [imbalanceFigure(subject, sides)]),
    ...over('kl_divergence', (subject, scene, both) => divergenceFigures(subject, scene, { table, groups: both })),
  ];
}

function betweenGroup(
  { table, everybody }: Pick<Setting, 'table' | 'everybody'>,
  subject: Subject,
  { sides, knowledge }: ComparisonScene,
): readonly Figure[] {
  const missing = missingBoth(knowledge);
  if (missing !== undefined) return [lackingFigure(subject, missing)];
  return entropyFigures(subject, BETWEEN_GROUP, betweenBenefits(table, sides, everybody));
}

/** Figures over all groups of the attribute. */
function overAll(setting: Setting, groups: readonly Named[]): readonly Figure[] {
  const { attribute, table, options, knowledge, isWanted, everybody } = setting;
  const subject = (name: string): Subject => ({ name, attribute, group: null, reference: null, n: everybody.n });
  const scene = { table, concentration: options.concentration };
  const missing = missingBoth(knowledge);
  const benefits = betweenBenefits(
    table,
    groups.map(({ side }) => side),
    everybody,
  );
  const needingBoth = (name: string, figures: (subject: Subject) => readonly Figure[]): readonly Figure[] =>
    missing === undefined ? figures(subject(name)) : [lackingFigure(subject(name), missing)];
  return [
    ...entropyNames(BETWEEN_ALL)
      .filter(isWanted)
      .flatMap((name) => needingBoth(name, (of) => entropyFigures(of, BETWEEN_ALL, benefits))),
    ...OUTCOME_NAMES.filter(isWanted).flatMap((name) =>
      (['labels', 'predictions'] as const)
        .filter((of) => knowledge[of])
        .map((of) => outcomeFigure(subject(name), of, scene)),
    ),
    ...AMPLIFICATION_NAMES.filter(isWanted).flatMap((name) =>
      needingBoth(name, (of) => [amplificationFigure(of, scene)]),
    ),
  ];
}
