import { defineEventSchema } from './define.ts';
import { choice, code, flag, group, identifier, probability, text, time } from './members.ts';

/** What a clinician did with a prediction. */
export const CLINICIAN_FEEDBACK = defineEventSchema('clinician_feedback', {
  title: 'Clinician feedback',
  description:
    'What a clinician did with a prediction (HL7 CDS Hooks feedback; 45 CFR 170.315(b)(11)(ii)(C)). refs name the prediction.',
  properties: {
    outcome: choice('What the clinician did.', ['accepted', 'modified', 'overridden', 'ignored']),
    overrideReason: group('Why it was not followed.', {
      code: code('Coded reason.'),
      system: { description: 'URI of the code system.', type: 'string', minLength: 1, maxLength: 512 },
      display: text('Text of the code.', 512),
    }),
    userComment: text('Comment of the clinician.'),
    outcomeTimestamp: time('When the clinician acted.'),
    acceptedSuggestions: {
      description: 'Suggestions that were taken over.',
      type: 'array',
      items: identifier('Suggestion.'),
      maxItems: 100,
    },
    card: identifier('Id of the CDS Hooks card.'),
    correctedScore: probability('Score in the clinician’s judgement.'),
    correctedLabel: {
      description: 'Class in the clinician’s judgement. A text is taken but not shown de-identified.',
      anyOf: [
        { type: ['boolean', 'integer'], 'x-deidentified': true },
        { type: 'string', minLength: 1, maxLength: 256 },
      ],
    },
    intervention: text('Intervention that the prediction was for.', 1024),
    actionTaken: text('What was done instead or in consequence.', 1024),
    location: identifier('Where.'),
    safetyConcern: flag('Whether the clinician reports a safety concern.'),
    secondsToDecision: { description: 'Time to the decision, s.', type: 'number', minimum: 0, 'x-deidentified': true },
  },
  required: ['outcome'],
});
