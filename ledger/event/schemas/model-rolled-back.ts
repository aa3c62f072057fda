import { defineEventSchema } from './define.ts';
import { artefactDigest, code, count, identifier, list, openChoice, text, time } from './members.ts';

/** A version of a model was taken out of use. */
export const MODEL_ROLLED_BACK = defineEventSchema('model_rolled_back', {
  title: 'Model rolled back',
  description: 'A version of a model was taken out of use. The envelope names that version.',
  properties: {
    restored: code('Version that is in use again; absent where none is.'),
    restoredDigest: artefactDigest('SHA-256 of its artefact.'),
    cause: openChoice('Cause.', ['alarm', 'drift', 'bias', 'safety_event', 'defect', 'policy', 'person']),
    affectedPredictions: count('Predictions made by the version while it was in doubt.'),
    site: identifier('Site or unit.'),
    approvers: list('Who approved.', identifier('Approver.'), 16),
    reason: text('Reason.'),
    effectiveAt: time('When it took effect.'),
  },
});
