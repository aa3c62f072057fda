import type { ShownFigure } from '../../../fairness/suppress.ts';
import { REASON_WORDS } from '../../../fairness/reasons.ts';
import { metricLabel } from './figure-text.ts';

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
