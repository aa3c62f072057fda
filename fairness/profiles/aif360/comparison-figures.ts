/**
 * A group against the reference by AIF360's comparisons: privileged = the reference, unprivileged = the group.
 *
 * @module
 */
import type { Knowledge } from '../../audit/measured.ts';
import type { ResolvedOptions } from '../../audit/options.ts';
import type { Measured } from '../../metrics/measured.ts';
import type { Figure, Reason } from '../../types.ts';
import {
  COMPARISON_ALIASES,
  DATASET_COMPARISONS,
  type DatasetComparisonName,
  LIBRARY_COMPARISONS,
  type LibraryComparisonName,
} from './comparisons.ts';
import { lackingFigure, libraryFigure, type Subject } from './figure.ts';
import { missingFor } from './group-figures.ts';
import { comparisonInterval } from './intervals.ts';
import { noteOnRate, NOTES } from './notes.ts';
import { libraryRate, strictRate } from './parts.ts';
import type { LibraryRateName } from './rates.ts';
import { type Compared, compareSides, LABEL_SHAPES, partsOf, type Shape, SHAPES } from './shapes.ts';
import type { Side } from './sides.ts';

/** Comparisons by name, one alias among them that everybody uses. */
export const COMPARISON_NAMES = Object.keys(SHAPES) as readonly (keyof typeof SHAPES)[];

/** What the figure is made from: the group, then the reference. */
export interface ComparisonScene {
  readonly sides: readonly [Side, Side];
  readonly options: ResolvedOptions;
  readonly knowledge: Knowledge;
}

function ratesOf(shape: Shape): readonly LibraryRateName[] {
  return 'rate' in shape ? [shape.rate] : shape.rates;
}

function missingForShape(shape: Shape, { knowledge, sides }: ComparisonScene): Reason | undefined {
  const hasScores = sides[0].generalized !== undefined;
  return ratesOf(shape)
    .map((name) => missingFor(name, knowledge, hasScores))
    .find((reason) => reason !== undefined);
}

/** A comparison of `ClassificationMetric`. */
export function comparisonFigure(subject: Subject, name: keyof typeof SHAPES, scene: ComparisonScene): Figure {
  const library: LibraryComparisonName = name === 'equal_opportunity_difference' ? COMPARISON_ALIASES[name] : name;
  const [low, high] = scene.sides;
  return figureOfShape(subject, SHAPES[name], {
    scene,
    value: LIBRARY_COMPARISONS[library](low.library, high.library),
  });
}

/** Parity of labels, as `BinaryLabelDatasetMetric` has it. */
export function labelFigure(subject: Subject, name: DatasetComparisonName, scene: ComparisonScene): Figure {
  const [low, high] = scene.sides;
  return figureOfShape(subject, LABEL_SHAPES[name], {
    scene,
    value: DATASET_COMPARISONS[name](low.library, high.library),
  });
}

function figureOfShape(
  subject: Subject,
  shape: Shape,
  { scene, value }: { readonly scene: ComparisonScene; readonly value: number },
): Figure {
  const missing = missingForShape(shape, scene);
  if (missing !== undefined) return lackingFigure(subject, missing);
  const { sides, options } = scene;
  const strict = compareSides(shape, strictRate, sides);
  return libraryFigure(subject, {
    library: value,
    fraction: libraryFraction(shape, sides),
    strict,
    ci: comparisonInterval(shape, sides, options),
    remark: remarkOn(shape, sides),
    explain: (of) => explain(shape, sides, of),
  });
}

/** The library's fraction; of the larger of two differences the one that it keeps where the other is no number. */
function libraryFraction(shape: Shape, sides: readonly [Side, Side]): Compared {
  const whole = compareSides(shape, libraryRate, sides);
  if (whole.status === 'ok' || shape.kind !== 'larger_size') return whole;
  const [first] = partsOf(shape, libraryRate, sides);
  if (first?.status !== 'ok') return whole;
  const [value, numerator, denominator] = [first.value, first.numerator, first.denominator].map(Math.abs);
  return { ...first, value: value ?? 0, numerator: numerator ?? 0, denominator: denominator ?? 1 };
}

/** Differences that cancel: AIF360's documentation calls 0 equality. */
function remarkOn(shape: Shape, sides: readonly [Side, Side]): string | undefined {
  if (shape.kind !== 'mean') return undefined;
  const values = partsOf(shape, libraryRate, sides).map(({ value }) => value ?? 0);
  return values.some((value) => value > 0) && values.some((value) => value < 0) ? NOTES.cancel : undefined;
}

function explain(shape: Shape, sides: readonly [Side, Side], strict: Measured): string {
  if (strict.reason === 'no_scores') return NOTES.noScores;
  const [, second] = partsOf(shape, libraryRate, sides);
  if (shape.kind === 'larger_size' && second !== undefined && second.status !== 'ok') return NOTES.equalizedOdds;
  const notes = ratesOf(shape).map((name) => noteOnRate(name, strict.reason));
  return notes.find((note) => note !== NOTES.unknownRows) ?? NOTES.unknownRows;
}
