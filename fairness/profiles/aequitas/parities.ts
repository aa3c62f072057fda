/**
 * Aequitas' determinations: fair, unfair, or nothing, by group, by attribute and overall.
 *
 * @module
 */
import type { DisparityMetric } from './crosstab.ts';
import type { DisparityRow } from './disparities.ts';

/** `null`: NaN in the library. */
export type Determination = boolean | null;

/** Parities of one disparity. "Statistical Parity" is of `ppr`, a group's share of all predicted positives; "Impact Parity" of `pprev`. */
export const MEASURES = {
  'Statistical Parity': 'ppr',
  'Impact Parity': 'pprev',
  'FDR Parity': 'fdr',
  'FPR Parity': 'fpr',
  'FOR Parity': 'for',
  'FNR Parity': 'fnr',
  'TPR Parity': 'tpr',
  'TNR Parity': 'tnr',
  'NPV Parity': 'npv',
  'Precision Parity': 'precision',
} as const satisfies Readonly<Record<string, DisparityMetric>>;
export type Measure = keyof typeof MEASURES;

/** Parities of two others, in the order in which they are derived. */
export const DERIVED = {
  'TypeI Parity': ['FDR Parity', 'FPR Parity'],
  'TypeII Parity': ['FOR Parity', 'FNR Parity'],
  'Equalized Odds': ['FPR Parity', 'TPR Parity'],
  'Unsupervised Fairness': ['Statistical Parity', 'Impact Parity'],
  'Supervised Fairness': ['TypeI Parity', 'TypeII Parity'],
} as const;
export type DerivedParity = keyof typeof DERIVED;
export type Parity = Measure | DerivedParity;

/** Every parity, in the library's order. */
export const PARITIES = [...Object.keys(MEASURES), ...Object.keys(DERIVED)] as readonly Parity[];

export type Determinations = Readonly<Record<Parity, Determination>>;

/** Fair if tau ≤ disparity ≤ 1 / tau. */
export function isFair(disparity: number, tau: number): Determination {
  return Number.isNaN(disparity) ? null : tau <= disparity && disparity <= 1 / tau;
}

/** Nothing of two nothings; otherwise both have to be fair, so that fair and nothing make unfair. */
function both(first: Determination, second: Determination): Determination {
  return first === null && second === null ? null : first === true && second === true;
}

/** `get_group_value_fairness` for one group. */
export function groupDeterminations({ disparities }: DisparityRow, tau: number): Determinations {
  const found = new Map<Parity, Determination>();
  for (const [measure, metric] of Object.entries(MEASURES)) {
    found.set(measure as Measure, isFair(disparities[metric].value, tau));
  }
  for (const [parity, [first, second]] of Object.entries(DERIVED)) {
    found.set(parity as DerivedParity, both(found.get(first) ?? null, found.get(second) ?? null));
  }
  return Object.fromEntries(found) as Determinations;
}

/** `get_group_attribute_fairness`: unfair if one group is, nothing only if all are nothing. */
export function attributeDeterminations(groups: readonly Determinations[]): Determinations {
  const ofAll = (parity: Parity): Determination => {
    const known = groups.map((group) => group[parity]).filter((determination) => determination !== null);
    return known.length === 0 ? null : known.every(Boolean);
  };
  return Object.fromEntries(PARITIES.map((parity) => [parity, ofAll(parity)])) as Determinations;
}

export const OVERALL = ['Unsupervised Fairness', 'Supervised Fairness', 'Overall Fairness'] as const;
export type Overall = (typeof OVERALL)[number];

/** `get_overall_fairness` over attributes: fair unless one is unfair. Attributes of which nothing is known are fair. */
export function overallDeterminations(attributes: readonly Determinations[]): Readonly<Record<Overall, boolean>> {
  const unsupervised = attributes.every((attribute) => attribute['Unsupervised Fairness'] !== false);
  const supervised = attributes.every((attribute) => attribute['Supervised Fairness'] !== false);
  return {
    'Unsupervised Fairness': unsupervised,
    'Supervised Fairness': supervised,
    'Overall Fairness': unsupervised && supervised,
  };
}
