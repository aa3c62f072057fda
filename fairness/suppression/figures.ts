/**
 * What a figure rests on, and whether all of that is shown.
 *
 * @module
 */
import { type Figure, STRICT_CONVENTION } from '../types.ts';
import { LABELLED, type Level, PREDICTIONS, SIZE } from './classes.ts';
import type { Plan } from './plan.ts';

/** Figures of the strict profile that need the number of persons alone. */
const OF_SIZE: ReadonlySet<string> = new Set(['num_instances', 'class_imbalance']);

/** Figures of the strict profile that need nothing but predictions. */
const OF_PREDICTIONS: ReadonlySet<string> = new Set([
  'num_pred_positives',
  'num_pred_negatives',
  'selection_rate',
  'selection_rate_difference',
  'selection_rate_ratio',
  'selection_rate_spread',
  'disparate_impact',
  'statistical_parity_difference',
]);
/** The same, unless their parameter `of` says that they are about labels. */
const OF_EITHER: ReadonlySet<string> = new Set([
  'kl_divergence',
  'smoothed_empirical_differential_fairness',
  'conditional_demographic_disparity',
]);

/** Parameters that do not split persons further than the tables do. */
const KNOWN_PARAMETERS: ReadonlySet<string> = new Set([
  'threshold',
  'of',
  'alpha',
  'bins',
  'concentration',
  'level',
  'method',
  'aggregation',
  'binning',
  'neighbors',
  'tau',
  'aggregation',
  'binning',
  'neighbors',
]);

/** A figure that is not known to need less needs everything. */
function neededLevel({ name, convention, parameters }: Figure): Level {
  if (convention !== STRICT_CONVENTION) return LABELLED;
  if (OF_SIZE.has(name)) return SIZE;
  const isOfPredictions = OF_PREDICTIONS.has(name) || (OF_EITHER.has(name) && parameters?.['of'] === 'predictions');
  return isOfPredictions ? PREDICTIONS : LABELLED;
}

/** Figures of single persons: more than the tables hold is behind them. */
const OF_PERSONS = /consistency/u;
/** Figures of subgroups that were looked for, small ones among them. */
const OF_FOUND_SUBGROUPS = /mdss|bias_scan|subgroup/u;
/** Counts at a threshold of the scores. Where there are several thresholds, these are in the tables; of one threshold they may not be. */
const OF_SCORES_AT = /net_benefit/u;
/** Counts at thresholds of a grid, of which there are no tables. */
const OF_GRIDS = /largest_gap/u;

/** Parameters that a metric was asked with, of those that a figure has: others may be what it found. */
export function askedParameters({ parameters = {} }: Figure): NonNullable<Figure['parameters']> {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => KNOWN_PARAMETERS.has(name)));
}

/** Whether the figures ask for thresholds or strata that the tables do not have. */
export function isBeyondTables(figures: readonly Figure[], { thresholds }: Plan): boolean {
  const counted = figures.filter(({ name }) => !OF_GRIDS.test(name));
  const asked = new Set(counted.flatMap(({ parameters }) => parameters?.['threshold'] ?? []));
  return asked.size > thresholds;
}

/** What figures are judged by. */
export interface Judgement {
  readonly plan: Plan;
  /** Figures with a threshold are about more of them than were counted. */
  readonly isBeyond: boolean;
  /** The reference is the group with the smallest value: all groups are behind it. */
  readonly isReferenceMeasured: boolean;
}

function areCountsKnown({ name, parameters = {} }: Figure, { plan, isBeyond }: Judgement): boolean {
  if (OF_FOUND_SUBGROUPS.test(name) || OF_GRIDS.test(name)) return false;
  if (OF_SCORES_AT.test(name) && plan.thresholds < 2) return false;
  return !isBeyond || parameters['threshold'] === undefined;
}

/** Whether a figure may be shown: everything that it rests on is. */
export function isFigureShown(figure: Figure, judgement: Judgement): boolean {
  const { name, attribute, reference, parameters = {} } = figure;
  const { plan, isReferenceMeasured } = judgement;
  if (!areCountsKnown(figure, judgement)) return false;
  // Strata and the like: cells of which nothing is known here.
  const isKnown = Object.keys(parameters).every((parameter) => KNOWN_PARAMETERS.has(parameter));
  if (!isKnown || OF_PERSONS.test(name)) return plan.isComplete;
  const needed = neededLevel(figure);
  if (plan.everybody < needed) return false;
  if (attribute === null) return true;
  const groups = plan.attributes.get(attribute);
  if (groups === undefined) return false;
  return areGroupsShown(figure, groups, { needed, isWholeNeeded: isReferenceMeasured && reference !== null });
}

function areGroupsShown(
  { group, reference, worstPair }: Figure,
  groups: ReadonlyMap<string, Level>,
  { needed, isWholeNeeded }: { readonly needed: Level; readonly isWholeNeeded: boolean },
): boolean {
  const isWhole = (): boolean => [...groups.values()].every((level) => level >= needed);
  if (group === null || worstPair !== undefined || isWholeNeeded) return isWhole();
  return [group, reference].every((name) => {
    if (name === null) return true;
    const level = groups.get(name);
    // Of the name of no group: all of them, or the others than one, put together.
    return level === undefined ? isWhole() : level >= needed;
  });
}
