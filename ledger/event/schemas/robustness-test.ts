import { defineEventSchema } from './define.ts';
import {
  artefactDigest,
  code,
  count,
  flag,
  openChoice,
  probability,
  quantity,
  results,
  RUNTIME_MEMBERS,
  text,
} from './members.ts';

/** How a model behaves on perturbed or hostile input. */
export const ROBUSTNESS_TEST = defineEventSchema('robustness_test', {
  title: 'Robustness test',
  description: 'How a model behaves on perturbed, missing or hostile input.',
  properties: {
    ...RUNTIME_MEMBERS,
    test: openChoice('Test.', [
      'fgsm',
      'pgd',
      'noise',
      'missing_values',
      'shift',
      'unit_error',
      'quantization',
      'replay',
    ]),
    epsilon: { description: 'Size of the perturbation.', type: 'number', minimum: 0, 'x-deidentified': true },
    norm: code('Norm of the perturbation, e.g. linf.'),
    cleanAccuracy: probability('Accuracy before.'),
    perturbedAccuracy: probability('Accuracy after.'),
    flipRate: probability('Share of decisions that changed.'),
    maxChange: quantity('Largest change of the score.'),
    n: count('Rows tested.'),
    seed: count('Seed.'),
    threshold: quantity('Threshold that the result is held against.'),
    passed: flag('Whether the test was passed.'),
    results: results('Results.'),
    datasetDigest: artefactDigest('SHA-256 of the rows.'),
    note: text('Free text.'),
  },
  required: ['test'],
});
