/**
 * The generalized entropy family: of all rows, between the two groups of a comparison, and between all groups.
 *
 * @module
 */
import type { CellTable } from '../../cells.ts';
import {
  type Benefits,
  benefitsBetween,
  benefitsOf,
  coefficientOfVariation,
  generalizedEntropy,
  meanBenefit,
} from '../../metrics/entropy.ts';
import type { Measured } from '../../metrics/measured.ts';
import type { Figure } from '../../types.ts';
import { benefitsOfGroups, benefitsOfRows, libraryEntropy, libraryVariation } from './entropy.ts';
import { libraryFigure, type Subject } from './figure.ts';
import { NOTES } from './notes.ts';
import type { Side } from './sides.ts';

/** The same benefits as the library has them, and by definition. */
export interface BenefitsOfBoth {
  readonly library: Benefits;
  readonly strict: Benefits;
  /** What sets the two apart. */
  readonly notes: readonly string[];
}

/** Of every row: `all` are the sums of the whole table. */
export function rowBenefits(table: CellTable, all: Side): BenefitsOfBoth {
  return { library: benefitsOfRows(all.library), strict: benefitsOf(all.strict), notes: notesOn(table, all) };
}

/** Rows with the mean of their group; whoever is in none of the groups has 0 with the library. */
export function betweenBenefits(table: CellTable, groups: readonly Side[], all: Side): BenefitsOfBoth {
  const hasOthers = groups.reduce((rows, { n }) => rows + n, 0) < all.n;
  return {
    library: benefitsOfGroups(
      groups.map(({ library }) => library),
      all.library,
    ),
    strict: benefitsBetween(groups.map(({ strict }) => strict)),
    notes: [...(hasOthers ? [NOTES.otherRows] : []), ...notesOn(table, all)],
  };
}

function notesOn(table: CellTable, { strict, library }: Side): readonly string[] {
  const knownRows = strict.tp + strict.fp + strict.tn + strict.fn;
  return [
    ...(table.weight === table.rows ? [] : [NOTES.noWeights]),
    ...(knownRows < library.instances ? [NOTES.unknownRows] : []),
  ];
}

/** How a member of the family is named, asked for, and computed. */
interface Member {
  readonly suffix: string;
  readonly parameters?: Figure['parameters'];
  readonly library: (benefits: Benefits) => number;
  readonly measured: (benefits: Benefits) => Measured;
  /** The library's fraction, where it is not the definition's. */
  readonly fraction?: (benefits: Benefits) => Measured;
}

function index(alpha: number): Member {
  return {
    suffix: 'generalized_entropy_index',
    parameters: { alpha },
    library: (benefits) => libraryEntropy(benefits, alpha),
    measured: (benefits) => generalizedEntropy(benefits, alpha),
  };
}

/** Divided by the mean twice. */
function dividedTwice(benefits: Benefits): Measured {
  const measured = generalizedEntropy(benefits, 0);
  if (measured.status !== 'ok') return measured;
  const denominator = measured.denominator * meanBenefit(benefits).mean;
  return { ...measured, value: measured.numerator / denominator, denominator };
}

const FAMILY: readonly Member[] = [
  index(2),
  { ...index(0), fraction: dividedTwice },
  {
    suffix: 'theil_index',
    library: (benefits) => libraryEntropy(benefits, 1),
    measured: (of) => generalizedEntropy(of, 1),
  },
  { suffix: 'coefficient_of_variation', library: libraryVariation, measured: coefficientOfVariation },
];

/** Names of the family with this prefix: none, `between_group_` or `between_all_groups_`. */
export function entropyNames(prefix: string): readonly string[] {
  return [...new Set(FAMILY.map(({ suffix }) => `${prefix}${suffix}`))];
}

/** The figures of one name: the index for α = 2, which is the library's default, and for 0. */
export function entropyFigures(
  subject: Subject,
  prefix: string,
  { library, strict, notes }: BenefitsOfBoth,
): readonly Figure[] {
  return FAMILY.filter(({ suffix }) => subject.name === `${prefix}${suffix}`).map((member) =>
    libraryFigure(member.parameters === undefined ? subject : { ...subject, parameters: member.parameters }, {
      library: member.library(library),
      fraction: (member.fraction ?? member.measured)(library),
      strict: member.measured(strict),
      explain: () => [...(member.fraction === undefined ? [] : [NOTES.alphaZero]), ...notes].join(' '),
    }),
  );
}
