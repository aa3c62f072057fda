/**
 * Intervals of AIF360's rates, differences and ratios: the library has none, the numbers of rows are the same.
 *
 * @module
 */
import { intervalOf } from '../../audit/figures.ts';
import type { ResolvedOptions } from '../../audit/options.ts';
import {
  type Bounds,
  clopperPearson,
  katz,
  koopman,
  newcombe,
  type Proportion,
  wilson,
} from '../../intervals/index.ts';
import type { ConfidenceInterval } from '../../types.ts';
import { libraryRate, squaredDenominator } from './parts.ts';
import type { LibraryRateName } from './rates.ts';
import type { Shape } from './shapes.ts';
import type { Side } from './sides.ts';

/** A rate over its effective number of rows (Kish: (Σw)² / Σw²); `undefined` where it is none of rows, or of nobody. */
function proportionOf(side: Side, name: LibraryRateName): Proportion | undefined {
  const rate = libraryRate(side, name);
  const squared = squaredDenominator(side, name);
  if (rate.status !== 'ok' || squared === undefined || squared === 0) return undefined;
  const n = (rate.denominator * rate.denominator) / squared;
  return { successes: rate.value * n, n };
}

/** Of a rate. */
export function rateInterval(side: Side, name: LibraryRateName, options: ResolvedOptions): ConfidenceInterval | null {
  const proportion = proportionOf(side, name);
  const { level, rateInterval: method } = options;
  if (proportion === undefined) return null;
  const bounds = (method === 'wilson' ? wilson : clopperPearson)(proportion.successes, proportion.n, level);
  return intervalOf(bounds, { level, method });
}

/** Of a difference or ratio of one rate; none of a composite. */
export function comparisonInterval(
  shape: Shape,
  [group, reference]: readonly [Side, Side],
  options: ResolvedOptions,
): ConfidenceInterval | null {
  if (!('rate' in shape)) return null;
  const ours = proportionOf(group, shape.rate);
  const held = proportionOf(reference, shape.rate);
  if (ours === undefined || held === undefined) return null;
  const { level, ratioInterval } = options;
  const method = shape.kind === 'difference' ? 'newcombe' : ratioInterval;
  return intervalOf(METHODS[method](ours, held, level), { level, method });
}

const METHODS: Readonly<
  Record<'newcombe' | 'koopman' | 'katz', (group: Proportion, reference: Proportion, level: number) => Bounds>
> = {
  newcombe,
  koopman,
  katz,
};
