import { defineEventSchema } from './define.ts';
import { flag, identifier, text, uuid } from './members.ts';

/** A legal hold was set or lifted. */
export const LEGAL_HOLD = defineEventSchema('legal_hold', {
  title: 'Legal hold',
  description: 'A legal hold was set on a subject’s content, or lifted. While it is set, the content cannot be erased.',
  properties: {
    pseudonym: uuid('Pseudonym of the subject.'),
    hold: flag('Set or lifted.'),
    reason: text('Reason given.', 1024),
    matter: identifier('Reference of the matter.'),
    by: identifier('Principal that ordered it.'),
  },
  required: ['pseudonym', 'hold'],
});
