/**
 * How the rates of groups differ along thresholds: where most, and where they meet.
 *
 * @module
 */
import type { CellTable } from '../../cells.ts';
import { subtract, valueOf } from '../../fraction.ts';
import { confusionOf, RATES, type RateName } from '../../rates.ts';
import type { Reason } from '../../types.ts';
import type { ThresholdSweep } from './sweep.ts';

/** A rate at each threshold; `null` where its denominator is 0. */
export type RateCurve = readonly (number | null)[];

/** The rate of each group at each threshold, by group. */
export function rateCurves({ tables }: ThresholdSweep, name: RateName): readonly RateCurve[] {
  const { numerator, denominator } = RATES[name];
  const groups = tables[0]?.groups ?? [];
  return groups.map((_, group) =>
    tables.map(({ weight }) => {
      const counts = confusionOf(weight, group);
      const below = denominator(counts);
      return below > 0 ? numerator(counts) / below : null;
    }),
  );
}

/** The largest difference between two groups, or why there is none. */
export type LargestGap =
  | {
      readonly value: number;
      readonly status: 'ok';
      readonly reason: null;
      /** Of the difference as one fraction. */
      readonly numerator: number;
      readonly denominator: number;
      /** Where it occurs; the lowest of several. */
      readonly threshold: number;
      /** Positions of the groups with the highest and the lowest rate there. */
      readonly high: number;
      readonly low: number;
    }
  | { readonly value: null; readonly status: 'undefined'; readonly reason: Reason };

export interface GapOptions {
  /** Positions of the groups to look at [all]. */
  readonly members?: readonly number[];
  /** The thresholds of the sweep to look at [all]. */
  readonly thresholds?: readonly number[];
}

/**
 * Largest difference of a rate between any two groups over thresholds. Groups without the rate at a threshold have no part there.
 * Reasons: `no_scores` without a sweep, `one_group`, or that of the rate where no threshold has it in two groups.
 */
export function largestGap(
  sweep: ThresholdSweep | undefined,
  name: RateName,
  { members, thresholds }: GapOptions = {},
): LargestGap {
  if (sweep === undefined) return noGap('no_scores');
  const looked = members ?? (sweep.tables[0]?.groups ?? []).map((_, group) => group);
  if (looked.length < 2) return noGap('one_group');
  const gaps = sweep.thresholds.flatMap((threshold, i) => {
    const table = sweep.tables[i];
    if (table === undefined || thresholds?.includes(threshold) === false) return [];
    const gap = gapAt(table, name, looked);
    return gap === undefined ? [] : [{ ...gap, threshold }];
  });
  const [first, ...rest] = gaps;
  if (first === undefined) return noGap(RATES[name].reason);
  return rest.reduce((largest, gap) => (gap.value > largest.value ? gap : largest), first);
}

function noGap(reason: Reason): LargestGap {
  return { value: null, status: 'undefined', reason };
}

type Gap = Omit<Extract<LargestGap, { status: 'ok' }>, 'threshold'>;

function gapAt({ weight }: CellTable, name: RateName, members: readonly number[]): Gap | undefined {
  const { numerator, denominator } = RATES[name];
  const known = members
    .map((group) => ({ group, counts: confusionOf(weight, group) }))
    .map(({ group, counts }) => ({ group, numerator: numerator(counts), denominator: denominator(counts) }))
    .filter((rate) => rate.denominator > 0);
  const byRate = known.toSorted((a, b) => valueOf(a) - valueOf(b));
  const low = byRate.at(0);
  const high = byRate.at(-1);
  if (low === undefined || high === undefined || low === high) return undefined;
  const gap = subtract(high, low);
  return { value: valueOf(gap), status: 'ok', reason: null, ...gap, high: high.group, low: low.group };
}

/** Two groups' rates meet: at one threshold (`from` = `to`), or somewhere between two neighbouring ones. */
export interface Crossing {
  readonly from: number;
  readonly to: number;
}

/**
 * Where the curves of two groups meet: they are equal at a threshold, or the sign of their difference turns between two. Not
 * counted: thresholds at which both rates have reached the same end, 0 or 1, as all do; and pieces where one has no value.
 */
export function crossings(thresholds: readonly number[], first: RateCurve, second: RateCurve): readonly Crossing[] {
  const found: Crossing[] = [];
  let before: { readonly threshold: number; readonly side: number } | undefined;
  for (const [i, threshold] of thresholds.entries()) {
    const side = sideOf(first[i] ?? null, second[i] ?? null);
    if (side === 0) found.push({ from: threshold, to: threshold });
    else if (before !== undefined && before.side * (side ?? 0) < 0)
      found.push({ from: before.threshold, to: threshold });
    before = side === undefined ? undefined : { threshold, side };
  }
  return found;
}

/** 1: the first is higher, −1: the second, 0: equal; `undefined`: says nothing. */
function sideOf(first: number | null, second: number | null): number | undefined {
  if (first === null || second === null) return undefined;
  const areAtAnEnd = first === second && (first === 0 || first === 1);
  return areAtAnEnd ? undefined : Math.sign(first - second);
}
