import { defineEventSchema } from './define.ts';
import { artefactDigest, choice, code, count, list, text } from './members.ts';

/** The log was checked against itself. */
export const INTEGRITY_CHECK = defineEventSchema('integrity_check', {
  title: 'Integrity check',
  description: 'The log was checked against itself (45 CFR 164.312(c)). Completeness is told apart from integrity.',
  properties: {
    result: choice('Result.', ['ok', 'failed', 'incomplete']),
    check: code('What was checked, e.g. tree, restart, backup.'),
    from: count('First index checked.'),
    to: count('Index after the last one checked.'),
    size: count('Size of the log.'),
    root: artefactDigest('Root hash.'),
    expected: count('Entries expected.'),
    found: count('Entries found.'),
    problems: list('What was found wrong.', text('Problem.', 1024)),
    softwareVersion: code('Version of the verifier.'),
    durationMs: { description: 'Time taken, ms.', type: 'number', minimum: 0, 'x-deidentified': true },
  },
  required: ['result'],
});
