import type { AuditView } from './view.ts';
import type { Finding } from '../../../fairness/audit-types.ts';
import type { ShownFigure } from '../../../fairness/suppress.ts';

/** What an audit says about one attribute or intersection, or (`attribute: null`) about the population. */
export interface Section {
  readonly attribute: string | null;
  /** Reference group, where every comparison has the same one. */
  readonly reference: string | null;
  /** About one group. */
  readonly groups: readonly ShownFigure[];
  /** One group against its reference. */
  readonly comparisons: readonly ShownFigure[];
  /** About all groups together. */
  readonly overall: readonly ShownFigure[];
  readonly findings: readonly Finding[];
  /** Comparisons, and figures about the two groups furthest apart. */
  readonly plotted: readonly ShownFigure[];
}

function isPlotted({ group, worstPair, ci }: ShownFigure): boolean {
  return group === null && worstPair !== undefined && ci !== null;
}

/** Splits a result by attribute, in the order in which attributes first occur; the population comes first. */
export function sectionsOf({ metrics, findings }: Pick<AuditView, 'metrics' | 'findings'>): readonly Section[] {
  const attributes = [...new Set(metrics.map(({ attribute }) => attribute))];
  const ordered = attributes.includes(null) ? [null, ...attributes.filter((name) => name !== null)] : attributes;
  return ordered.map((attribute) => {
    const figures = metrics.filter((figure) => figure.attribute === attribute);
    // Aequitas compares the reference with itself, too, which says nothing.
    const comparisons = figures.filter(
      ({ group, reference }) => group !== null && reference !== null && group !== reference,
    );
    const references = new Set(comparisons.map(({ reference }) => reference));
    const [reference = null] = references;
    return {
      attribute,
      reference: references.size === 1 ? reference : null,
      groups: figures.filter((figure) => figure.group !== null && figure.reference === null),
      comparisons,
      overall: figures.filter(({ group }) => group === null),
      plotted: [...comparisons, ...figures.filter(isPlotted)],
      findings: findings.filter((finding) => finding.attribute === attribute),
    };
  });
}
