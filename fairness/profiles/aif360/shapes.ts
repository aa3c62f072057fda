/**
 * What AIF360's comparisons are made of, so that the same comparison can be made of the library's rates and of defined ones.
 *
 * @module
 */
import { absolute, divide, type Fraction, larger, mean, subtract } from '../../fraction.ts';
import { measureFraction, type Measured, undefinedBecause } from '../../metrics/measured.ts';
import type { Figure } from '../../types.ts';
import type { LibraryComparisonName } from './comparisons.ts';
import type { RateOf } from './parts.ts';
import type { LibraryRateName } from './rates.ts';
import type { Side } from './sides.ts';

export type Shape =
  | { readonly kind: 'difference' | 'ratio'; readonly rate: LibraryRateName }
  | {
      readonly kind: 'mean' | 'mean_of_sizes' | 'larger_size';
      readonly rates: readonly [LibraryRateName, LibraryRateName];
    };

const ODDS = ['false_positive_rate', 'true_positive_rate'] as const;
const difference = (rate: LibraryRateName): Shape => ({ kind: 'difference', rate });
const ratio = (rate: LibraryRateName): Shape => ({ kind: 'ratio', rate });

/** By name; `equal_opportunity_difference` is the library's alias. */
export const SHAPES: Readonly<Record<LibraryComparisonName | 'equal_opportunity_difference', Shape>> = {
  disparate_impact: ratio('selection_rate'),
  statistical_parity_difference: difference('selection_rate'),
  true_positive_rate_difference: difference('true_positive_rate'),
  equal_opportunity_difference: difference('true_positive_rate'),
  false_positive_rate_difference: difference('false_positive_rate'),
  false_negative_rate_difference: difference('false_negative_rate'),
  false_omission_rate_difference: difference('false_omission_rate'),
  false_discovery_rate_difference: difference('false_discovery_rate'),
  error_rate_difference: difference('error_rate'),
  false_positive_rate_ratio: ratio('false_positive_rate'),
  false_negative_rate_ratio: ratio('false_negative_rate'),
  false_omission_rate_ratio: ratio('false_omission_rate'),
  false_discovery_rate_ratio: ratio('false_discovery_rate'),
  error_rate_ratio: ratio('error_rate'),
  average_odds_difference: { kind: 'mean', rates: ODDS },
  average_abs_odds_difference: { kind: 'mean_of_sizes', rates: ODDS },
  average_predictive_value_difference: { kind: 'mean', rates: ['positive_predictive_value', 'false_omission_rate'] },
  equalized_odds_difference: { kind: 'larger_size', rates: ODDS },
  generalized_equalized_odds_difference: {
    kind: 'larger_size',
    rates: ['generalized_false_positive_rate', 'generalized_true_positive_rate'],
  },
};

/** `BinaryLabelDatasetMetric`'s parity. */
export const LABEL_SHAPES = {
  disparate_impact: ratio('base_rate'),
  statistical_parity_difference: difference('base_rate'),
} as const;

/** A comparison, and whose fault it is where there is none. */
export type Compared = Measured & { readonly where?: NonNullable<Figure['where']> };

type Ok = Extract<Measured, { readonly status: 'ok' }>;

function lacking(group: Measured, reference: Measured): Compared {
  const [first] = [group, reference].filter(({ status }) => status !== 'ok');
  const reason = first?.reason ?? 'no_rows';
  if (reason === 'no_scores') return undefinedBecause(reason);
  if (group.status !== 'ok' && reference.status !== 'ok') return { ...undefinedBecause(reason), where: 'both' };
  return { ...undefinedBecause(reason), where: group.status === 'ok' ? 'reference' : 'group' };
}

function compareRate(kind: 'difference' | 'ratio', group: Measured, reference: Measured): Compared {
  if (group.status !== 'ok' || reference.status !== 'ok') return lacking(group, reference);
  if (kind === 'difference') return fractionOf(subtract(group, reference));
  const { numerator, denominator } = divide(group, reference);
  const measured = measureFraction(numerator, denominator, 'zero_reference');
  return measured.status === 'ok' ? measured : { ...measured, where: 'reference' };
}

function fractionOf({ numerator, denominator }: Fraction): Ok {
  return { status: 'ok', value: numerator / denominator, reason: null, numerator, denominator };
}

const JOINS: Readonly<Record<'mean' | 'mean_of_sizes' | 'larger_size', (a: Fraction, b: Fraction) => Fraction>> = {
  mean,
  mean_of_sizes: (a, b) => mean(absolute(a), absolute(b)),
  larger_size: (a, b) => larger(absolute(a), absolute(b)),
};

/** The differences of each rate of a shape. */
export function partsOf(shape: Shape, rate: RateOf, [group, reference]: readonly [Side, Side]): readonly Compared[] {
  const rates = 'rate' in shape ? [shape.rate] : shape.rates;
  return rates.map((name) => compareRate('difference', rate(group, name), rate(reference, name)));
}

/** The comparison of a group with the reference, of rates as `rate` has them. */
export function compareSides(shape: Shape, rate: RateOf, sides: readonly [Side, Side]): Compared {
  if ('rate' in shape) return compareRate(shape.kind, rate(sides[0], shape.rate), rate(sides[1], shape.rate));
  const [first, second] = partsOf(shape, rate, sides);
  if (first?.status !== 'ok') return first ?? undefinedBecause('no_rows');
  if (second?.status !== 'ok') return second ?? undefinedBecause('no_rows');
  return fractionOf(JOINS[shape.kind](first, second));
}
