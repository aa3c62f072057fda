/**
 * Rates of small groups, shown beside what is left of them once chance is taken into account.
 *
 * @module
 */
import { shrink, SHRINKAGE_METHOD, type Shrunk } from '../intervals/index.ts';
import type { RateName } from '../rates.ts';
import type { Figure } from '../types.ts';
import type { Measured } from './measured.ts';
import { measureAll, type Scene } from './strict-rates.ts';

/** Fewer groups say too little about how rates spread. */
const LEAST_GROUPS = 3;

/** A rate is 1 − its complement, and so is its estimate: one of each pair is computed. */
const COMPLEMENTS: Partial<Record<RateName, RateName>> = {
  false_negative_rate: 'true_positive_rate',
  true_negative_rate: 'false_positive_rate',
  false_discovery_rate: 'positive_predictive_value',
  false_omission_rate: 'negative_predictive_value',
  error_rate: 'accuracy',
};

/** By the rates that they are made of, which live as long as the audit's look at one attribute. */
const estimated = new WeakMap<readonly Measured[], readonly (Shrunk | undefined)[]>();

/** Of each group; `undefined` for groups without a rate. */
function estimatesOf(measured: readonly Measured[], level: number): readonly (Shrunk | undefined)[] {
  const before = estimated.get(measured);
  if (before !== undefined) return before;
  const known = measured.flatMap((one) => (one.status === 'ok' ? [one.proportion] : []));
  const found = known.length < LEAST_GROUPS ? [] : (shrink(known, level) ?? []);
  let next = 0;
  const estimates = measured.map(({ status }) => (status === 'ok' ? found[next++] : undefined));
  estimated.set(measured, estimates);
  return estimates;
}

/** The figures of one rate by group, each with a value also with its empirical Bayes estimate. */
export function withShrinkage(scene: Scene, name: RateName, figures: readonly Figure[]): readonly Figure[] {
  if (figures.length < LEAST_GROUPS) return figures;
  const complement = COMPLEMENTS[name];
  const estimates = estimatesOf(measureAll(scene, complement ?? name), scene.options.level);
  return figures.map((figure, i) => {
    const estimate = estimates[i];
    if (estimate === undefined) return figure;
    const { value, low, high } = complement === undefined ? estimate : mirrored(estimate);
    return { ...figure, shrunk: { value, low, high, method: SHRINKAGE_METHOD } };
  });
}

function mirrored({ value, low, high }: Shrunk): Shrunk {
  return { value: 1 - value, low: 1 - high, high: 1 - low };
}
