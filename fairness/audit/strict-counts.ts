/**
 * The strict profile's counts, and the counts and rates of scores (AIF360's "generalized" ones).
 *
 * @module
 */
import { type Confusion, confusionOf, type GeneralizedCounts, generalizedOf } from '../rates.ts';
import { CELLS, cellIndex, FAVOURABLE, UNFAVOURABLE, UNKNOWN } from '../columns.ts';
import { meanInterval } from '../intervals/index.ts';
import type { Figure } from '../types.ts';
import type { CountName, GeneralizedName } from './catalogue.ts';
import { figureOf, intervalOf, lackingFigure, type Lack, type Subject } from './figures.ts';
import { knownRows, rowsOf } from './measured.ts';
import type { Scene } from './strict-rates.ts';

interface Count {
  readonly of: (counts: Confusion) => number;
  readonly needs: readonly ('labels' | 'predictions')[];
}

const COUNTS: Readonly<Record<CountName, Count>> = {
  num_instances: { of: ({ n }) => n, needs: [] },
  num_positives: { of: ({ positives }) => positives, needs: ['labels'] },
  num_negatives: { of: ({ negatives }) => negatives, needs: ['labels'] },
  num_true_positives: { of: ({ tp }) => tp, needs: ['labels', 'predictions'] },
  num_false_positives: { of: ({ fp }) => fp, needs: ['labels', 'predictions'] },
  num_true_negatives: { of: ({ tn }) => tn, needs: ['labels', 'predictions'] },
  num_false_negatives: { of: ({ fn }) => fn, needs: ['labels', 'predictions'] },
  num_pred_positives: { of: ({ predictedPositives }) => predictedPositives, needs: ['predictions'] },
  num_pred_negatives: { of: ({ predictedNegatives }) => predictedNegatives, needs: ['predictions'] },
};

function subjectOf({ table, attribute, parameters }: Scene, name: string, group: number): Subject {
  return {
    name,
    attribute,
    group: attribute === null ? null : (table.groups[group] ?? ''),
    reference: null,
    n: rowsOf(table, group),
    ...(parameters === undefined ? {} : { parameters }),
  };
}

/** A count of each group: over 1, so that numerator and denominator give it. */
export function countFigures(scene: Scene, name: CountName): readonly Figure[] {
  const { table, knowledge } = scene;
  const { of, needs } = COUNTS[name];
  const missing = needs.find((need) => !knowledge[need]);
  return table.groups.map((_, group) => {
    const subject = subjectOf(scene, name, group);
    if (missing !== undefined) {
      return lackingFigure(subject, {
        status: 'undefined',
        reason: missing === 'labels' ? 'no_labels' : 'no_predictions',
      });
    }
    return figureOf(subject, { numerator: of(confusionOf(table.weight, group)), denominator: 1 });
  });
}

interface Generalized {
  readonly numerator: (sums: GeneralizedCounts) => number;
  /** `undefined`: a count. */
  readonly denominator?: (counts: GeneralizedCounts) => number;
  readonly reason: 'no_positives' | 'no_negatives';
}

const positives = ({ gtp, gfn }: GeneralizedCounts): number => gtp + gfn;
const negatives = ({ gfp, gtn }: GeneralizedCounts): number => gfp + gtn;

const GENERALIZED: Readonly<Record<GeneralizedName, Generalized>> = {
  num_generalized_true_positives: { numerator: ({ gtp }) => gtp, reason: 'no_positives' },
  num_generalized_false_positives: { numerator: ({ gfp }) => gfp, reason: 'no_negatives' },
  num_generalized_true_negatives: { numerator: ({ gtn }) => gtn, reason: 'no_negatives' },
  num_generalized_false_negatives: { numerator: ({ gfn }) => gfn, reason: 'no_positives' },
  generalized_true_positive_rate: { numerator: ({ gtp }) => gtp, denominator: positives, reason: 'no_positives' },
  generalized_false_negative_rate: { numerator: ({ gfn }) => gfn, denominator: positives, reason: 'no_positives' },
  generalized_false_positive_rate: { numerator: ({ gfp }) => gfp, denominator: negatives, reason: 'no_negatives' },
  generalized_true_negative_rate: { numerator: ({ gtn }) => gtn, denominator: negatives, reason: 'no_negatives' },
};

function lackOf(scene: Scene, group: number): Lack | undefined {
  if (scene.table.score === undefined) return { status: 'undefined', reason: 'no_scores' };
  if (!scene.knowledge.labels) return { status: 'undefined', reason: 'no_labels' };
  const n = knownRows(scene.table, group, 'labels');
  if (n >= scene.options.minimumCell) return undefined;
  return { status: 'insufficient', reason: n === 0 ? 'no_rows' : 'cell_too_small' };
}

/** Counts and rates of scores over the rows with a favourable, or an unfavourable, label. */
export function generalizedFigures(scene: Scene, name: GeneralizedName): readonly Figure[] {
  const { numerator, denominator, reason } = GENERALIZED[name];
  return scene.table.groups.map((_, group) => {
    const lack = lackOf(scene, group);
    const isKnown = scene.knowledge.labels && scene.table.score !== undefined;
    const n = isKnown ? knownRows(scene.table, group, 'labels') : rowsOf(scene.table, group);
    const subject = { ...subjectOf(scene, name, group), n };
    const sums = generalizedOf(scene.table, group);
    if (lack !== undefined || sums === undefined) {
      return lackingFigure(subject, lack ?? { status: 'undefined', reason: 'no_scores' });
    }
    const fraction = { numerator: numerator(sums), denominator: denominator?.(sums) ?? 1 };
    if (fraction.denominator === 0) return lackingFigure(subject, { status: 'undefined', reason, fraction });
    const ci = denominator === undefined ? null : meanOf(scene, group, name);
    return figureOf(subject, fraction, { ci });
  });
}

/** A generalized rate is the mean of s, or of 1 − s, over the rows with one label. */
function meanOf({ table, options }: Scene, group: number, name: GeneralizedName): Figure['ci'] {
  const { score, scoreSquared, weight, weightSquared } = table;
  if (score === undefined || scoreSquared === undefined) return null;
  const label = name.includes('true_positive') || name.includes('false_negative') ? FAVOURABLE : UNFAVOURABLE;
  const sum = (sums: Float64Array): number =>
    [UNFAVOURABLE, FAVOURABLE, UNKNOWN].reduce(
      (all, prediction) => all + (sums[group * CELLS + cellIndex(label, prediction)] ?? 0),
      0,
    );
  const [w, s, ss] = [sum(weight), sum(score), sum(scoreSquared)];
  const isOfScore = name.endsWith('positive_rate');
  const moments = isOfScore ? { sum: s, sumOfSquares: ss } : { sum: w - s, sumOfSquares: w - 2 * s + ss };
  const bounds = meanInterval({ weight: w, weightSquared: sum(weightSquared), ...moments }, options.level);
  return intervalOf(bounds, { level: options.level, method: 'student' });
}
