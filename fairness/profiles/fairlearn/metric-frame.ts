/**
 * Fairlearn's MetricFrame from sums: overall, by group, and what it makes of them, for each stratum of the control features.
 *
 * @module
 */
import { LedgerError } from '../../../ledger/errors.ts';
import { type CellTable, codesFor, intersect, tally, totalOf } from '../../cells.ts';
import { type AttributeColumn, type AuditColumns, CELLS } from '../../columns.ts';
import { confusionOf } from '../../rates.ts';
import { type BaseMetric, evaluate, type Sums, type Valued } from './base-metrics.ts';

/** The rows with one combination of values of the control features; all rows where there are none. */
export interface Stratum {
  /** `null` without control features. */
  readonly name: string | null;
  readonly overall: Sums;
  /** By position of the group. */
  readonly groups: readonly Sums[];
}

function sumsOf(table: CellTable, group: number): Sums {
  const { weight, rows, weightSquared } = table;
  return {
    weighted: confusionOf(weight, group),
    rows: confusionOf(rows, group),
    squared: confusionOf(weightSquared, group),
  };
}

/** All rows of a table as one stratum. */
export function stratumOf(table: CellTable, name: string | null = null): Stratum {
  return { name, overall: sumsOf(totalOf(table), 0), groups: table.groups.map((_, group) => sumsOf(table, group)) };
}

/** Strata × groups, each of which has a code. */
const MAX_COMBINATIONS = 0x1_0000;

/**
 * The strata of control features: one for each of their combinations that occurs, in one pass over the rows. Fairlearn lists
 * combinations that do not occur as well, as NaN.
 *
 * @throws LedgerError `too_many_groups`
 */
export function strataOf(
  columns: AuditColumns,
  column: AttributeColumn,
  controls: readonly [AttributeColumn, ...AttributeColumn[]],
): readonly Stratum[] {
  const control = controls.length === 1 ? controls[0] : intersect(controls);
  if (control.groups.length * column.groups.length > MAX_COMBINATIONS) {
    throw new LedgerError(
      'too_many_groups',
      `Control features and groups make over ${MAX_COMBINATIONS} combinations.`,
      {
        pointer: '/control',
      },
    );
  }
  const table = tally(columns, crossed(control, column));
  return control.groups.map((name, position) => stratumOf(partOf(table, column.groups, position), name));
}

/** One code for each pair, whether it occurs or not: the control feature decides first. */
function crossed(control: AttributeColumn, { name, groups, codes }: AttributeColumn): AttributeColumn {
  const size = groups.length;
  const pairs = codesFor(codes.length);
  for (let row = 0; row < pairs.length; row += 1) pairs[row] = (control.codes[row] ?? 0) * size + (codes[row] ?? 0);
  return { name, groups: control.groups.flatMap(() => groups), codes: pairs };
}

/** The table of one value of the control feature: a view, no copy. */
function partOf(table: CellTable, groups: readonly string[], position: number): CellTable {
  const size = groups.length * CELLS;
  const part = (sums: Float64Array): Float64Array => sums.subarray(position * size, (position + 1) * size);
  const { attribute, rows, weight, weightSquared } = table;
  return { attribute, groups, rows: part(rows), weight: part(weight), weightSquared: part(weightSquared) };
}

/** One metric of a stratum. */
export interface MetricFrame {
  readonly metric: BaseMetric;
  readonly overall: Valued;
  readonly byGroup: readonly Valued[];
}

/** `MetricFrame(metrics=…)` for one metric and one stratum. */
export function metricFrame(stratum: Stratum, metric: BaseMetric): MetricFrame {
  return {
    metric,
    overall: evaluate(metric, stratum.overall),
    byGroup: stratum.groups.map((sums) => evaluate(metric, sums)),
  };
}

/** How groups are compared: the largest with the smallest, or each with everybody. */
export type Method = 'between_groups' | 'to_overall';

/** Values are taken as pandas takes them: NaN is passed over, and what is made of nothing but NaN is NaN. */
function extreme(values: readonly number[], isBeyond: (value: number, best: number) => boolean): number {
  let best = Number.NaN;
  for (const value of values) {
    if (!Number.isNaN(value) && (Number.isNaN(best) || isBeyond(value, best))) best = value;
  }
  return best;
}

const smallest = (values: readonly number[]): number => extreme(values, (value, best) => value < best);
const largest = (values: readonly number[]): number => extreme(values, (value, best) => value > best);

const valuesOf = ({ byGroup }: MetricFrame): readonly number[] => byGroup.map(({ value }) => value);

/** `MetricFrame.group_min()`. */
export function groupMin(frame: MetricFrame): number {
  return smallest(valuesOf(frame));
}

/** `MetricFrame.group_max()`. */
export function groupMax(frame: MetricFrame): number {
  return largest(valuesOf(frame));
}

/** `MetricFrame.difference(method=…)`: the largest distance, never negative. */
export function difference(frame: MetricFrame, method: Method = 'between_groups'): number {
  const from = method === 'between_groups' ? groupMin(frame) : frame.overall.value;
  return largest(valuesOf(frame).map((value) => Math.abs(value - from)));
}

/** `MetricFrame.ratio(method=…)`: the smallest ratio, turned round where it is above 1. 0 / 0 is NaN. */
export function ratio(frame: MetricFrame, method: Method = 'between_groups'): number {
  if (method === 'between_groups') return groupMin(frame) / groupMax(frame);
  const ratios = valuesOf(frame).map((value) => value / frame.overall.value);
  return smallest(ratios.map((value) => (value > 1 ? 1 / value : value)));
}
