/**
 * How outcomes are distributed over all groups of an attribute: differential fairness, as the classes and as the
 * scikit-learn interface have it, and conditional demographic disparity.
 *
 * @module
 */
import type { CellTable } from '../../cells.ts';
import {
  biasAmplification,
  differentialFairness,
  type DifferentialFairness,
  largestRatio,
} from '../../metrics/differential-fairness.ts';
import { conditionalDemographicDisparity, LABEL_REASONS, PREDICTION_REASONS } from '../../metrics/distribution.ts';
import type { Measured } from '../../metrics/measured.ts';
import { confusionOf } from '../../rates.ts';
import type { Figure } from '../../types.ts';
import { libraryAmplification, libraryEdf } from './differential-fairness.ts';
import { libraryFigure, type Subject } from './figure.ts';
import { outcomesOf, type Outcomes } from './metric.ts';
import { NOTES } from './notes.ts';
import * as sklearn from './sklearn.ts';

/** Names of figures over all groups, one for labels and one for predictions. */
export const OUTCOME_NAMES = [
  'smoothed_empirical_differential_fairness',
  'smoothed_edf',
  'conditional_demographic_disparity',
] as const;
/** Names of figures that hold the predictions against the labels. */
export const AMPLIFICATION_NAMES = ['differential_fairness_bias_amplification', 'df_bias_amplification'] as const;

/** Whether the name is one of the scikit-learn interface. */
function isSklearn(name: string): boolean {
  return name === 'smoothed_edf' || name === 'df_bias_amplification';
}

/** ε by definition: of rows whose outcome is known. */
function strictFairness(table: CellTable, of: Outcomes, concentration: number): DifferentialFairness {
  const counts = table.groups.map((_, group) => {
    const { positives, negatives, predictedPositives, predictedNegatives } = confusionOf(table.weight, group);
    return of === 'labels'
      ? { favourable: positives, n: positives + negatives }
      : { favourable: predictedPositives, n: predictedPositives + predictedNegatives };
  });
  return differentialFairness(counts, concentration);
}

/** ε with the library's counts and smoothing, as a fraction. */
function libraryFairness(table: CellTable, of: Outcomes, options: Smoothing): DifferentialFairness {
  const { concentration, isSklearn } = options;
  if (!isSklearn) {
    // A group whose weights are all 0 is there as well, with the prior alone.
    return largestRatio(
      outcomesOf(table, of).map(({ favourable, n }) => ({
        favourable: favourable + concentration / 2,
        unfavourable: n - favourable + concentration / 2,
        n: n + concentration,
      })),
    );
  }
  return largestRatio(
    sklearn.intersection(table, (members) => {
      const classes = sklearn.classesOf(table, of, members);
      const seen = classes.rows.filter((count) => count > 0).length;
      const n = sklearn.numSamples(classes);
      const share = concentration / seen;
      const favourable = classes.weight[1] + share;
      return { favourable, unfavourable: n - classes.weight[1] + concentration - share, n: n + concentration };
    }),
  );
}

interface Smoothing {
  readonly isSklearn: boolean;
  readonly concentration: number;
}

/** `smoothed_empirical_differential_fairness` or `smoothed_edf`. */
function fairnessFigure(subject: Subject, of: Outcomes, { table, concentration }: OutcomeScene): Figure {
  const smoothing = { isSklearn: isSklearn(subject.name), concentration };
  const { measured, worstPair } = libraryFairness(table, of, smoothing);
  const groups = occurring(table);
  const [high, low] = worstPair?.map((position) => groups[position] ?? '') ?? [];
  const library = smoothing.isSklearn
    ? sklearn.smoothedEdf(table, of, concentration)
    : libraryEdf(outcomesOf(table, of), concentration);
  return libraryFigure(
    {
      ...subject,
      parameters: { of, concentration },
      ...(high === undefined || low === undefined ? {} : { worstPair: [high, low] }),
    },
    {
      library,
      fraction: measured,
      strict: strictFairness(table, of, concentration).measured,
      remark: library === undefined ? NOTES.raises : undefined,
      explain: () => noteOf(table, smoothing, measured),
    },
  );
}

/** What sets the library's ε apart. A number where its own fraction has none comes from a NaN that was passed over. */
function noteOf({ rows, weight, groups }: CellTable, { isSklearn }: Smoothing, { status }: Measured): string {
  if (status !== 'ok') return NOTES.passedOver;
  if (isSklearn) return NOTES.classesSeen;
  const isWeightless = groups.some((_, group) => confusionOf(rows, group).n > 0 && confusionOf(weight, group).n === 0);
  return isWeightless ? NOTES.weightless : NOTES.unknownRows;
}

function occurring({ rows, groups }: CellTable): readonly string[] {
  return groups.filter((_, group) => confusionOf(rows, group).n > 0);
}

/** `conditional_demographic_disparity` with the groups as strata. */
function disparityFigure(subject: Subject, of: Outcomes, { table }: OutcomeScene): Figure {
  const reasons = of === 'labels' ? LABEL_REASONS : PREDICTION_REASONS;
  const ours = table.groups.map((_, group) => sklearn.classesOf(table, of, [group]).weight);
  const library = sklearn.conditionalDemographicDisparity(table, of);
  const measure = (
    counts: (weight: readonly [number, number, number]) => number,
  ): ReturnType<typeof conditionalDemographicDisparity> =>
    conditionalDemographicDisparity(
      ours.map((weight) => ({ favourable: weight[1], unfavourable: counts(weight) })),
      reasons,
    );
  return libraryFigure(
    { ...subject, parameters: { of } },
    {
      library,
      fraction: measure(([unfavourable, , unknown]) => unfavourable + unknown),
      strict: measure(([unfavourable]) => unfavourable),
      remark: library === undefined ? NOTES.raises : undefined,
      explain: () => NOTES.unknownRows,
    },
  );
}

/** What a figure over all groups is made from. */
export interface OutcomeScene {
  readonly table: CellTable;
  readonly concentration: number;
}

/** A figure over all groups. */
export function outcomeFigure(subject: Subject, of: Outcomes, scene: OutcomeScene): Figure {
  if (subject.name === 'conditional_demographic_disparity') return disparityFigure(subject, of, scene);
  return fairnessFigure(subject, of, scene);
}

/** ε of the predictions less ε of the labels. */
export function amplificationFigure(subject: Subject, { table, concentration }: OutcomeScene): Figure {
  const smoothing = { isSklearn: isSklearn(subject.name), concentration };
  const library = smoothing.isSklearn
    ? sklearn.biasAmplification(table, concentration)
    : libraryAmplification(outcomesOf(table, 'predictions'), outcomesOf(table, 'labels'), concentration);
  const fraction = biasAmplification(
    libraryFairness(table, 'predictions', smoothing).measured,
    libraryFairness(table, 'labels', smoothing).measured,
  );
  const strict = biasAmplification(
    strictFairness(table, 'predictions', concentration).measured,
    strictFairness(table, 'labels', concentration).measured,
  );
  return libraryFigure(
    { ...subject, parameters: { concentration } },
    {
      library,
      fraction,
      strict,
      remark: library === undefined ? NOTES.raises : undefined,
      explain: () => noteOf(table, smoothing, fraction),
    },
  );
}
