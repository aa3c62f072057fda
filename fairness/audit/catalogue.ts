/**
 * The strict profile's metrics by name: what there is, what it means, and what is computed unless asked otherwise.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import { SCORE_METRICS } from '../metrics/scores/names.ts';
import { RATES, type RateName } from '../rates.ts';
import type { Profile } from '../types.ts';

/** What a figure of the metric is about: one group, one group against the reference, or all groups of an attribute together. */
export type Scope = 'group' | 'comparison' | 'attribute';
/** How a value reads, and how a bound applies: a ratio is beyond 0.8 below 0.8 and above 1.25; the others by size. */
export type Kind = 'count' | 'rate' | 'difference' | 'ratio' | 'index';

export type Family =
  'counts' | 'rates' | 'comparisons' | 'composites' | 'spreads' | 'distribution' | 'scores' | 'individuals';

export interface CatalogueEntry {
  readonly name: string;
  readonly scope: Scope;
  readonly kind: Kind;
  readonly family: Family;
  /** Computed where no metric is named. */
  readonly isDefault: boolean;
  /** In words and signs; `g` the group, `r` the reference. */
  readonly formula: string;
}

const RATE_FORMULAS: Readonly<Record<RateName, string>> = {
  base_rate: 'P / (P + N)',
  selection_rate: 'predicted positives / rows with a prediction',
  true_positive_rate: 'TP / (TP + FN)',
  false_negative_rate: 'FN / (TP + FN)',
  true_negative_rate: 'TN / (TN + FP)',
  false_positive_rate: 'FP / (TN + FP)',
  positive_predictive_value: 'TP / (TP + FP)',
  false_discovery_rate: 'FP / (TP + FP)',
  negative_predictive_value: 'TN / (TN + FN)',
  false_omission_rate: 'FN / (TN + FN)',
  accuracy: '(TP + TN) / (TP + FP + TN + FN)',
  error_rate: '(FP + FN) / (TP + FP + TN + FN)',
};

export const RATE_NAMES = Object.keys(RATES) as readonly RateName[];

/** Counts of a group by name: weighted sums. */
export const COUNT_FORMULAS = {
  num_instances: 'rows of g, weighted',
  num_positives: 'P: favourable labels',
  num_negatives: 'N: unfavourable labels',
  num_true_positives: 'TP',
  num_false_positives: 'FP',
  num_true_negatives: 'TN',
  num_false_negatives: 'FN',
  num_pred_positives: 'favourable predictions',
  num_pred_negatives: 'unfavourable predictions',
} as const;
export type CountName = keyof typeof COUNT_FORMULAS;

/** Counts and rates of scores over positives and negatives. */
export const GENERALIZED_FORMULAS = {
  num_generalized_true_positives: 'GTP: sum of s over positives',
  num_generalized_false_positives: 'GFP: sum of s over negatives',
  num_generalized_true_negatives: 'GTN: sum of 1 - s over negatives',
  num_generalized_false_negatives: 'GFN: sum of 1 - s over positives',
  generalized_true_positive_rate: 'GTP / P',
  generalized_false_negative_rate: 'GFN / P',
  generalized_false_positive_rate: 'GFP / N',
  generalized_true_negative_rate: 'GTN / N',
} as const;
export type GeneralizedName = keyof typeof GENERALIZED_FORMULAS;

/** Names of their own for comparisons of one rate. */
export const ALIASES = {
  disparate_impact: ['selection_rate', 'ratio'],
  statistical_parity_difference: ['selection_rate', 'difference'],
  equal_opportunity_difference: ['true_positive_rate', 'difference'],
} as const satisfies Readonly<Record<string, readonly [RateName, 'ratio' | 'difference']>>;

/** Comparisons of two rates at once. */
export const COMPOSITES = {
  average_odds_difference: '(FPR_g - FPR_r + TPR_g - TPR_r) / 2',
  average_abs_odds_difference: '(|FPR_g - FPR_r| + |TPR_g - TPR_r|) / 2',
  equalized_odds_difference: 'max(|FPR_g - FPR_r|, |TPR_g - TPR_r|)',
  average_predictive_value_difference: '(PPV_g - PPV_r + FOR_g - FOR_r) / 2',
} as const;
export type CompositeName = keyof typeof COMPOSITES;

const DEFAULT_RATES: ReadonlySet<string> = new Set<RateName>([
  'base_rate',
  'selection_rate',
  'true_positive_rate',
  'false_positive_rate',
  'positive_predictive_value',
  'negative_predictive_value',
  'accuracy',
]);
const DEFAULT_OTHERS: ReadonlySet<string> = new Set([
  'disparate_impact',
  'statistical_parity_difference',
  'equal_opportunity_difference',
  'false_positive_rate_difference',
  'positive_predictive_value_difference',
  'error_rate_difference',
  'average_odds_difference',
  'equalized_odds_difference',
  'selection_rate_spread',
  'true_positive_rate_spread',
  'false_positive_rate_spread',
]);

function rateEntries(): readonly CatalogueEntry[] {
  return RATE_NAMES.flatMap((name): CatalogueEntry[] => [
    {
      name,
      scope: 'group',
      kind: 'rate',
      family: 'rates',
      isDefault: DEFAULT_RATES.has(name),
      formula: RATE_FORMULAS[name],
    },
    entry(`${name}_difference`, 'comparison', 'difference', 'comparisons', `${name} of g - ${name} of r`),
    entry(`${name}_ratio`, 'comparison', 'ratio', 'comparisons', `${name} of g / ${name} of r`),
    entry(
      `${name}_spread`,
      'attribute',
      'difference',
      'spreads',
      `largest - smallest ${name} of the attribute's groups`,
    ),
  ]);
}

function entry(name: string, scope: Scope, kind: Kind, family: Family, formula: string): CatalogueEntry {
  return { name, scope, kind, family, isDefault: DEFAULT_OTHERS.has(name), formula };
}

/** Figures of the distribution of outcomes over groups. */
const DISTRIBUTION: readonly CatalogueEntry[] = [
  entry(
    'generalized_entropy_index',
    'group',
    'index',
    'distribution',
    'sum((b/mean b)^2 - 1) / (2 n), b = 1 + prediction - label',
  ),
  entry('theil_index', 'group', 'index', 'distribution', 'sum((b/mean b) ln(b/mean b)) / n'),
  entry('coefficient_of_variation', 'group', 'index', 'distribution', 'sqrt(2 generalized_entropy_index)'),
  entry(
    'between_all_groups_generalized_entropy_index',
    'attribute',
    'index',
    'distribution',
    'the index with b replaced by the mean of b in its group',
  ),
  entry(
    'between_all_groups_theil_index',
    'attribute',
    'index',
    'distribution',
    'theil_index with b replaced by the mean of b in its group',
  ),
  entry(
    'between_all_groups_coefficient_of_variation',
    'attribute',
    'index',
    'distribution',
    'sqrt(2 between_all_groups_generalized_entropy_index)',
  ),
  {
    ...entry(
      'smoothed_empirical_differential_fairness',
      'attribute',
      'index',
      'distribution',
      'largest |ln p_i - ln p_j| or |ln(1-p_i) - ln(1-p_j)|, p = (predicted positives + c/2) / (n + c)',
    ),
    isDefault: true,
  },
  entry(
    'differential_fairness_bias_amplification',
    'attribute',
    'difference',
    'distribution',
    'differential fairness of the predictions - of the labels',
  ),
  entry('class_imbalance', 'comparison', 'index', 'distribution', '(n_g - n_r) / (n_g + n_r)'),
  entry('kl_divergence', 'comparison', 'index', 'distribution', 'KL(selection of r || selection of g)'),
  entry(
    'conditional_demographic_disparity',
    'attribute',
    'index',
    'distribution',
    'mean over groups, weighted by size, of share of the rejected - share of the selected',
  ),
];

/** Figures of single persons and of subsets that nobody named beforehand: of the whole population. */
const INDIVIDUALS: readonly CatalogueEntry[] = [
  entry(
    'consistency',
    'group',
    'index',
    'individuals',
    '1 - mean |prediction - mean prediction of the 5 nearest rows by the features|',
  ),
  entry(
    'mdss_positive_scan',
    'group',
    'index',
    'individuals',
    'largest log-likelihood ratio, less 1 for each group named, of a subset with more favourable labels than its scores say',
  ),
  entry('mdss_negative_scan', 'group', 'index', 'individuals', 'the same with fewer'),
];
/** Scores of one group in the scan's measure. */
const GROUP_SCANS: readonly CatalogueEntry[] = [
  entry(
    'mdss_positive_score',
    'group',
    'index',
    'individuals',
    'log-likelihood ratio of more favourable labels in g than its scores say, less 1',
  ),
  entry('mdss_negative_score', 'group', 'index', 'individuals', 'the same of fewer'),
];

function sectionOf<N extends string>(
  formulas: Readonly<Record<N, string>>,
  shape: Pick<CatalogueEntry, 'scope' | 'family'> & { readonly kind: (name: string) => Kind },
): readonly CatalogueEntry[] {
  return Object.entries<string>(formulas).map(([name, formula]) =>
    entry(name, shape.scope, shape.kind(name), shape.family, formula),
  );
}

/** Every metric of the strict profile. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  ...sectionOf(COUNT_FORMULAS, { scope: 'group', family: 'counts', kind: () => 'count' }),
  ...sectionOf(GENERALIZED_FORMULAS, {
    scope: 'group',
    family: 'counts',
    kind: (name) => (name.endsWith('_rate') ? 'rate' : 'count'),
  }),
  ...rateEntries(),
  ...Object.entries(ALIASES).map(([name, [rate, kind]]) =>
    entry(name, 'comparison', kind, 'comparisons', kind === 'ratio' ? `${rate} of g / of r` : `${rate} of g - of r`),
  ),
  ...sectionOf(COMPOSITES, { scope: 'comparison', family: 'composites', kind: () => 'difference' }),
  ...DISTRIBUTION,
  ...INDIVIDUALS,
  ...GROUP_SCANS,
  ...SCORE_METRICS.map((metric) => ({ ...metric, family: 'scores' as const })),
];

const BY_NAME: ReadonlyMap<string, CatalogueEntry> = new Map(CATALOGUE.map((one) => [one.name, one]));

/** The strict profile's entry of this name. */
export function entryOf(name: string): CatalogueEntry | undefined {
  return BY_NAME.get(name);
}

/** What the libraries call parity, under names that the strict profile does not have. */
const LIBRARY_PARITY = /^(demographic_parity|equalized_odds|equal_opportunity)_(difference|ratio)$/;

/** How a value of this name reads, in any profile; `undefined`: nothing usual is known about it. */
export function kindOf(name: string): Kind | undefined {
  const known = BY_NAME.get(name)?.kind;
  if (known !== undefined) return known;
  if (name.endsWith('_disparity')) return 'ratio';
  const parity = LIBRARY_PARITY.exec(name)?.[2];
  return parity === 'ratio' || parity === 'difference' ? parity : undefined;
}

/** Asks for every metric. */
export const ALL_METRICS = 'all';

/**
 * The metrics of an audit: what was asked for, each once, in the order of the catalogue; the defaults where nothing was. A
 * library's profile computes what the library does, and shows the names asked for.
 *
 * @throws LedgerError `unknown_metric`
 */
export function metricNames(profile: Profile, asked: readonly string[] | undefined): readonly string[] {
  if (profile !== 'strict') return asked ?? [ALL_METRICS];
  if (asked === undefined) return CATALOGUE.filter(({ isDefault }) => isDefault).map(({ name }) => name);
  if (asked.includes(ALL_METRICS)) return CATALOGUE.map(({ name }) => name);
  const unknown = asked.findIndex((name) => !BY_NAME.has(name));
  if (unknown >= 0 || asked.length === 0) {
    throw new LedgerError(
      'unknown_metric',
      'The metric is not in the catalogue: vericlin fairness --list-metrics has the names.',
      {
        pointer: `/metrics/${Math.max(unknown, 0)}`,
      },
    );
  }
  const wanted = new Set(asked);
  return CATALOGUE.filter(({ name }) => wanted.has(name)).map(({ name }) => name);
}
