/**
 * Members of a `bias_metric` that holds a whole audit: everything that decided the result, the figures, the findings.
 *
 * @module
 */
import {
  attributeName,
  choice,
  closed,
  code,
  codeOrNull,
  count,
  flag,
  group,
  groupName,
  identifier,
  list,
  probability,
  quantity,
  quantityOrNull,
  RESULT_RULE,
  rowsDigest,
  text,
  time,
  version,
} from './members.ts';
import type { MemberSchema } from './schema-types.ts';

/** More are never computed in one audit. */
const MAX_FIGURES = 50_000;

const STATUS = choice('Whether there is a value, and if not, why.', ['ok', 'undefined', 'insufficient']);

const INTERVAL: MemberSchema = {
  description: 'Confidence interval; null where there is none.',
  anyOf: [
    {
      type: 'object',
      properties: {
        low: quantityOrNull('Lower end; null where it is unbounded.'),
        high: quantityOrNull('Upper end; null where it is unbounded.'),
        level: probability('Level, e.g. 0.95.'),
        method: code('Method, e.g. newcombe.'),
      },
      required: ['low', 'high', 'level', 'method'],
    },
    { type: 'null', 'x-deidentified': true },
  ],
};

const PARAMETERS: MemberSchema = {
  ...group('What the metric was asked with.', {
    of: code('What it is of: labels or predictions.'),
    method: code('How groups were compared.'),
    aggregation: code('How comparisons were put together.'),
    binning: code('How scores were put into bins.'),
    scoring: code('How a scan scores.'),
    direction: code('What a scan looks for.'),
    error: code('Which rows are counted.'),
    control: attributeName('Attributes that it was conditioned on.'),
    stratum: groupName('Their values.'),
  }),
  additionalProperties: {
    anyOf: [
      { type: 'number', 'x-deidentified': true },
      { type: 'string', maxLength: 256 },
    ],
  },
};

const FIGURE: MemberSchema = {
  type: 'object',
  properties: {
    name: code('Name of the metric.'),
    attribute: attributeName('Protected attribute, or several joined by *; null for the whole population.'),
    group: groupName('Group; null where the figure is about all groups of the attribute.', true),
    reference: groupName('Group that it is held against.', true),
    value: quantityOrNull('The value; null where there is none.'),
    status: STATUS,
    reason: codeOrNull('Why there is no value.'),
    where: choice('Which side of a comparison the reason is about.', ['group', 'reference', 'both']),
    numerator: quantityOrNull('Numerator of the value.'),
    denominator: quantityOrNull('Denominator of the value.'),
    form: choice('The value is the logarithm or the root of the fraction.', ['log', 'root']),
    n: count('Persons behind the figure.'),
    ci: INTERVAL,
    convention: code('Convention that was followed, e.g. strict@1.'),
    parameters: PARAMETERS,
    worstPair: list('The two groups furthest apart.', groupName('Group.'), 2),
    pValue: probability('Two-sided p-value of no difference from the reference.'),
    adjustedPValue: probability('The same, adjusted over the groups of the attribute.'),
    adjustment: code('How it was adjusted.'),
    shrunk: group('Empirical Bayes estimate.', {
      value: quantity('The estimate.'),
      low: quantity('Lower end.'),
      high: quantity('Upper end.'),
      method: code('Method.'),
    }),
    minimumDetectable: quantity('Smallest difference, or ratio, that these numbers of rows would show.'),
    libraryValue: choice('The value of the library, where it is no finite number.', ['NaN', 'Infinity', '-Infinity']),
    strict: group('The strict value beside that of a library.', {
      value: quantityOrNull('The value.'),
      status: STATUS,
      reason: codeOrNull('Why there is no value.'),
    }),
    note: text('What is to be known of the value.'),
    small: flag('The figure rests on, or would reveal, a cell of fewer than 11 persons.'),
  },
  required: ['name', 'attribute', 'group', 'reference', 'value', 'status', 'n', 'convention'],
  anyOf: RESULT_RULE,
};

const FINDING: MemberSchema = {
  type: 'object',
  properties: {
    figure: count('Position of the figure.'),
    name: code('Name of the metric.'),
    attribute: attributeName('Protected attribute.'),
    group: groupName('Group.', true),
    reference: groupName('Group that it is held against.', true),
    bound: quantity('The bound that the figure is beyond.'),
    strength: choice('Whether the whole interval is beyond the bound.', ['shown', 'possible']),
    words: text('The finding as a sentence.'),
    small: flag('The figure rests on, or would reveal, a cell of fewer than 11 persons.'),
  },
  required: ['figure', 'name', 'bound', 'strength'],
};

const names = (description: string, maxItems: number): MemberSchema => list(description, identifier('Name.'), maxItems);

/** What decided the result, every default filled in. Nothing else does. */
const OPTIONS = closed('What decided the result, beside the rows.', {
  favorable: names('Labels that count as favourable.', 1000),
  missing: names('Texts that stand for a missing value.', 1000),
  reference: {
    description: 'Reference group by attribute.',
    type: 'object',
    additionalProperties: identifier('Group.'),
  },
  referenceRule: code('How a reference is chosen where none is named.'),
  intersections: count('Combinations of up to so many attributes are groups as well.'),
  minimumCell: count('Smallest number of rows of a group for which figures are given.'),
  profile: code('Convention followed.'),
  metrics: list('Names of the metrics.', code('Name.')),
  thresholds: list('Thresholds of the score.', quantity('Threshold.')),
  bins: {
    description: 'Ranges of numeric attributes.',
    type: 'object',
    additionalProperties: closed('Ranges.', {
      edges: list('Where one range ends and the next begins.', quantity('Edge.')),
      names: names('Name of each range.', 1001),
    }),
  },
  level: probability('Level of the intervals.'),
  rateInterval: code('Interval of rates.'),
  ratioInterval: code('Interval of ratios.'),
  adjustment: code('Adjustment of p-values over groups.'),
  resamples: count('Resamples of the bootstrap.'),
  seed: text('Seed of the bootstrap and of permutations.', 256),
  bounds: { description: 'Bound by metric.', type: 'object', additionalProperties: quantity('Bound.') },
  tau: quantity('Bound of Aequitas.'),
  concentration: quantity('Of the smoothed differential fairness.'),
  control: names('Attributes that conditional figures are conditioned on.', 64),
});

const SOURCE = group(
  'Where the rows came from.',
  {
    kind: choice('Rows that were posted, or a window of the log.', ['rows', 'window']),
    model: group('The model that the window is about.', {
      name: identifier('Name.'),
      version: identifier('Version; absent: every one.'),
    }),
    from: time('Predictions that occurred from here on.'),
    to: time('Predictions that occurred before.'),
    size: count('Size of the log that was read.'),
    attributes: list('Where the attributes were looked up.', identifier('Name, or JSON Pointer into the payload.'), 64),
    threshold: quantity('Risk score from which on the event was predicted.'),
    predictionFrom: choice('Member of the prediction.', ['riskScore', 'alert', 'label']),
    inputs: list('Inputs that were held against the attributes.', identifier('Name, or JSON Pointer.'), 64),
    labelFrom: choice('What settles a prediction.', ['outcome', 'clinician_feedback']),
  },
  ['kind'],
);

const JOINED = group('What could be joined, and what could not.', {
  predictions: count('Predictions in the window.'),
  outcomes: count('Outcomes that refer to one of them.'),
  joined: count('Predictions that became a row.'),
  withoutOutcome: count('Predictions that nothing settles yet.'),
  withoutPrediction: count('Outcomes of the time that refer to no prediction.'),
  erased: count('Pairs whose content was erased.'),
  censored: count('Predictions whose case was lost from sight.'),
  superseded: count('Outcomes that a newer one of the same prediction took the place of.'),
  withoutAttributes: count('Pairs without any of the attributes.'),
  unusable: count('Pairs whose prediction or outcome holds no label or score of the kind asked for.'),
});

/** Members beside those of a single metric. */
export const AUDIT_MEMBERS: Readonly<Record<string, MemberSchema>> = {
  options: OPTIONS,
  rows: count('Rows of the audit.'),
  joined: JOINED,
  source: SOURCE,
  datasetDigest: rowsDigest('SHA-256 of the rows as encoded, format vericlin-rows/1.'),
  softwareVersion: version('Version of the program that computed it.'),
  codeVersion: code('Version of the algorithms: the same rows give the same bytes as long as it is the same.'),
  seed: text('Seed of the bootstrap and of permutations.', 256),
  figures: list('Every figure of the audit.', FIGURE, MAX_FIGURES),
  findings: list('Figures beyond their bound.', FINDING, MAX_FIGURES),
  notes: list('What was not computed, and why.', text('Note.')),
  section1557: {
    description:
      'View by 45 CFR 92.210: which protected attributes were inputs, which inputs stand for them, what was measured.',
    type: 'object',
  },
};

/** What makes a payload a whole audit. */
export const AUDIT_REQUIRED: MemberSchema = {
  required: [
    'audit',
    'profile',
    'options',
    'rows',
    'source',
    'datasetDigest',
    'software',
    'softwareVersion',
    'seed',
    'figures',
    'findings',
    'notes',
  ],
};
