/**
 * Many groups are many chances to find a difference that is none: p-values are adjusted over the groups of a metric.
 *
 * @module
 */
import { benjaminiHochberg, holm } from '../intervals/index.ts';
import type { Figure } from '../types.ts';
import type { ResolvedOptions } from './options.ts';

/** Figures of one metric, attribute and threshold: the family over which is adjusted. */
function familyOf({ name, attribute, parameters }: Figure): string {
  return `${name}\n${attribute ?? ''}\n${parameters === undefined ? '' : JSON.stringify(parameters)}`;
}

/** The figures, with adjusted p-values beside the raw ones. */
export function adjusted(figures: readonly Figure[], adjustment: ResolvedOptions['adjustment']): readonly Figure[] {
  const families = new Map<string, number[]>();
  for (const [position, figure] of figures.entries()) {
    if (figure.pValue === undefined) continue;
    const family = familyOf(figure);
    const members = families.get(family);
    if (members === undefined) families.set(family, [position]);
    else members.push(position);
  }
  const adjust = adjustment === 'holm' ? holm : benjaminiHochberg;
  const result = [...figures];
  for (const members of families.values()) {
    const values = adjust(members.map((position) => figures[position]?.pValue ?? 1));
    for (const [i, position] of members.entries()) {
      const figure = figures[position];
      if (figure !== undefined) result[position] = { ...figure, adjustedPValue: values[i] ?? 1, adjustment };
    }
  }
  return result;
}
