/**
 * Disparities of Aequitas as figures.
 *
 * @module
 */
import { divide, type Fraction } from '../../fraction.ts';
import { RATES } from '../../rates.ts';
import type { Figure, Outcome, Reason } from '../../types.ts';
import type { AttributeContext } from '../context.ts';
import { absence, joinNotes, libraryFigure, type LibraryResult, undefinedOutcome } from '../library-figure.ts';
import { type CrosstabRow, DISPARITY_METRICS, type DisparityMetric, RATES_BY_METRIC, valueOf } from './crosstab.ts';
import type { Disparity, DisparityRow } from './disparities.ts';
import { disparityInterval } from './intervals.ts';
import { subjectOf } from './subjects.ts';

/** Rows of a group and of its reference. */
export function personsOf(row: CrosstabRow, reference: CrosstabRow): number {
  const own = valueOf(row.cells.group_size);
  return row === reference ? own : own + valueOf(reference.cells.group_size);
}

/** `<metric>_disparity` of every group, the reference included. */
export function disparityFigures(context: AttributeContext, compared: readonly DisparityRow[]): readonly Figure[] {
  return compared.flatMap(({ row, disparities }) =>
    DISPARITY_METRICS.map((metric) => {
      const disparity = disparities[metric];
      const { reference } = disparity;
      const { where, ...result } = disparityResult(context, row, { metric, disparity });
      const subject = subjectOf(context, `${metric}_disparity`, {
        group: row.group,
        reference: reference.group,
        n: personsOf(row, reference),
        ...(where === undefined ? {} : { where }),
      });
      return libraryFigure(subject, result);
    }),
  );
}

interface Asked {
  readonly metric: DisparityMetric;
  readonly disparity: Disparity;
}

/** A disparity as a result of the library, and which side is at fault where there is none. */
function disparityResult(
  context: AttributeContext,
  row: CrosstabRow,
  { metric, disparity }: Asked,
): LibraryResult & Pick<Figure, 'where'> {
  const { value, raw, reference } = disparity;
  const isFilled = Object.is(raw, Number.POSITIVE_INFINITY);
  const fraction: Fraction = divide(row.cells[metric], reference.cells[metric]);
  const { strict, note } = isFilled
    ? {
        strict: undefinedOutcome('zero_reference'),
        note: `Infinite: the reference group has 0. Aequitas writes ${value}, and leaves finite disparities above it.`,
      }
    : strictReading(context, row, { metric, disparity });
  return {
    value,
    fraction: isFilled ? null : fraction,
    ...lackOf(row, reference, metric),
    ci: isFilled ? null : disparityInterval(row, reference, { metric, options: context.options }),
    strict,
    note,
  };
}

/** Why there is no disparity, where there is none, and of which side. */
export function lackOf(
  row: CrosstabRow,
  reference: CrosstabRow,
  metric: DisparityMetric,
): { reason: Reason } & Pick<Figure, 'where'> {
  const known = metric === 'ppr' ? 'no_predicted_positives' : RATES[RATES_BY_METRIC[metric]].reason;
  const reason = absence(row.counts) ?? absence(reference.counts) ?? known;
  const [own, held] = [row.cells[metric].denominator === 0, reference.cells[metric].denominator === 0];
  if (own && held) return { reason, where: 'both' };
  if (own || held) return { reason, where: own ? 'group' : 'reference' };
  return {
    reason: 'zero_reference',
    ...(reference.cells[metric].numerator === 0 ? { where: 'reference' as const } : {}),
  };
}

const SHARE_NOTE =
  'Shares of all predicted positives: groups of different size differ with equal selection rates. Beside it the ratio of selection rates.';
const WEIGHTS_NOTE = 'Aequitas has no weights: every row counts as one.';

/** The strict ratio, where it is about something else: of selection rates in place of shares, or of weighted rows. */
export function strictReading(
  { table, strict }: AttributeContext,
  row: CrosstabRow,
  { metric, disparity: { reference } }: Asked,
): { readonly strict?: Outcome; readonly note?: string | undefined } {
  if (row === reference) return {};
  const isShare = metric === 'ppr' && valueOf(row.cells.group_size) !== valueOf(reference.cells.group_size);
  const isWeighted = table.weight !== table.rows;
  if (!isShare && !isWeighted) return {};
  const rate = metric === 'ppr' ? 'selection_rate' : RATES_BY_METRIC[metric];
  return {
    strict: strict(`${rate}_ratio`, row.position),
    note: joinNotes(isShare ? SHARE_NOTE : undefined, isWeighted ? WEIGHTS_NOTE : undefined),
  };
}
