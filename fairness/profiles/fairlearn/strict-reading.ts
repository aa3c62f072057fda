/**
 * Where Fairlearn's values mislead: rates that have no denominator, and comparisons of one group with itself.
 *
 * @module
 */
import type { Figure, Outcome, Reason } from '../../types.ts';
import type { AttributeContext } from '../context.ts';
import { undefinedOutcome } from '../library-figure.ts';
import type { BaseMetric } from './base-metrics.ts';
import type { MetricFrame, Stratum } from './metric-frame.ts';

/** Where the figures of one stratum come from. */
export interface Scene {
  readonly context: AttributeContext;
  readonly stratum: Stratum;
  /** Of the stratum. */
  readonly parameters: NonNullable<Figure['parameters']>;
}

/** A strict result beside the library's, and why. */
export interface Reading {
  readonly strict: Outcome;
  readonly note: string;
}

const WORDS: Partial<Record<Reason, string>> = {
  no_positives: 'no row is favourably labelled',
  no_negatives: 'no row is unfavourably labelled',
  no_predicted_positives: 'no prediction is favourable',
  no_predicted_negatives: 'no prediction is unfavourable',
  no_variation: 'all labels are the same',
};

function because(reason: Reason): string {
  return WORDS[reason] ?? 'there is nothing to divide by';
}

/** Words for a value of a group that its definition does not have. */
export function misleading({ name }: BaseMetric, reason: Reason): string {
  if (name === 'balanced_accuracy_score') return `Only one of the two recalls exists: ${because(reason)}.`;
  return `A convention, not a measurement: ${because(reason)}.`;
}

function conventional({ name }: BaseMetric, lacks: readonly [Reason, ...Reason[]]): string {
  const many = lacks.length === 1 ? 'One group counts' : `${lacks.length} groups count`;
  return `${many} with a convention in place of ${name}: ${because(lacks[0])}.`;
}

/**
 * What the strict profile makes of a figure over all groups: nothing, where a group has no value or there is but one group.
 *
 * @returns `undefined` where both agree
 */
export function readingOf(
  { metric, byGroup }: MetricFrame,
  { groups }: Stratum,
  { isComparison }: { readonly isComparison: boolean },
): Reading | undefined {
  const lacks = groups.flatMap((sums, i) => {
    const reason = sums.rows.n === 0 ? null : metric.lack(sums);
    return reason !== null && Number.isFinite(byGroup[i]?.value) ? [reason] : [];
  });
  const [first, ...others] = lacks;
  if (first !== undefined) return { strict: undefinedOutcome(first), note: conventional(metric, [first, ...others]) };
  const occurring = groups.filter(({ rows }) => rows.n > 0).length;
  if (!isComparison || occurring > 1) return undefined;
  return { strict: undefinedOutcome('one_group'), note: 'There is one group: it is compared with itself.' };
}
