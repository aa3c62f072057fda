import { defineEventSchema } from './define.ts';
import {
  artefactDigest,
  choice,
  code,
  count,
  flag,
  openChoice,
  probability,
  quantity,
  RESULT_MEMBERS,
  RESULT_RULE,
  RUNTIME_MEMBERS,
  timeWindow,
} from './members.ts';

/** A drift verdict. */
export const DRIFT_METRIC = defineEventSchema('drift_metric', {
  title: 'Drift metric',
  description:
    'A drift statistic against a reference, with a calibrated p-value and an effect size where both are known.',
  properties: {
    ...RESULT_MEMBERS,
    ...RUNTIME_MEMBERS,
    kind: openChoice('What drifted.', [
      'population',
      'device',
      'label',
      'concept',
      'prediction',
      'calibration',
      'explanation',
    ]),
    feature: code('Feature; absent for the whole input.'),
    stratum: code('Stratum, e.g. a device type or software version.'),
    detected: flag('Whether drift was found.'),
    verdict: choice('Verdict.', ['none', 'warning', 'drift', 'undefined', 'insufficient']),
    effectSize: quantity('Effect size.'),
    effectMeasure: code('Measure of the effect size, e.g. wasserstein_over_sd.'),
    correction: code('Correction for multiple tests, e.g. benjamini_hochberg.'),
    alpha: probability('Level of the test.'),
    arl0: {
      description: 'Average run length without drift.',
      type: 'number',
      exclusiveMinimum: 0,
      'x-deidentified': true,
    },
    statistic: quantity('Test or control-chart statistic.'),
    binning: code('Binning, where the statistic needs one.'),
    referenceDigest: artefactDigest('SHA-256 of the frozen reference profile.'),
    referenceN: count('Rows in the reference.'),
    window: timeWindow('Period of the data.'),
  },
  required: ['metric'],
  anyOf: RESULT_RULE,
});
