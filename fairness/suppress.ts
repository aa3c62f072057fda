/**
 * Small cells: what may leave for a report or an auditor.
 *
 * The cell size policy of CMS (HHS guidance portal, "CMS Cell Size Suppression Policy"; in the data use agreements of ResDAC):
 * no cell of 1 to 10 persons is shown, none may be derivable from what is shown, by subtraction, percentages or otherwise; a
 * cell of nobody may be shown. What is done, and why nothing follows from what is left, is in
 * `docs/adr/0020-small-cells-and-proxies.md`.
 *
 * @module
 */
import type { Finding } from './audit-types.ts';
import type { CellTable } from './cells.ts';
import { askedParameters, isBeyondTables, isFigureShown } from './suppression/figures.ts';
import { planOf } from './suppression/plan.ts';
import type { Figure } from './types.ts';

/** Fewest persons of a cell that is shown (CMS cell size policy). */
export const MINIMUM_CELL = 11;

/** Name of the groups that are not named because nothing of them is shown. */
export const SUPPRESSED_GROUPS = '(suppressed)';

/** A figure as others see it: without numbers, and perhaps without the name of its group, where it is suppressed. */
export interface ShownFigure extends Omit<Figure, 'n'> {
  /** `null`: suppressed with the rest. */
  readonly n: number | null;
}

/** How cells are judged. */
export interface SuppressionOptions {
  /** Fewest persons of a cell that is shown [11]. */
  readonly minimum?: number;
  /** Of the audit. Where the reference is the group with the smallest value, it says something of every other group. */
  readonly referenceRule?: 'majority' | 'minimum';
}

/**
 * Marks the figures that rest on, or would give away, a cell of fewer persons than the minimum.
 *
 * @param tables - the counts of every attribute and every intersection that the figures are about; with several thresholds
 *   the counts at each
 */
export function markSmall(
  figures: readonly Figure[],
  tables: readonly CellTable[],
  { minimum = MINIMUM_CELL, referenceRule = 'majority' }: SuppressionOptions = {},
): readonly Figure[] {
  const plan = planOf(tables, minimum);
  const context = { plan, isBeyond: isBeyondTables(figures, plan), isReferenceMeasured: referenceRule === 'minimum' };
  return figures.map((figure) => (isFigureShown(figure, context) ? figure : { ...figure, small: true }));
}

/**
 * The figures as a report or an auditor may see them. Marked ones have no number left. Groups of which every figure is marked
 * are not named: one figure stands for all of them.
 *
 * Of the others, what was computed from marked ones as well is left out: p-values adjusted over the groups, estimates shrunk
 * toward them, and intervals of a bootstrap that drew all of them.
 */
export function suppressed(figures: readonly Figure[]): readonly ShownFigure[] {
  return viewOf(figures).shown;
}

/**
 * The findings that go with {@link suppressed}, with the positions of its figures. A finding about a marked figure is left out
 * whole: that the figure is beyond its bound is knowledge about the count.
 */
export function suppressedFindings(findings: readonly Finding[], figures: readonly Figure[]): readonly Finding[] {
  const { positions } = viewOf(figures);
  const touched = touchedAttributes(figures);
  return findings.flatMap((finding): Finding[] => {
    const about = figures[finding.figure];
    const figure = positions[finding.figure];
    if (about === undefined || figure === undefined || about.small === true) return [];
    const hasLostInterval = isDrawnTogether(about) && isTouched(about, touched);
    return [hasLostInterval ? { ...withoutInterval(finding, about), figure } : { ...finding, figure }];
  });
}

/** What is left to say where the interval is suppressed. */
function withoutInterval(finding: Finding, { value }: Figure): Finding {
  const { name, attribute, group, reference, bound } = finding;
  const who = group === null ? '' : ` ${group}${reference === null ? '' : ` against ${reference}`}`;
  const words =
    `${name} of ${attribute ?? 'everybody'}${who} is ${String(Number((value ?? 0).toPrecision(3)))}, beyond ${bound}. ` +
    'Its interval is suppressed: it was drawn together with groups that are.';
  return { ...finding, strength: 'possible', words };
}

/** Number of rows of an audit as others see it. */
export function suppressedSize(n: number, minimum = MINIMUM_CELL): number | null {
  return n > 0 && n < minimum ? null : n;
}

interface View {
  readonly shown: readonly ShownFigure[];
  /** Position in `shown` of each figure. */
  readonly positions: readonly number[];
}

function viewOf(figures: readonly Figure[]): View {
  const named = namedGroups(figures);
  const touched = touchedAttributes(figures);
  const shown: ShownFigure[] = [];
  const byText = new Map<string, number>();
  const positions = figures.map((figure) => {
    if (figure.small !== true) return shown.push(withoutShared(figure, touched)) - 1;
    const hidden = withoutNumbers(figure, named.get(figure.attribute));
    if (hidden.group !== SUPPRESSED_GROUPS) return shown.push(hidden) - 1;
    const text = JSON.stringify(hidden);
    const known = byText.get(text);
    if (known !== undefined) return known;
    byText.set(text, shown.length);
    return shown.push(hidden) - 1;
  });
  return { shown, positions };
}

/** Groups, by attribute, of which something is shown. */
function namedGroups(figures: readonly Figure[]): ReadonlyMap<string | null, ReadonlySet<string>> {
  const named = new Map<string | null, Set<string>>();
  for (const { small, attribute, group, reference } of figures) {
    if (small === true) continue;
    const names = named.get(attribute) ?? new Set();
    for (const name of [group, reference]) if (name !== null) names.add(name);
    named.set(attribute, names);
  }
  return named;
}

function withoutNumbers(figure: Figure, named: ReadonlySet<string> | undefined): ShownFigure {
  const { name, attribute, group, reference, convention } = figure;
  const parameters = askedParameters(figure);
  const isNamed = (text: string | null): boolean => text === null || named?.has(text) === true;
  const areNamed = isNamed(group) && isNamed(reference);
  return {
    name,
    attribute,
    group: areNamed ? group : SUPPRESSED_GROUPS,
    reference: areNamed ? reference : null,
    value: null,
    status: 'insufficient',
    reason: 'suppressed',
    numerator: null,
    denominator: null,
    n: null,
    ci: null,
    convention,
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    small: true,
  };
}

/** Members that are computed from several groups together. */
const SHARED_MEMBERS: ReadonlySet<string> = new Set(['adjustedPValue', 'adjustment', 'shrunk']);

/** Attributes with anything suppressed; figures of everybody are touched by any of them. */
function withoutShared(figure: Figure, touched: ReadonlySet<string | null>): ShownFigure {
  if (!isTouched(figure, touched)) return figure;
  const own = Object.entries(figure).filter(([member]) => !SHARED_MEMBERS.has(member));
  const rest = Object.fromEntries(own) as unknown as Figure;
  return isDrawnTogether(figure) ? { ...rest, ci: null } : rest;
}

function touchedAttributes(figures: readonly Figure[]): ReadonlySet<string | null> {
  return new Set(figures.flatMap(({ small, attribute }) => (small === true ? [attribute] : [])));
}

function isTouched({ attribute }: Figure, touched: ReadonlySet<string | null>): boolean {
  return attribute === null ? touched.size > 0 : touched.has(attribute);
}

function isDrawnTogether({ ci }: Figure): boolean {
  return ci?.method.startsWith('bootstrap') === true;
}
