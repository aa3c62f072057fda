/**
 * Figures over all groups of an attribute.
 *
 * @module
 */
import { MISSING } from '../../columns.ts';
import type { Figure } from '../../types.ts';
import { absence, joinNotes, libraryFigure, type LibraryResult, type LibrarySubject } from '../library-figure.ts';
import { aggregate, type AggregateKind } from './aggregates.ts';
import { comparisonInterval } from './intervals.ts';
import type { Method, MetricFrame } from './metric-frame.ts';
import { type Reading, readingOf, type Scene } from './strict-reading.ts';

const MISSING_NOTE = 'Fairlearn refuses rows without a value of the attribute; here they are a group.';

/** Which figure, and how its value comes about. */
interface About {
  readonly name: string;
  readonly parameters?: Figure['parameters'];
  /** Positions of the groups that decide, the larger value first. */
  readonly groups: readonly number[];
}

/** A figure over all groups. */
export function overAllGroups(
  { context, stratum, parameters }: Scene,
  about: About,
  result: Omit<LibraryResult, 'strict' | 'note'> & { readonly reading?: Reading | undefined },
): Figure {
  const { table } = context;
  const { reading, ...rest } = result;
  const [high, low] = about.groups.map((position) => table.groups[position] ?? '');
  const asked = { ...parameters, ...about.parameters };
  const subject: LibrarySubject = {
    name: about.name,
    attribute: table.attribute,
    group: null,
    reference: null,
    n: stratum.overall.rows.n,
    convention: 'fairlearn@0.15',
    ...(Object.keys(asked).length === 0 ? {} : { parameters: asked }),
    ...(high === undefined || low === undefined ? {} : { worstPair: [high, low] }),
  };
  const isFinite = Number.isFinite(result.value);
  return libraryFigure(subject, {
    ...rest,
    strict: isFinite ? reading?.strict : undefined,
    note: joinNotes(isFinite ? reading?.note : undefined, table.groups.includes(MISSING) ? MISSING_NOTE : undefined),
  });
}

/** What is asked of a frame. */
export interface Asked {
  readonly name: string;
  readonly kind: AggregateKind;
  readonly method: Method;
}

/** `group_min`, `group_max`, `difference` or `ratio` of one metric. */
export function aggregateFigure(scene: Scene, frame: MetricFrame, { name, kind, method }: Asked): Figure {
  const { stratum, context } = scene;
  const { value, fraction, groups } = aggregate(frame, kind, method);
  const isComparison = kind === 'difference' || kind === 'ratio';
  const isBetween = isComparison && method === 'between_groups';
  return overAllGroups(
    scene,
    { name, groups, ...(isComparison ? { parameters: { method } } : {}) },
    {
      value,
      fraction,
      reason: absence(stratum.overall.rows) ?? 'zero_reference',
      ci: isBetween ? comparisonInterval(frame, stratum, { kind, groups, options: context.options }) : null,
      reading: readingOf(frame, stratum, { isComparison }),
    },
  );
}
