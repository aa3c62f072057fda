/**
 * The Section 1557 view for a report or an auditor: without small numbers of persons.
 *
 * @module
 */
import { MINIMUM_CELL, type ShownFigure, suppressedSize } from '../suppress.ts';
import { coverageOf } from './measured.ts';
import type { Association, Section1557View } from './types.ts';
import { wordsOf } from './words.ts';

/**
 * Numbers of 1 to `minimum` − 1 persons, of rows without a value as well, are left out, and associations have two digits: from
 * all of them a table of small counts could be searched for.
 *
 * @param figures - as shown: `suppressed`
 */
export function suppressedSection1557(
  view: Section1557View,
  figures: readonly ShownFigure[],
  minimum = MINIMUM_CELL,
): Section1557View {
  const { rows, inputs, associations, grounds } = view;
  const shown = {
    ...view,
    rows: rows === null ? null : suppressedSize(rows, minimum),
    inputs: inputs.map((input) => ({
      ...input,
      missing: input.missing === null ? null : suppressedSize(input.missing, minimum),
    })),
    associations: associations.map((association) => coarse(association, rows ?? 0, minimum)),
    grounds: grounds.map((ground) => ({ ...ground, coverage: coverageOf(ground.attributes, figures) })),
  };
  return { ...shown, words: wordsOf(shown) };
}

function coarse(association: Association, rows: number, minimum: number): Association {
  const { n, value, etaSquared, pValue, adjustedPValue } = association;
  const isTold = n !== null && suppressedSize(n, minimum) !== null && suppressedSize(rows - n, minimum) !== null;
  return {
    ...association,
    n: isTold ? n : null,
    value: twoDecimals(value),
    ...(etaSquared === undefined ? {} : { etaSquared: Number(etaSquared.toFixed(2)) }),
    pValue: twoDigits(pValue),
    adjustedPValue: twoDigits(adjustedPValue),
  };
}

function twoDecimals(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(2));
}

function twoDigits(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(2));
}
