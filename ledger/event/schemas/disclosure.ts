import { defineEventSchema } from './define.ts';
import { choice, count, flag, group, identifier, text, time } from './members.ts';
import type { MemberSchema } from './schema-types.ts';

const RECIPIENT: MemberSchema = group(
  'Who received it (164.528(b)(2)(ii)).',
  { name: identifier('Name of the entity or person.'), address: text('Address, if known.', 1024) },
  ['name'],
);

const RESEARCH: MemberSchema = group('Research involving 50 or more individuals (164.528(b)(4)).', {
  protocol: text('Name of the protocol or activity.', 1024),
  purpose: text('Plain-language description and purpose.'),
  phiTypes: text('Type of PHI disclosed.', 1024),
  from: time('Start of the period.'),
  to: time('End of the period.'),
  sponsor: text('Sponsor: name, address, telephone.', 1024),
  researcher: text('Researcher: name, address, telephone.', 1024),
  mayNotHaveBeenDisclosed: flag('Whether the PHI of a given person may or may not have been disclosed.'),
});

/** PHI went to somebody outside. */
export const DISCLOSURE = defineEventSchema('disclosure', {
  title: 'Disclosure',
  description: 'PHI went to somebody outside. Carries what an accounting of disclosures needs (45 CFR 164.528(b)).',
  properties: {
    recipient: {
      description: 'Who received it.',
      anyOf: [RECIPIENT, { type: 'string', minLength: 1, maxLength: 256 }],
    },
    description: text('Brief description of the PHI disclosed.'),
    purpose: text('Brief statement of the purpose.'),
    accountable: flag('Whether it belongs in the accounting. A routine disclosure for treatment does not.'),
    reason: choice('Ground of the disclosure; decides whether it is accountable (164.528(a)(1)).', [
      'required_by_law',
      'public_health',
      'abuse_or_neglect',
      'health_oversight',
      'judicial_proceeding',
      'law_enforcement',
      'decedent',
      'organ_donation',
      'research',
      'serious_threat',
      'specialized_government_function',
      'workers_compensation',
      'impermissible',
      'business_associate',
      'treatment',
      'payment',
      'operations',
      'to_individual',
      'incidental',
      'authorization',
      'directory',
      'national_security',
      'correctional',
      'limited_data_set',
      'other',
    ]),
    disclosedAt: time('When, if not at occurredAt.'),
    request: identifier('Reference of the written request.'),
    repeated: group('Repeated disclosures to the same recipient for the same purpose (164.528(b)(3)).', {
      count: count('How many.', 1),
      frequency: text('How often.', 256),
      lastAt: time('Date of the last.'),
    }),
    research: RESEARCH,
    suspendedUntil: time('End of a suspension asked for by an oversight or law enforcement agency (164.528(a)(2)).'),
    method: choice('How.', ['electronic', 'paper', 'oral', 'fax', 'portal', 'api', 'other']),
    responsible: identifier('Who disclosed it.'),
  },
  required: ['recipient', 'description', 'purpose'],
});
