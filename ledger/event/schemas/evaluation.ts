import { defineEventSchema } from './define.ts';
import {
  artefactDigest,
  code,
  count,
  flag,
  group,
  map,
  openChoice,
  probability,
  quantity,
  results,
  RUNTIME_MEMBERS,
  text,
  timeWindow,
} from './members.ts';

/** How well a model did on a data set. */
export const EVALUATION = defineEventSchema('evaluation', {
  title: 'Evaluation',
  description:
    'How well a model did on a data set or a period: discrimination, calibration, confusion counts, by subgroup where known.',
  properties: {
    ...RUNTIME_MEMBERS,
    metrics: {
      description: 'Numbers by name, or a list of results with intervals and reasons.',
      anyOf: [map('Numbers by name.', quantity('Value.')), results('Results.')],
    },
    confusion: group('Confusion counts.', {
      tp: count('True positives.'),
      fp: count('False positives.'),
      tn: count('True negatives.'),
      fn: count('False negatives.'),
    }),
    threshold: quantity('Decision threshold.'),
    n: count('Rows.'),
    prevalence: probability('Share of positives.'),
    split: openChoice('Which data.', ['train', 'validation', 'test', 'external', 'temporal', 'production', 'shadow']),
    labels: openChoice('Where labels come from.', ['observed', 'estimated']),
    estimator: code('Estimator, where labels are estimated, e.g. cbpe.'),
    datasetDigest: artefactDigest('SHA-256 of the rows.'),
    datasetName: text('Name of the data set.', 256),
    window: timeWindow('Period of the data.'),
    passed: flag('Whether the acceptance criteria were met.'),
    criteria: text('Acceptance criteria.'),
    note: text('Free text.'),
  },
  required: ['metrics'],
});
