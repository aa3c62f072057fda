/**
 * Determinations of Aequitas as figures: of each group, of the attribute, and overall.
 *
 * @module
 */
import type { Figure, Reason } from '../../types.ts';
import type { AttributeContext } from '../context.ts';
import { libraryFigure, type LibraryResult, undefinedOutcome } from '../library-figure.ts';
import { type CrosstabRow, valueOf } from './crosstab.ts';
import type { DisparityRow } from './disparities.ts';
import { disparityResult, personsOf } from './disparity-figures.ts';
import {
  attributeDeterminations,
  DERIVED,
  type DerivedParity,
  type Determination,
  type Determinations,
  groupDeterminations,
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

function parametersOf(tau: number, determination: Determination): NonNullable<Figure['parameters']> {
  if (determination === null) return { tau, parity: 'undefined' };
  return { tau, parity: determination ? 'pass' : 'fail' };
}

/** Every determination of one attribute. */
export function determinationFigures(context: AttributeContext, compared: readonly DisparityRow[]): readonly Figure[] {
  const { tau } = context.options;
  const groups = compared.map((one) => ({ one, found: groupDeterminations(one, tau) }));
  const attribute = attributeDeterminations(groups.map(({ found }) => found));
  const n = compared.reduce((sum, { row }) => sum + valueOf(row.cells.group_size), 0);
  return [
    ...groups.flatMap(({ one, found }) => groupFigures(context, one, found)),
    ...MEASURE_NAMES.map((measure) => attributeFigure(context, compared, { measure, attribute, n })),
    ...DERIVED_NAMES.map((parity) => {
      const subject = subjectOf(context, NAMES[parity], { n, parameters: parametersOf(tau, attribute[parity]) });
      return libraryFigure(
        subject,
        derivedResult(
          attribute,
          parity,
          groups.map(({ found }) => found),
        ),
      );
    }),
    overallFigure({ attribute: context.table.attribute, tau, n }, [attribute]),
  ];
}

function groupFigures(context: AttributeContext, one: DisparityRow, found: Determinations): readonly Figure[] {
  const { tau } = context.options;
  const { row } = one;
  const measures = MEASURE_NAMES.map((measure) => {
    const metric = MEASURES[measure];
    const disparity = one.disparities[metric];
    const { where, ...result } = disparityResult(context, row, { metric, disparity });
    const subject = subjectOf(context, `${metric}_parity`, {
      group: row.group,
      reference: disparity.reference.group,
      n: personsOf(row, disparity.reference),
      parameters: parametersOf(tau, found[measure]),
      ...(where === undefined ? {} : { where }),
    });
    return libraryFigure(subject, result);
  });
  const derived = DERIVED_NAMES.map((parity) => {
    const n = personsOf(row, referenceOf(one));
    const subject = subjectOf(context, NAMES[parity], {
      group: row.group,
      n,
      parameters: parametersOf(tau, found[parity]),
    });
    return libraryFigure(subject, derivedResult(found, parity, [found]));
  });
  return [...measures, ...derived];
}

/** The group's reference, where every metric has the same one; itself otherwise. */
function referenceOf({ row, disparities }: DisparityRow): CrosstabRow {
  const references = new Set(Object.values(disparities).map(({ reference }) => reference));
  const [only] = references;
  return references.size === 1 && only !== undefined ? only : row;
}

interface Attribute {
  readonly measure: Measure;
  readonly attribute: Determinations;
  readonly n: number;
}

/** How far a disparity is from 1, either way. */
function distance(value: number): number {
  return Number.isNaN(value) ? -1 : Math.abs(Math.log(value));
}

/** A parity of the attribute: the disparity furthest from 1. */
function attributeFigure(context: AttributeContext, compared: readonly DisparityRow[], asked: Attribute): Figure {
  const { measure, attribute, n } = asked;
  const metric = MEASURES[measure];
  const ordered = [...compared].sort(
    (a, b) => distance(b.disparities[metric].value) - distance(a.disparities[metric].value),
  );
  const [worst] = ordered;
  const parameters = parametersOf(context.options.tau, attribute[measure]);
  if (worst === undefined) {
    const subject = subjectOf(context, `${metric}_parity`, { n, parameters });
    return libraryFigure(subject, { value: Number.NaN, fraction: null, reason: 'no_rows' });
  }
  const disparity = worst.disparities[metric];
  const { where, ...result } = disparityResult(context, worst.row, { metric, disparity });
  const subject = subjectOf(context, `${metric}_parity`, {
    n,
    parameters,
    worstPair: [worst.row.group, disparity.reference.group],
    ...(where === undefined ? {} : { where }),
  });
  return libraryFigure(subject, result);
}

function outcomeResult(determination: Determination, reason: Reason): LibraryResult {
  if (determination === null) return { value: Number.NaN, fraction: null, reason };
  const numerator = determination ? 1 : 0;
  return { value: numerator, fraction: { numerator, denominator: 1 }, reason };
}

const ONE_UNDEFINED = 'Unfair because one of the two parities is undefined, not because a disparity is out of bounds.';

/** @param groups those of which `found` is made: the group itself, or all of the attribute */
function derivedResult(found: Determinations, parity: DerivedParity, groups: readonly Determinations[]): LibraryResult {
  const result = outcomeResult(found[parity], 'library_not_finite');
  if (found[parity] !== false) return result;
  const isShown = groups.some((group) => measuresOf(parity).some((measure) => group[measure] === false));
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
  const isFair = overallDeterminations(attributes)['Overall Fairness'];
  const isKnown = attributes.every(
    (one) => one['Unsupervised Fairness'] !== null && one['Supervised Fairness'] !== null,
  );
  const result = outcomeResult(isFair, 'library_not_finite');
  return libraryFigure(
    {
      name: NAMES['Overall Fairness'],
      attribute,
      group: null,
      reference: null,
      n,
      convention: 'aequitas@1.1',
      parameters: parametersOf(tau, isFair),
    },
    isKnown || !isFair ? result : { ...result, strict: undefinedOutcome('library_not_finite'), note: NOTHING_KNOWN },
  );
}
