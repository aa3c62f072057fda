import { defineEventSchema } from './define.ts';
import { code, flag, openChoice, quantity, text, time } from './members.ts';

/** What became of the case. */
export const OUTCOME = defineEventSchema('outcome', {
  title: 'Outcome',
  description:
    'What became of the case. refs name the predictions that it settles. At least one of label, value or observed.',
  properties: {
    label: {
      description: 'True class. A text is taken but not shown de-identified.',
      anyOf: [
        { type: ['boolean', 'integer'], 'x-deidentified': true },
        { type: 'string', minLength: 1, maxLength: 256 },
      ],
    },
    value: quantity('True value of a regression.'),
    observed: flag('Whether the event that was predicted happened.'),
    name: code('What the outcome is about, e.g. readmission_30d.'),
    source: openChoice('Where it is known from.', ['ehr', 'registry', 'claims', 'adjudication', 'patient', 'device']),
    censored: flag('Whether the case was lost from sight before the end of the window.'),
    daysToOutcome: {
      description: 'Days from prediction to outcome.',
      type: 'number',
      minimum: 0,
      'x-deidentified': true,
    },
    observedAt: time('When it happened or became known.'),
    note: text('Free text.'),
  },
  anyOf: [{ required: ['label'] }, { required: ['value'] }, { required: ['observed'] }],
});
