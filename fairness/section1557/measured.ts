/**
 * Which figures there are about a ground, and why there are no others.
 *
 * @module
 */
import { JOINT } from '../columns.ts';
import type { ShownFigure } from '../suppress.ts';
import type { Reason } from '../types.ts';

export interface Coverage {
  /** Figures with a value, those without, by why. */
  readonly ok: number;
  readonly without: readonly { readonly reason: Reason; readonly figures: number }[];
  /** Names of the metrics with a value. */
  readonly metrics: readonly string[];
  /** Attributes and intersections that figures are about. */
  readonly measured: readonly string[];
  /** Why nothing was measured; `null` where something was. */
  readonly why: 'no_attribute' | 'no_figures' | 'no_values' | null;
}

/** What figures say of these attributes, alone and in intersections. */
export function coverageOf(attributes: readonly string[], figures: readonly ShownFigure[]): Coverage {
  const own = figures.filter(({ attribute }) => {
    return attribute !== null && [attribute, ...attribute.split(JOINT)].some((part) => attributes.includes(part));
  });
  const ok = own.filter(({ status }) => status === 'ok');
  const reasons = new Map<Reason, number>();
  for (const { reason } of own) if (reason !== null) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return {
    ok: ok.length,
    without: [...reasons].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, count]) => ({ reason, figures: count })),
    metrics: [...new Set(ok.map(({ name }) => name))].sort(),
    measured: [...new Set(own.flatMap(({ attribute }) => attribute ?? []))].sort(),
    why: whyNothing({ attributes: attributes.length, own: own.length, ok: ok.length }),
  };
}

function whyNothing(counts: {
  readonly attributes: number;
  readonly own: number;
  readonly ok: number;
}): Coverage['why'] {
  if (counts.attributes === 0) return 'no_attribute';
  if (counts.own === 0) return 'no_figures';
  return counts.ok === 0 ? 'no_values' : null;
}
