/**
 * One rate of one group: its fraction, or why there is none, and how many persons stand behind it.
 *
 * @module
 */
import type { CellTable } from '../cells.ts';
import { CELLS, UNKNOWN } from '../columns.ts';
import type { Fraction } from '../fraction.ts';
import type { Proportion } from '../intervals/index.ts';
import { type Confusion, confusionOf, RATES, type RateDefinition, type RateName } from '../rates.ts';
import type { FigureStatus, Reason } from '../types.ts';

/** What the rows hold at all. */
export interface Knowledge {
  readonly labels: boolean;
  readonly predictions: boolean;
}

export type Measured =
  | {
      readonly status: 'ok';
      readonly fraction: Fraction;
      /** The fraction over the effective number of rows (Kish: (Σw)² / Σw²), for intervals and tests. */
      readonly proportion: Proportion;
      /** Rows of the group that the rate can be about: see {@link knownRows}. */
      readonly n: number;
    }
  | {
      readonly status: Exclude<FigureStatus, 'ok'>;
      readonly reason: Reason;
      /** Kept where the denominator is 0. */
      readonly fraction?: Fraction;
      readonly n: number;
    };

/** Whether any row has a known label, and any a known prediction. */
export function knowledgeOf({ rows, groups }: CellTable): Knowledge {
  let labels = false;
  let predictions = false;
  for (let i = 0; i < groups.length * CELLS; i += 1) {
    if (rows[i] === 0) continue;
    const cell = i % CELLS;
    labels ||= Math.floor(cell / 3) !== UNKNOWN;
    predictions ||= cell % 3 !== UNKNOWN;
  }
  return { labels, predictions };
}

/** Reasons that hold for every group alike. */
export function missingOf(name: RateName, { labels, predictions }: Knowledge): Reason | undefined {
  if (name !== 'selection_rate' && !labels) return 'no_labels';
  if (name !== 'base_rate' && !predictions) return 'no_predictions';
  return undefined;
}

/** Rows of a group, weighted by nothing. */
export function rowsOf({ rows }: CellTable, group: number): number {
  return confusionOf(rows, group).n;
}

/** What has to be known of a row for a figure to be about it. */
export type Needed = 'labels' | 'predictions' | 'both';

/** Rows of a group of which that is known: a group of a thousand with outcomes of three says what three say. */
export function knownRows({ rows }: CellTable, group: number, needed: Needed): number {
  const { tp, fp, tn, fn, positives, negatives, predictedPositives, predictedNegatives } = confusionOf(rows, group);
  if (needed === 'labels') return positives + negatives;
  return needed === 'predictions' ? predictedPositives + predictedNegatives : tp + fp + tn + fn;
}

function neededBy(name: RateName): Needed {
  if (name === 'base_rate') return 'labels';
  return name === 'selection_rate' ? 'predictions' : 'both';
}

/** Measures `name` in the group at this position. A group below `minimumCell` known rows is insufficient, whatever its rate. */
export function measureRate(
  table: CellTable,
  group: number,
  {
    name,
    minimumCell,
    knowledge,
  }: { readonly name: RateName; readonly minimumCell: number; readonly knowledge: Knowledge },
): Measured {
  const missing = missingOf(name, knowledge);
  if (missing !== undefined) return { status: 'undefined', reason: missing, n: rowsOf(table, group) };
  const n = knownRows(table, group, neededBy(name));
  if (n < minimumCell) return { status: 'insufficient', reason: n === 0 ? 'no_rows' : 'cell_too_small', n };
  return measured(
    RATES[name],
    { counts: confusionOf(table.weight, group), squares: confusionOf(table.weightSquared, group) },
    n,
  );
}

function measured(
  definition: RateDefinition,
  { counts, squares }: { readonly counts: Confusion; readonly squares: Confusion },
  n: number,
): Measured {
  const numerator = definition.numerator(counts);
  const denominator = definition.denominator(counts);
  const fraction = { numerator, denominator };
  if (denominator === 0) return { status: 'undefined', reason: definition.reason, fraction, n };
  const effective = (denominator * denominator) / definition.denominator(squares);
  return { status: 'ok', fraction, proportion: { successes: (numerator / denominator) * effective, n: effective }, n };
}
