/** @module Figures along thresholds: net benefit, and the largest gaps of rates. */
import { rowsOf } from '../../audit/measured.ts';
import { type CellTable, codesFor } from '../../cells.ts';
import type { AttributeColumn } from '../../columns.ts';
import { confusionOf, type RateName } from '../../rates.ts';
import type { Figure } from '../../types.ts';
import { type Estimate, estimated, insufficientBecause, undefinedBecause } from '../scores/estimate.ts';
import { GAP_RATES } from '../scores/names.ts';
import type { ScoreContext } from '../scores/score-context.ts';
import { scoreFigure } from '../scores/score-figure.ts';
import { largestGap } from './gaps.ts';
import { netBenefit, type NetBenefit } from './net-benefit.ts';
import { DEFAULT_THRESHOLDS, sweepThresholds, type ThresholdSweep } from './sweep.ts';

const BENEFITS: readonly (readonly [name: string, of: (benefit: NetBenefit) => Estimate])[] = [
  ['net_benefit', ({ model }) => model],
  ['net_benefit_treat_all', ({ treatAll }) => treatAll],
  ['standardized_net_benefit', ({ standardized }) => standardized],
];

/**
 * Net benefit of each group at each threshold of the options, and the largest gap of rates over 0.05, 0.10, … 0.95, as far as the
 * options ask for them: one sweep over the rows for all.
 */
export function thresholdFigures(context: ScoreContext): Figure[] {
  const wanted = new Set(context.options.metrics);
  const benefits = BENEFITS.filter(([name]) => wanted.has(name));
  const { columns, options } = context;
  const rates = context.column === undefined ? [] : GAP_RATES.filter((rate) => wanted.has(`${rate}_largest_gap`));
  if (benefits.length + rates.length === 0) return [];
  const column = context.column ?? everybody(columns.rows);
  const thresholds = rates.length === 0 ? options.thresholds : [...options.thresholds, ...DEFAULT_THRESHOLDS];
  const sweep = sweepThresholds(columns, column, thresholds);
  return [
    ...benefits.flatMap(([name, of]) => benefitFigures(context, sweep, { name, of })),
    ...rates.map((rate) => gapFigure({ ...context, column }, sweep, rate)),
  ];
}

function everybody(rows: number): AttributeColumn {
  return { name: 'all', groups: ['all'], codes: codesFor(rows) };
}

/** Rows with a known label: what the figures of a group rest on. */
function labelledRows(table: CellTable, group: number): number {
  const { positives, negatives } = confusionOf(table.rows, group);
  return positives + negatives;
}

function benefitFigures(
  context: ScoreContext,
  sweep: ThresholdSweep | undefined,
  { name, of }: { readonly name: string; readonly of: (benefit: NetBenefit) => Estimate },
): Figure[] {
  const { column, table, options } = context;
  const groups = column?.groups ?? [null];
  return options.thresholds.flatMap((threshold) =>
    groups.map((group, position) => {
      const at = sweep?.tables[sweep.thresholds.indexOf(threshold)];
      const estimate = benefitAt(context, at, { position, threshold, of });
      const n = labelledRows(table, position);
      const subject = { name, attribute: column?.name ?? null, group, reference: null, n, parameters: { threshold } };
      return scoreFigure(subject, estimate);
    }),
  );
}

function benefitAt(
  { options: { minimumCell, level } }: ScoreContext,
  table: CellTable | undefined,
  asked: { readonly position: number; readonly threshold: number; readonly of: (benefit: NetBenefit) => Estimate },
): Estimate {
  const { position, threshold, of } = asked;
  if (table === undefined) return undefinedBecause('no_scores');
  if (table.groups.every((_, group) => labelledRows(table, group) === 0)) return undefinedBecause('no_labels');
  const n = labelledRows(table, position);
  if (n < minimumCell) return insufficientBecause(n === 0 ? 'no_rows' : 'cell_too_small');
  // At 0 false positives cost nothing and at 1 they cost everything: there is nothing to weigh.
  if (threshold === 0 || threshold === 1) return undefinedBecause('not_supported');
  return of(netBenefit(table, position, { threshold, level }));
}

function gapFigure(
  context: ScoreContext & { readonly column: AttributeColumn },
  sweep: ThresholdSweep | undefined,
  rate: RateName,
): Figure {
  const { column, table, options } = context;
  // Every row with a score has a prediction at any threshold.
  const isOfPredictions = rate === 'selection_rate';
  const size = (group: number): number => (isOfPredictions ? rowsOf(table, group) : labelledRows(table, group));
  const isLabelled = column.groups.some((_, group) => size(group) > 0);
  const members = column.groups.flatMap((_, group) => (size(group) >= options.minimumCell ? [group] : []));
  const n = members.reduce((sum, group) => sum + size(group), 0);
  const subject = { name: `${rate}_largest_gap`, attribute: column.name, group: null, reference: null, n };
  if (sweep !== undefined && !isLabelled) return scoreFigure(subject, undefinedBecause('no_labels'));
  if (sweep !== undefined && members.length < 2 && column.groups.length > 1) {
    return scoreFigure(subject, insufficientBecause('cell_too_small'));
  }
  const gap = largestGap(sweep, rate, { members, thresholds: DEFAULT_THRESHOLDS });
  if (gap.value === null) return scoreFigure(subject, undefinedBecause(gap.reason));
  const { value, numerator, denominator, threshold, high, low } = gap;
  const figure = scoreFigure(
    { ...subject, parameters: { threshold, thresholds: DEFAULT_THRESHOLDS.length } },
    estimated(value, { numerator, denominator }),
  );
  return { ...figure, worstPair: [column.groups[high] ?? '', column.groups[low] ?? ''] };
}
