/**
 * Determinations of Aequitas as figures: of each group, of the attribute, and overall.
 *
 * @module
 */
import type { Figure, Reason } from '../../types.ts';
import type { AttributeContext } from '../context.ts';
import { libraryFigure, type LibraryResult, undefinedOutcome } from '../library-figure.ts';
import { type CrosstabRow, type DisparityMetric, valueOf } from './crosstab.ts';
import type { Disparity, DisparityRow } from './disparities.ts';
import { lackOf, personsOf, strictReading } from './disparity-figures.ts';
import {
  attributeDeterminations,
  DERIVED,
  type DerivedParity,
  type Determination,
  type Determinations,
  groupDeterminations,
  isFair,
  type Measure,
  MEASURES,
  overallDeterminations,
} from './parities.ts';
import { subjectOf } from './subjects.ts';

/** Names of figures. */
const NAMES: Readonly<Record<DerivedParity | 'Overall Fairness', string>> = {
  'TypeI Parity': 'type_i_parity',
  'TypeII Parity': 'type_ii_parity',
  'Equalized Odds': 'equalized_odds',
  'Unsupervised Fairness': 'unsupervised_fairness',
  'Supervised Fairness': 'supervised_fairness',
  'Overall Fairness': 'overall_fairness',
};

const MEASURE_NAMES = Object.keys(MEASURES) as readonly Measure[];
const DERIVED_NAMES = Object.keys(DERIVED) as readonly DerivedParity[];

/** Every determination of one attribute. */
export function determinationFigures(context: AttributeContext, compared: readonly DisparityRow[]): readonly Figure[] {
  const { tau } = context.options;
  const found = compared.map((one) => groupDeterminations(one, tau));
  const attribute = attributeDeterminations(found);
  const n = compared.reduce((sum, { row }) => sum + valueOf(row.cells.group_size), 0);
  return [
    ...compared.flatMap((one) => groupFigures(context, one)),
    ...MEASURE_NAMES.map((measure) => attributeFigure(context, compared, { measure, found: attribute[measure], n })),
    ...DERIVED_NAMES.map((parity) => {
      const subject = subjectOf(context, NAMES[parity], { n, parameters: { tau } });
      return libraryFigure(subject, derivedResult(attribute, parity, found));
    }),
    overallFigure({ attribute: context.table.attribute, tau, n }, [attribute]),
  ];
}

function groupFigures(context: AttributeContext, one: DisparityRow): readonly Figure[] {
  const { tau } = context.options;
  const { row, disparities } = one;
  const found = groupDeterminations(one, tau);
  const measures = MEASURE_NAMES.map((measure) => {
    const metric = MEASURES[measure];
    const disparity = disparities[metric];
    const { where, reason } = lackOf(row, disparity.reference, metric);
    const determination = found[measure];
    const subject = subjectOf(context, `${metric}_parity`, {
      group: row.group,
      reference: disparity.reference.group,
      n: personsOf(row, disparity.reference),
      parameters: { tau },
      ...(determination === null && where !== undefined ? { where } : {}),
    });
    const reading = measureReading(context, row, { metric, disparity, determination });
    return libraryFigure(subject, { ...outcomeResult(determination, reason), ...reading });
  });
  const derived = DERIVED_NAMES.map((parity) => {
    const subject = subjectOf(context, NAMES[parity], { group: row.group, n: personsBehind(one), parameters: { tau } });
    return libraryFigure(subject, derivedResult(found, parity, [found]));
  });
  return [...measures, ...derived];
}

/** The group's rows, and those of its reference where every metric has the same one. */
function personsBehind({ row, disparities }: DisparityRow): number {
  const references = new Set(Object.values(disparities).map(({ reference }) => reference));
  const [only] = references;
  return personsOf(row, references.size === 1 && only !== undefined ? only : row);
}

interface Determined {
  readonly metric: DisparityMetric;
  readonly disparity: Disparity;
  readonly determination: Determination;
}

const INFINITE_AND_FAIR =
  'Fair although the disparity is infinite: Aequitas puts a number in its place that tau allows.';

/** What the strict ratio would say, where the disparity is about something else. */
function measureReading(
  context: AttributeContext,
  row: CrosstabRow,
  { metric, disparity, determination }: Determined,
): Pick<LibraryResult, 'strict' | 'note'> {
  if (determination === null) return {};
  if (disparity.raw === Number.POSITIVE_INFINITY) {
    return determination ? { strict: undefinedOutcome('zero_reference'), note: INFINITE_AND_FAIR } : {};
  }
  const { strict, note } = strictReading(context, row, { metric, disparity });
  if (strict?.status !== 'ok') return { strict, note };
  const isFairByIt = isFair(strict.value, context.options.tau) === true;
  return isFairByIt === determination
    ? {}
    : { strict: { value: isFairByIt ? 1 : 0, status: 'ok', reason: null }, note };
}

interface OfAttribute {
  readonly measure: Measure;
  readonly found: Determination;
  readonly n: number;
}

/** How far a disparity is from 1, either way. */
function distance(value: number): number {
  return Number.isNaN(value) ? -1 : Math.abs(Math.log(value));
}

/** A parity of the attribute, with the pair whose disparity is furthest from 1. */
function attributeFigure(
  context: AttributeContext,
  compared: readonly DisparityRow[],
  { measure, found, n }: OfAttribute,
): Figure {
  const metric = MEASURES[measure];
  const all = compared.map(({ row, disparities }) => ({ row, disparity: disparities[metric] }));
  const [worst] = all.sort((a, b) => distance(b.disparity.value) - distance(a.disparity.value));
  const reference = worst?.disparity.reference;
  const isPair = worst !== undefined && reference !== undefined && worst.row !== reference && found !== null;
  const subject = subjectOf(context, `${metric}_parity`, {
    n,
    parameters: { tau: context.options.tau },
    ...(isPair ? { worstPair: [worst.row.group, reference.group] as const } : {}),
  });
  const reason = worst === undefined ? 'no_rows' : lackOf(worst.row, worst.disparity.reference, metric).reason;
  return libraryFigure(subject, outcomeResult(found, reason));
}

function outcomeResult(determination: Determination, reason: Reason): LibraryResult {
  if (determination === null) return { value: Number.NaN, fraction: null, reason };
  const numerator = determination ? 1 : 0;
  return { value: numerator, fraction: { numerator, denominator: 1 }, reason };
}

const ONE_UNDEFINED = 'Unfair because one of the two parities is undefined, not because a disparity is out of bounds.';

const BY_SHARES =
  'Unfair by the shares of all predicted positives alone; the selection rates are within tau of each other.';

/** @param groups those of which `found` is made: the group itself, or all of the attribute */
function derivedResult(found: Determinations, parity: DerivedParity, groups: readonly Determinations[]): LibraryResult {
  const result = outcomeResult(found[parity], 'library_not_finite');
  if (found[parity] !== false) return result;
  const isShown = groups.some((group) => measuresOf(parity).some((measure) => group[measure] === false));
  if (parity === 'Unsupervised Fairness' && found['Impact Parity'] === true) {
    return { ...result, strict: { value: 1, status: 'ok', reason: null }, note: BY_SHARES };
  }
  if (isShown) return result;
  return { ...result, strict: undefinedOutcome('library_not_finite'), note: ONE_UNDEFINED };
}

/** The parities of one disparity that a determination comes from. */
function measuresOf(parity: DerivedParity): readonly Measure[] {
  return DERIVED[parity].flatMap((part): readonly Measure[] => (isMeasure(part) ? [part] : measuresOf(part)));
}

function isMeasure(parity: Measure | DerivedParity): parity is Measure {
  return Object.hasOwn(MEASURES, parity);
}

const NOTHING_KNOWN =
  'Fair although something is undefined: Aequitas takes an undefined determination of an attribute for a fair one.';

/** What an overall determination is about. */
interface Overall {
  readonly attribute: string | null;
  readonly tau: number;
  readonly n: number;
}

/** `overall_fairness` of one or more attributes; of the two that it is made of, each attribute has its own figure. */
export function overallFigure({ attribute, tau, n }: Overall, attributes: readonly Determinations[]): Figure {
  const found = overallDeterminations(attributes)['Overall Fairness'];
  const isKnown = attributes.every(
    (one) => one['Unsupervised Fairness'] !== null && one['Supervised Fairness'] !== null,
  );
  const result = outcomeResult(found, 'library_not_finite');
  return libraryFigure(
    {
      name: NAMES['Overall Fairness'],
      attribute,
      group: null,
      reference: null,
      n,
      convention: 'aequitas@1.1',
      parameters: { tau },
    },
    isKnown || !found ? result : { ...result, strict: undefinedOutcome('library_not_finite'), note: NOTHING_KNOWN },
  );
}
