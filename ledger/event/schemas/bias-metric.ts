import { AUDIT_MEMBERS, AUDIT_REQUIRED } from './audit-members.ts';
import { defineEventSchema } from './define.ts';
import {
  artefactDigest,
  code,
  count,
  flag,
  identifier,
  list,
  RESULT_MEMBERS,
  RESULT_RULE,
  RUNTIME_MEMBERS,
  text,
  time,
  timeWindow,
} from './members.ts';

/** Version 1: one metric over a population. */
export const BIAS_METRIC_1 = defineEventSchema('bias_metric', {
  title: 'Bias metric',
  description:
    'A fairness metric over a population (45 CFR 92.210). Either a number, or status undefined or insufficient with the reason.',
  properties: {
    ...RESULT_MEMBERS,
    ...RUNTIME_MEMBERS,
    attribute: code('Protected attribute.'),
    group: code('Group compared.'),
    reference: code('Reference group.'),
    intersection: list('Attributes that form the group together.', code('Attribute.'), 16),
    worstPair: list('The pair of groups furthest apart.', code('Group.'), 2),
    profile: code('Convention followed, e.g. aif360@0.6.'),
    favorableLabel: code('Label that counts as favourable.'),
    groupN: count('Rows in the group.'),
    referenceN: count('Rows in the reference group.'),
    minimumN: count('Smallest number for which a value is given.'),
    window: timeWindow('Period of the data.'),
    datasetDigest: artefactDigest('SHA-256 of the rows.'),
    audit: identifier('Id of the audit that this metric belongs to.'),
    mitigation: text('Mitigation decided.'),
    owner: identifier('Who owns the mitigation.'),
    dueAt: time('When it is due.'),
    accepted: flag('Whether the deviation was accepted.'),
  },
  required: ['metric'],
  anyOf: RESULT_RULE,
});

/** Version 2: one metric as in version 1, or a whole audit with all of its figures. */
export const BIAS_METRIC_2 = defineEventSchema(
  'bias_metric',
  {
    title: 'Bias metric',
    description:
      'Fairness over a population (45 CFR 92.210): one metric with a number, or status undefined or insufficient with the reason; or a whole audit with its figures.',
    properties: { ...BIAS_METRIC_1.properties, ...AUDIT_MEMBERS },
    anyOf: [{ required: ['metric'], anyOf: RESULT_RULE }, AUDIT_REQUIRED],
  },
  2,
);
