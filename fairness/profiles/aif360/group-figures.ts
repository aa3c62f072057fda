/**
 * Counts and rates of one group, or of everybody.
 *
 * @module
 */
import type { Knowledge } from '../../audit/measured.ts';
import type { ResolvedOptions } from '../../audit/options.ts';
import { measureFraction } from '../../metrics/measured.ts';
import type { Figure, Reason } from '../../types.ts';
import { type Finding, lackingFigure, libraryFigure, type Subject } from './figure.ts';
import { rateInterval } from './intervals.ts';
import { noteOnRate, NOTES } from './notes.ts';
import { libraryRate, strictRate } from './parts.ts';
import {
  CONDITIONED_ALIASES,
  type ConditionedName,
  conditioned,
  LIBRARY_COUNTS,
  LIBRARY_RATES,
  type LibraryCountName,
  type LibraryRateName,
} from './rates.ts';
import type { Side } from './sides.ts';

/** Everything of one group that the library has by this name. */
export const GROUP_NAMES = [
  ...Object.keys(LIBRARY_COUNTS),
  ...Object.keys(LIBRARY_RATES),
] as readonly ConditionedName[];
/** Given only where asked for by name. */
export const GROUP_ALIASES = CONDITIONED_ALIASES;

const OF_ROWS: ReadonlySet<string> = new Set(['num_instances']);
const OF_LABELS: ReadonlySet<string> = new Set(['num_positives', 'num_negatives', 'base_rate']);
const OF_PREDICTIONS: ReadonlySet<string> = new Set(['num_pred_positives', 'num_pred_negatives', 'selection_rate']);

/** Which column is missing for a metric of this name, if one is. Generalized ones do without scores. */
export function missingFor(name: string, { labels, predictions }: Knowledge, hasScores: boolean): Reason | undefined {
  if (OF_ROWS.has(name)) return undefined;
  if (!labels && !OF_PREDICTIONS.has(name)) return 'no_labels';
  const needsPredictions = !OF_LABELS.has(name) && !(name.includes('generalized_') && hasScores);
  return needsPredictions && !predictions ? 'no_predictions' : undefined;
}

function isCount(name: ConditionedName): name is LibraryCountName {
  return Object.hasOwn(LIBRARY_COUNTS, name);
}

/** What the figure is made from. */
export interface GroupScene {
  readonly side: Side;
  readonly options: ResolvedOptions;
  readonly knowledge: Knowledge;
}

/** A count or rate, under its own name or an alias. */
export function groupFigure(subject: Subject, name: ConditionedName, { side, options, knowledge }: GroupScene): Figure {
  const missing = missingFor(name, knowledge, side.generalized !== undefined);
  if (missing !== undefined) return lackingFigure(subject, missing);
  if (isCount(name)) return countFigure(subject, name, side);
  return rateFigure(subject, name, { side, options });
}

function countFigure(subject: Subject, name: LibraryCountName, side: Side): Figure {
  const library = conditioned(name, side.library);
  const isTaken = side.generalized === undefined && name.includes('generalized');
  const fraction = measureFraction(library, 1, 'no_rows');
  const remark = subject.name === 'power' ? NOTES.power : isTaken ? NOTES.noScores : undefined;
  return libraryFigure(subject, { library, fraction, strict: fraction, remark, explain: () => NOTES.unknownRows });
}

function rateFigure(
  subject: Subject,
  name: LibraryRateName,
  { side, options }: Pick<GroupScene, 'side' | 'options'>,
): Figure {
  const finding: Finding = {
    library: conditioned(name, side.library),
    fraction: libraryRate(side, name),
    strict: strictRate(side, name),
    ci: rateInterval(side, name, options),
    explain: ({ reason }) => noteOnRate(name, reason),
  };
  return libraryFigure(subject, finding);
}
