/**
 * The numbers that a MetricFrame makes of its groups, with the fraction and the groups that each comes from.
 *
 * @module
 */
import { absolute, divide, type Fraction, mean, subtract } from '../../fraction.ts';
import type { Valued } from './base-metrics.ts';
import { difference, groupMax, groupMin, type Method, type MetricFrame, ratio } from './metric-frame.ts';

export type AggregateKind = 'group_min' | 'group_max' | 'difference' | 'ratio';

export interface Aggregate {
  readonly value: number;
  /** `null` where a convention stands in place of a rate that it is made of. */
  readonly fraction: Fraction | null;
  /** Positions of the groups that decide: one, or two for a comparison between groups with different values, the larger first. */
  readonly groups: readonly number[];
}

/** The first group with this value. */
function positionOf({ byGroup }: MetricFrame, value: number): number {
  return byGroup.findIndex((group) => group.value === value);
}

function both(
  a: Valued | undefined,
  b: Valued | undefined,
  make: (a: Fraction, b: Fraction) => Fraction,
): Fraction | null {
  return a === undefined || b === undefined || a.fraction === null || b.fraction === null
    ? null
    : make(a.fraction, b.fraction);
}

function extremeOf(frame: MetricFrame, value: number): Aggregate {
  const position = positionOf(frame, value);
  return { value, fraction: frame.byGroup[position]?.fraction ?? null, groups: position < 0 ? [] : [position] };
}

function betweenGroups(frame: MetricFrame, kind: 'difference' | 'ratio'): Aggregate {
  const [high, low] = [positionOf(frame, groupMax(frame)), positionOf(frame, groupMin(frame))];
  const [highest, lowest] = [frame.byGroup[high], frame.byGroup[low]];
  const groups = [...new Set([high, low])].filter((position) => position >= 0);
  return kind === 'difference'
    ? { value: difference(frame), fraction: both(highest, lowest, subtract), groups }
    : { value: ratio(frame), fraction: both(lowest, highest, divide), groups };
}

function toOverall(frame: MetricFrame, kind: 'difference' | 'ratio'): Aggregate {
  const { byGroup, overall } = frame;
  const value = kind === 'difference' ? difference(frame, 'to_overall') : ratio(frame, 'to_overall');
  const distance = (group: Valued): number => {
    if (kind === 'difference') return Math.abs(group.value - overall.value);
    const quotient = group.value / overall.value;
    return quotient > 1 ? 1 / quotient : quotient;
  };
  const position = byGroup.findIndex((group) => distance(group) === value);
  const group = byGroup[position];
  const isTurned = group !== undefined && group.value / overall.value > 1;
  const fraction = kind === 'difference' ? both(group, overall, subtract) : both(group, overall, divide);
  if (fraction === null) return { value, fraction, groups: position < 0 ? [] : [position] };
  if (kind === 'difference') return { value, fraction: absolute(fraction), groups: [position] };
  const { numerator, denominator } = fraction;
  return {
    value,
    fraction: isTurned ? { numerator: denominator, denominator: numerator } : fraction,
    groups: [position],
  };
}

/** One aggregate of a frame. `method` says nothing about the smallest and the largest. */
export function aggregate(frame: MetricFrame, kind: AggregateKind, method: Method): Aggregate {
  if (kind === 'group_min') return extremeOf(frame, groupMin(frame));
  if (kind === 'group_max') return extremeOf(frame, groupMax(frame));
  return method === 'between_groups' ? betweenGroups(frame, kind) : toOverall(frame, kind);
}

/** The fraction of a mean of two aggregates, or of the one that `value` is. */
export function combinedFraction(value: number, first: Aggregate, second: Aggregate): Fraction | null {
  if (value === first.value) return first.fraction;
  if (value === second.value) return second.fraction;
  return first.fraction === null || second.fraction === null ? null : mean(first.fraction, second.fraction);
}
