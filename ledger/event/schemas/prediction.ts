import { defineEventSchema } from './define.ts';
import {
  artefactDigest,
  code,
  count,
  dataDigest,
  flag,
  interval,
  list,
  map,
  probability,
  quantity,
  text,
} from './members.ts';

/** What a model said about one case. */
export const PREDICTION = defineEventSchema('prediction', {
  title: 'Prediction',
  description: 'What a model said about one case. At least one of riskScore, label, scores or value.',
  properties: {
    riskScore: probability('Predicted probability of the event that the model is about.'),
    confidenceInterval: interval('Interval [low, high] around the score.'),
    confidenceLevel: probability('Level of that interval, e.g. 0.9.'),
    intervalMethod: code('Method of the interval, e.g. conformal.'),
    anomalyFlag: flag('Whether the input is unlike the data that the model was made for.'),
    anomalyScore: quantity('Anomaly score of the input.'),
    anomalyPValue: probability('Conformal p-value of the input.'),
    label: {
      description: 'Predicted class. A text is taken but not shown de-identified.',
      anyOf: [
        { type: ['boolean', 'integer'], 'x-deidentified': true },
        { type: 'string', minLength: 1, maxLength: 256 },
      ],
    },
    scores: map('Probability by class.', probability('Probability.')),
    value: quantity('Predicted value of a regression.'),
    threshold: quantity('Decision threshold in force.'),
    alert: flag('Whether the prediction raised an alert.'),
    inputDigest: dataDigest('Digest of the canonical input. Use a keyed one: inputs can be guessed.'),
    input: map('The input by feature, where it is to be replayable from the log alone.', {
      type: ['string', 'number', 'boolean', 'null', 'array', 'object'],
    }),
    featureCount: count('Number of input features.'),
    missingFeatures: list('Features without a value.', code('Feature.'), 10_000),
    modelDigest: artefactDigest('SHA-256 of the model artefact.'),
    runtime: code('Runtime that computed it.'),
    runtimeVersion: code('Its version.'),
    seed: count('Seed, where the computation is random.'),
    latencyMs: { description: 'Time the model took, ms.', type: 'number', minimum: 0, 'x-deidentified': true },
    displayed: flag('Whether a person saw it.'),
    note: text('Free text.'),
  },
  anyOf: [{ required: ['riskScore'] }, { required: ['label'] }, { required: ['scores'] }, { required: ['value'] }],
});
