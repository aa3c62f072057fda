/**
 * The Aequitas profile as figures.
 *
 * - A cell of the crosstab has the library's name: `tpr`, `ppr`, `group_size`; `k` and `total_entities`, the same for every
 *   group, stand once with `group: null`.
 * - `<metric>_disparity` is over the reference group.
 * - Determinations have the value 1 (fair) or 0, and the parameter `tau`: `tpr_parity`, `ppr_parity` ("Statistical Parity"),
 *   `pprev_parity` ("Impact Parity"), …, and those derived from them, `equalized_odds`, `supervised_fairness`, …. With
 *   `group: null` they are of the attribute. The outcome is the value, and not a parameter, so that it is suppressed with it.
 *
 * The library has no weights: rows are counted. It leaves rows without a value out of its groups; of the group `(missing)` there
 * is the strict value alone. Its significance option is not supported: what it calls significance of `fpr`, `tnr` and `precision`
 * is one and the same test of errors among the predicted positives, which is the `fdr`, preceded by tests of normality and of
 * variances that choose between two tests; the strict profile has p-values of each rate.
 *
 * @module
 */
import { MISSING } from '../../columns.ts';
import { confusionOf, RATES } from '../../rates.ts';
import type { Figure } from '../../types.ts';
import type { AttributeContext } from '../context.ts';
import { absence, libraryFigure, unsupportedFigure } from '../library-figure.ts';
import {
  CROSSTAB_METRICS,
  type CrosstabMetric,
  type CrosstabRow,
  crosstab,
  RATES_BY_METRIC,
  valueOf,
} from './crosstab.ts';
import { disparities, type ReferenceChoice } from './disparities.ts';
import { disparityFigures } from './disparity-figures.ts';
import { rateInterval } from './intervals.ts';
import { groupDeterminations, attributeDeterminations } from './parities.ts';
import { determinationFigures, overallFigure } from './parity-figures.ts';
import { subjectOf } from './subjects.ts';

/** The same of every group. */
const OF_EVERYBODY: ReadonlySet<CrosstabMetric> = new Set(['k', 'total_entities']);

/**
 * Every figure of one attribute.
 *
 * @throws LedgerError `unknown_group` where the reference is the group of rows without a value
 */
export function aequitasFigures(context: AttributeContext): readonly Figure[] {
  const rows = crosstab(context.table);
  const compared = disparities(rows, referenceChoice(context));
  return [
    ...everybodyFigures(context, rows),
    ...rows.flatMap((row) => cellFigures(context, row)),
    ...missingFigures(context),
    ...disparityFigures(context, compared),
    ...determinationFigures(context, compared),
  ];
}

/** The library's overall fairness over several attributes, of which each context is one. */
export function aequitasOverallFigure(contexts: readonly AttributeContext[]): Figure | undefined {
  const [first] = contexts;
  if (first === undefined) return undefined;
  const { tau } = first.options;
  const attributes = contexts.map((context) => {
    const compared = disparities(crosstab(context.table), referenceChoice(context));
    return attributeDeterminations(compared.map((one) => groupDeterminations(one, tau)));
  });
  return overallFigure({ attribute: null, tau, n: first.columns.rows }, attributes);
}

/** The audit's reference. Where it is the largest group and that has no value, the library's largest group. */
export function referenceChoice({ options, table, reference }: AttributeContext): ReferenceChoice {
  if (options.referenceRule === 'minimum') return { kind: 'minimum' };
  const group = table.groups[reference] ?? '';
  const isNamed = Object.hasOwn(options.reference, table.attribute);
  return group === MISSING && !isNamed ? { kind: 'majority' } : { kind: 'predefined', group };
}

function everybodyFigures(context: AttributeContext, rows: readonly CrosstabRow[]): readonly Figure[] {
  const [first] = rows;
  if (first === undefined) return [];
  return [...OF_EVERYBODY].map((metric) => {
    const cell = first.cells[metric];
    const subject = subjectOf(context, metric, { n: valueOf(first.cells.total_entities) });
    return libraryFigure(subject, { value: valueOf(cell), fraction: cell, reason: 'no_rows' });
  });
}

function cellFigures(context: AttributeContext, row: CrosstabRow): readonly Figure[] {
  return CROSSTAB_METRICS.filter((metric) => !OF_EVERYBODY.has(metric)).map((metric) => {
    const cell = row.cells[metric];
    const subject = subjectOf(context, metric, { group: row.group, n: valueOf(row.cells.group_size) });
    const rate = rateOf(metric);
    return libraryFigure(subject, {
      value: valueOf(cell),
      fraction: cell,
      reason: absence(row.counts) ?? (rate === undefined ? 'no_predicted_positives' : RATES[rate].reason),
      ci: rateInterval(row, metric, context.options),
      ...weighted(context, rate, row.position),
    });
  });
}

type Rate = (typeof RATES_BY_METRIC)[keyof typeof RATES_BY_METRIC];

function rateOf(metric: CrosstabMetric): Rate | undefined {
  return Object.entries(RATES_BY_METRIC).find(([known]) => known === metric)?.[1];
}

/** Rows count alike in the library: where they have weights, the strict rate is another number. */
function weighted(
  { table, strict }: AttributeContext,
  rate: Rate | undefined,
  group: number,
): Pick<Figure, 'strict' | 'note'> {
  if (table.weight === table.rows || rate === undefined) return {};
  return { strict: strict(rate, group), note: 'Aequitas has no weights: every row counts as one.' };
}

const MISSING_NOTE = 'Aequitas leaves rows without a value out of its groups, and counts them in k and total_entities.';

/** The group of rows without a value: the library has nothing of it. */
function missingFigures(context: AttributeContext): readonly Figure[] {
  const position = context.table.groups.indexOf(MISSING);
  if (position < 0) return [];
  const { n } = confusionOf(context.table.rows, position);
  return Object.entries(RATES_BY_METRIC).map(([metric, rate]) =>
    unsupportedFigure(subjectOf(context, metric, { group: MISSING, n }), MISSING_NOTE, context.strict(rate, position)),
  );
}
