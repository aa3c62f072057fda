import { defineEventSchema } from './define.ts';
import { artefactDigest, count, identifier, text, uuid } from './members.ts';

/** A subject's content was erased. */
export const KEY_SHREDDED = defineEventSchema('key_shredded', {
  title: 'Key shredded',
  description:
    'A subject’s data key and link were destroyed: its events can no longer be opened, their proofs still hold. Names the pseudonym, never the subject.',
  properties: {
    pseudonym: uuid('Pseudonym of the subject.'),
    reason: text('Reason given.', 1024),
    reasonDigest: artefactDigest('SHA-256 of the reason, where the text is kept elsewhere.'),
    erasedEvents: count('How many events can no longer be opened.'),
    erasedDigest: artefactDigest('SHA-256 over what was erased.'),
    by: identifier('Principal that ordered it.'),
    approvedBy: identifier('Second person, where two are needed.'),
  },
  required: ['pseudonym', 'erasedEvents'],
});
