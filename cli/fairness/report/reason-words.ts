import type { ShownFigure } from '../../../fairness/suppress.ts';
import type { Reason } from '../../../fairness/types.ts';
import { metricLabel } from './figure-text.ts';

/** Why there is no value, as the end of a sentence. */
export const REASON_WORDS: Readonly<Record<Reason, string>> = {
  no_rows: 'no row to count',
  no_labels: 'no labels were given',
  no_predictions: 'no predictions were given',
  no_scores: 'no scores were given',
  no_positives: 'nobody has the favourable label',
  no_negatives: 'nobody has an unfavourable label',
  no_predicted_positives: 'nobody is predicted favourable',
  no_predicted_negatives: 'nobody is predicted unfavourable',
  zero_reference: 'the reference is 0, and nothing can be divided by it',
  one_group: 'there is one group only',
  pure_group: 'a group has one outcome only',
  zero_benefit: 'there is no benefit to share out',
  no_variation: 'all values are the same',
  not_converged: 'the computation did not settle',
  cell_too_small: 'fewer rows than the minimum cell',
  too_few_rows: 'too few rows for this metric',
  suppressed: 'it would show fewer than 11 persons',
  library_not_finite: 'the library gives no finite number',
  no_features: 'no features were given by which two people are alike',
  too_many_rows: 'too many rows to compare each with every other',
  not_supported: 'the profile does not have it',
};

const WHERE_WORDS = { group: 'in the group', reference: 'in the reference group', both: 'in both groups' } as const;

/** `undefined: nobody has the favourable label, in the group`. */
export function reasonText({ status, reason, where }: Pick<ShownFigure, 'status' | 'reason' | 'where'>): string {
  if (reason === null) return status;
  const place = where === undefined ? '' : `, ${WHERE_WORDS[where]}`;
  return `${status}: ${REASON_WORDS[reason]}${place}`;
}

/** One reason with everything that it stopped. */
export interface NotComputed {
  readonly why: string;
  /** `true_positive_rate: A, C`. */
  readonly what: readonly string[];
}

/** Figures without a value by their reason, in the order in which reasons first occur. */
export function notComputed(figures: readonly ShownFigure[]): readonly NotComputed[] {
  const byReason = new Map<string, Map<string, string[]>>();
  for (const figure of figures.filter(({ status }) => status !== 'ok')) {
    const metrics = entryOf(byReason, reasonText(figure), () => new Map<string, string[]>());
    const groups = entryOf(metrics, metricLabel(figure), (): string[] => []);
    if (figure.group !== null) groups.push(figure.group);
  }
  return [...byReason].map(([why, metrics]) => ({
    why,
    what: [...metrics].map(([metric, groups]) => (groups.length === 0 ? metric : `${metric}: ${groups.join(', ')}`)),
  }));
}

function entryOf<V>(map: Map<string, V>, key: string, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
