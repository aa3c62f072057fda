import { defineEventSchema } from './define.ts';
import { artefactDigest, choice, code, count, group, identifier, list, map, text, time } from './members.ts';
import type { MemberSchema } from './schema-types.ts';

const FEATURE: MemberSchema = group('One input of the model.', {
  name: code('Name of the feature.'),
  type: choice('Kind of values.', ['number', 'integer', 'boolean', 'category', 'text', 'time', 'image', 'signal']),
  unit: text('Unit, UCUM where possible.', 64),
  categories: list('Allowed categories.', text('Category.', 256)),
});

/** A version of a model became known to the log. */
export const MODEL_REGISTERED = defineEventSchema('model_registered', {
  title: 'Model registered',
  description:
    'A version of a model became known: its artefact, inputs and model card. Attribute sets (45 CFR 170.315(b)(11), CHAI model card) are versioned and pluggable: they go into attributes under the name of the set.',
  properties: {
    artifactDigest: artefactDigest('SHA-256 of the model artefact.'),
    format: code('Format of the artefact, e.g. onnx.'),
    runtime: code('Runtime that the artefact is served with.'),
    runtimeVersion: code('Its version.'),
    task: choice('What the model does.', [
      'classification',
      'regression',
      'survival',
      'segmentation',
      'detection',
      'generation',
      'other',
    ]),
    features: list('Inputs of the model, in order.', FEATURE, 10_000),
    outputs: list('Names of the outputs.', code('Output.')),
    threshold: { description: 'Decision threshold.', type: 'number', 'x-deidentified': true },
    trainingDataDigest: artefactDigest('SHA-256 of the training data snapshot.'),
    backgroundDigest: artefactDigest('SHA-256 of the background data for explanations.'),
    calibrationDigest: artefactDigest('SHA-256 of the calibration data.'),
    modelCardDigest: artefactDigest('SHA-256 of the model card.'),
    rows: count('Rows of training data.'),
    developer: text('Who made the model.', 1024),
    udi: identifier('Unique device identifier, where the model is a medical device.'),
    intendedUse: text('Intended use.'),
    population: text('Population that the model is meant for.'),
    cautions: text('Known risks and out-of-scope uses.'),
    attributeSet: code('Name and version of the attribute set, e.g. hti-1/31.'),
    attributes: map('Attributes of that set; "not available" is a value.', {
      type: ['string', 'number', 'boolean', 'null', 'array', 'object'],
    }),
    approvedAt: time('When this version was approved.'),
  },
});
