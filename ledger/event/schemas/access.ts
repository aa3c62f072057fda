import { defineEventSchema } from './define.ts';
import { choice, code, count, flag, group, identifier, list, openChoice, text, time, uuid } from './members.ts';
import type { MemberSchema } from './schema-types.ts';

const BREAK_GLASS: MemberSchema = group('Emergency access (45 CFR 164.312(a)(2)(ii)).', {
  grant: uuid('Id of the grant.'),
  reason: text('Reason given.', 1024),
  minutes: { description: 'Length, minutes.', type: 'integer', minimum: 1, 'x-deidentified': true },
  expiresAt: time('When it ends.'),
  reviewed: flag('Whether it was reviewed.'),
});

/** Somebody read, searched, exported, or was refused. */
export const ACCESS = defineEventSchema('access', {
  title: 'Access',
  description:
    'Somebody read, searched or exported content, or was refused (45 CFR 164.312(b); FHIR AuditEvent). An EHR reports its own reads with it too.',
  properties: {
    action: choice('What was done.', [
      'read',
      'search',
      'export',
      'refused',
      'break_glass',
      'create',
      'update',
      'delete',
      'execute',
      'print',
      'login',
      'logout',
    ]),
    operation: code('Operation, e.g. an operationId or a FHIR interaction.'),
    outcome: choice('Outcome.', ['success', 'denied', 'failure']),
    by: group('Who.', {
      principal: identifier('Id of the key or token.'),
      role: code('Role.'),
      actor: identifier('Person or program.'),
      name: identifier('Name.'),
    }),
    client: identifier('Client application.'),
    sourceAddress: identifier('Network address.'),
    requestId: identifier('Id of the request.'),
    tokenId: identifier('jti of the token.'),
    purposeOfUse: code('HL7 v3 PurposeOfUse code.'),
    pseudonym: uuid('Pseudonym of the subject whose content it was.'),
    events: list('Events that were read, where they are more than refs takes.', uuid('Event id.')),
    count: count('How many events.'),
    resource: identifier('What was read outside this log.'),
    reason: openChoice('Why it was refused.', [
      'unauthenticated',
      'forbidden',
      'break_glass_required',
      'not_found',
      'legal_hold',
    ]),
    detail: { description: 'More about the operation.', type: 'object' },
    breakGlass: BREAK_GLASS,
  },
  required: ['action'],
});
