import { defineEventSchema } from './define.ts';
import { artefactDigest, code, identifier, list, openChoice, probability, text, time } from './members.ts';

/** A version of a model went into use. */
export const MODEL_PROMOTED = defineEventSchema('model_promoted', {
  title: 'Model promoted',
  description:
    'A version of a model went into use. The envelope names the version; refs name the decision and evaluations behind it.',
  properties: {
    stage: openChoice('Stage it went to.', ['shadow', 'canary', 'production']),
    replaces: code('Version that it replaces.'),
    replacesDigest: artefactDigest('SHA-256 of the artefact that it replaces.'),
    artifactDigest: artefactDigest('SHA-256 of its own artefact.'),
    share: probability('Share of the traffic.'),
    site: identifier('Site or unit.'),
    approvers: list('Who approved.', identifier('Approver.'), 16),
    reason: text('Reason.'),
    effectiveAt: time('When it took effect.'),
  },
});
