/**
 * Two groups by how many they are and by their outcomes, as the scikit-learn interface has it: of the rows of the two alone.
 *
 * @module
 */
import type { CellTable } from '../../cells.ts';
import { classImbalance, LABEL_REASONS, outcomeDivergence, PREDICTION_REASONS } from '../../metrics/distribution.ts';
import type { Figure } from '../../types.ts';
import type { ComparisonScene } from './comparison-figures.ts';
import { libraryFigure, type Subject } from './figure.ts';
import type { Groups, Outcomes } from './metric.ts';
import { NOTES } from './notes.ts';
import type { Side } from './sides.ts';
import { klDivergence } from './sklearn.ts';

export const PAIR_NAMES = ['class_imbalance', 'kl_divergence'] as const;

/** `class_imbalance` of the rows of the two groups. */
export function imbalanceFigure(subject: Subject, [group, reference]: readonly [Side, Side]): Figure {
  const measured = classImbalance(group.library.instances, reference.library.instances);
  const library = measured.status === 'ok' ? measured.value : Number.NaN;
  return libraryFigure(subject, { library, fraction: measured, strict: measured, explain: () => NOTES.unknownRows });
}

/** `kl_divergence` of the rows of the two groups: of labels and of predictions, as there are. */
export function divergenceFigures(
  subject: Subject,
  { sides, knowledge }: ComparisonScene,
  { table, groups }: { readonly table: CellTable; readonly groups: Groups },
): readonly Figure[] {
  return (['labels', 'predictions'] as const)
    .filter((of) => knowledge[of])
    .map((of) => {
      const [group, reference] = sides;
      const reasons = of === 'labels' ? LABEL_REASONS : PREDICTION_REASONS;
      const strict = outcomeDivergence(classesOf(reference, of), classesOf(group, of), reasons);
      return libraryFigure(
        { ...subject, parameters: { of } },
        {
          library: klDivergence(table, of, groups),
          fraction: strict,
          strict,
          explain: () => (of === 'predictions' ? NOTES.labelClasses : NOTES.unknownRows),
        },
      );
    });
}

function classesOf({ strict }: Side, of: Outcomes): { readonly favourable: number; readonly unfavourable: number } {
  return of === 'labels'
    ? { favourable: strict.positives, unfavourable: strict.negatives }
    : { favourable: strict.predictedPositives, unfavourable: strict.predictedNegatives };
}
