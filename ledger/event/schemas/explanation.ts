import { defineEventSchema } from './define.ts';
import {
  artefactDigest,
  choice,
  code,
  count,
  dataDigest,
  flag,
  group,
  list,
  openChoice,
  probability,
  quantity,
  quantityOrNull,
  RUNTIME_MEMBERS,
  uuid,
} from './members.ts';
import type { MemberSchema } from './schema-types.ts';

const ATTRIBUTION: MemberSchema = group(
  'Weight of one feature.',
  {
    feature: code('Name of the feature. A condition such as "60 < age" is taken but not shown de-identified.'),
    value: { description: 'Value of the feature in this case.', type: ['string', 'number', 'boolean', 'null'] },
    weight: quantity('Attribution.'),
    low: quantity('Lower end of its interval.'),
    high: quantity('Upper end of its interval.'),
    forcedZero: flag('Whether the method set it to zero rather than measured it.'),
  },
  ['feature', 'weight'],
);

/** Seed, samples and settings: without them an explanation cannot be repeated. */
const METHOD_MEMBERS: Readonly<Record<string, MemberSchema>> = {
  method: openChoice('Method.', [
    'lime',
    'kernel_shap',
    'linear_shap',
    'tree_shap',
    'exact_shap',
    'integrated_gradients',
    'grad_cam',
    'counterfactual',
  ]),
  methodVersion: code('Version of the method.'),
  seed: count('Seed of the random numbers.'),
  samples: count('Number of perturbed samples.'),
  kernelWidth: quantity('Kernel width.'),
  distance: code('Distance metric.'),
  discretizer: code('Discretiser.'),
  featureSelection: code('How features were selected.'),
  link: code('Link function, e.g. identity or logit.'),
  output: code('Which output is explained, e.g. probability or margin.'),
  perturbation: code('Perturbation mode, e.g. interventional.'),
  backgroundDigest: artefactDigest('SHA-256 of the background data.'),
  sampleDigest: artefactDigest('SHA-256 of the random samples, before they are placed around the case.'),
};

/** How far the explanation can be trusted. */
const CHECK_MEMBERS: Readonly<Record<string, MemberSchema>> = {
  intercept: quantity('Intercept or base value.'),
  localPrediction: quantity('What the explanation predicts for this case.'),
  modelPrediction: quantity('What the model predicts for this case.'),
  fidelity: quantityOrNull('Weighted R² of the local surrogate.'),
  locallyFaithful: flag('Whether fidelity is above the threshold in force.'),
  stability: group('Agreement over repeated runs.', {
    runs: count('Number of runs.'),
    jaccard: probability('Mean Jaccard index of the top features.'),
    kendallTau: quantity('Kendall rank correlation.'),
    signFlipRate: probability('Share of weights that changed sign.'),
    intervalOverlap: probability('Share of overlapping coefficient intervals.'),
    verdict: choice('Verdict.', ['stable', 'unstable', 'undefined', 'insufficient']),
  }),
  additivityError: quantity('|sum of attributions + base - prediction|.'),
  forcedZeros: count('Number of attributions the method set to zero.'),
  offManifoldShare: probability('Share of samples flagged as anomalous.'),
};

/** Why a model said what it said about one case. */
export const EXPLANATION = defineEventSchema('explanation', {
  title: 'Explanation',
  description:
    'Why a model said what it said about one case. Refer to the prediction in refs; a failed explanation has status.',
  properties: {
    ...METHOD_MEMBERS,
    ...CHECK_MEMBERS,
    ...RUNTIME_MEMBERS,
    prediction: uuid('Id of the explained prediction event.'),
    attributions: list('Weights by feature, most important first.', ATTRIBUTION, 10_000),
    inputDigest: dataDigest('Digest of the canonical input.'),
    status: choice('Whether there is an explanation.', ['ok', 'undefined', 'insufficient']),
    text: { description: 'The explanation in words.', type: 'string', minLength: 1, maxLength: 16_384 },
  },
  required: ['method'],
});
