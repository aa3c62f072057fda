/**
 * Demographic parity, equal opportunity and equalized odds as figures.
 *
 * @module
 */
import type { Figure } from '../../types.ts';
import { absence, undefinedOutcome } from '../library-figure.ts';
import { aggregateFigure, overAllGroups } from './aggregate-figure.ts';
import { type Aggregate, aggregate, combinedFraction } from './aggregates.ts';
import {
  type Aggregation,
  equalizedOddsDifference,
  equalizedOddsRatio,
  frameOf,
  oddsFrames,
} from './fairness-metrics.ts';
import type { Method } from './metric-frame.ts';
import { type Reading, readingOf, type Scene } from './strict-reading.ts';

const KINDS = ['difference', 'ratio'] as const;
const METHODS: readonly Method[] = ['between_groups', 'to_overall'];
const AGGREGATIONS: readonly Aggregation[] = ['worst_case', 'mean'];

/** `demographic_parity_*`, `equal_opportunity_*`, `equalized_odds_*`. */
export function namedFigures(scene: Scene): readonly Figure[] {
  const selection = frameOf(scene.stratum, 'selection_rate');
  const opportunity = frameOf(scene.stratum, 'true_positive_rate');
  return KINDS.flatMap((kind) =>
    METHODS.flatMap((method) => [
      aggregateFigure(scene, selection, { name: `demographic_parity_${kind}`, kind, method }),
      aggregateFigure(scene, opportunity, { name: `equal_opportunity_${kind}`, kind, method }),
      ...AGGREGATIONS.map((aggregation) => oddsFigure(scene, { kind, method, aggregation })),
    ]),
  );
}

interface Asked {
  readonly kind: (typeof KINDS)[number];
  readonly method: Method;
  readonly aggregation: Aggregation;
}

function oddsFigure(scene: Scene, { kind, method, aggregation }: Asked): Figure {
  const { stratum } = scene;
  const measure = kind === 'difference' ? equalizedOddsDifference : equalizedOddsRatio;
  const value = measure(stratum, method, aggregation);
  const frames = oddsFrames(stratum);
  const [first, second] = frames.map((frame) => aggregate(frame, kind, method)) as [Aggregate, Aggregate];
  const deciding = decidingOf(value, aggregation, [first, second]);
  const readings = frames.map((frame) => readingOf(frame, stratum, { isComparison: true }));
  return overAllGroups(
    scene,
    {
      name: `equalized_odds_${kind}`,
      parameters: { method, aggregation },
      groups: deciding.groups,
    },
    {
      value,
      fraction: deciding.fraction,
      reason: absence(stratum.overall.rows) ?? 'zero_reference',
      reading: readings.find((reading) => reading !== undefined) ?? passedOver(first, second),
    },
  );
}

/** The fraction of the value, and the groups of the rate that decides. */
function decidingOf(
  value: number,
  aggregation: Aggregation,
  [first, second]: readonly [Aggregate, Aggregate],
): Pick<Aggregate, 'fraction' | 'groups'> {
  if (Number.isNaN(value)) return { fraction: null, groups: [] };
  if (aggregation === 'mean') return { fraction: combinedFraction(value, first, second), groups: [] };
  return value === first.value ? first : second;
}

/** One of the two is NaN, and the library answers with the other. */
function passedOver(first: Aggregate, second: Aggregate): Reading | undefined {
  if (!Number.isNaN(first.value) && !Number.isNaN(second.value)) return undefined;
  const which = Number.isNaN(first.value) ? 'true' : 'false';
  return {
    strict: undefinedOutcome('zero_reference'),
    note: `The ratio of ${which} positive rates is 0 / 0; Fairlearn passes over it and answers with the other.`,
  };
}
