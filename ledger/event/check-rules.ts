import { LedgerError } from '../errors.ts';
import type { Envelope } from '../types.ts';
import { EVENT_RULES, type EventRule } from './rules.ts';

function refuse(name: string, pointer: string): never {
  throw new LedgerError('unknown_member', `Events of this type take no ${name}.`, { pointer: `${pointer}/${name}` });
}

function need(name: string, pointer: string): never {
  throw new LedgerError('missing_member', `Events of this type need ${name}.`, { pointer: `${pointer}/${name}` });
}

function checkPatient(rule: EventRule, envelope: Envelope, pointer: string): void {
  if (rule.subject === 'forbidden') {
    if (envelope.subject !== undefined) refuse('subject', pointer);
    if (envelope.encounter !== undefined) refuse('encounter', pointer);
  } else if (rule.subject === 'required' && envelope.subject === undefined) {
    need('subject', pointer);
  }
}

function checkModel(rule: EventRule, envelope: Envelope, pointer: string): void {
  if (rule.model === 'forbidden' && envelope.model !== undefined) refuse('model', pointer);
  if (rule.model === 'required' && envelope.model === undefined) need('model', pointer);
}

function has(envelope: Envelope, alternative: EventRule['needsOneOf'][number]): boolean {
  switch (alternative) {
    case 'refs':
      return (envelope.refs?.length ?? 0) > 0;
    case 'payload.research':
      return envelope.payload['research'] !== undefined;
    default:
      return envelope[alternative] !== undefined;
  }
}

/**
 * Holds the envelope against the rule of its type.
 * @throws LedgerError `missing_member`, `unknown_member` (a known member that the type does not take)
 */
export function checkRules(envelope: Envelope, pointer: string): void {
  const rule = EVENT_RULES[envelope.type];
  checkPatient(rule, envelope, pointer);
  checkModel(rule, envelope, pointer);
  if ((envelope.refs?.length ?? 0) < rule.minRefs) need('refs', pointer);
  if (rule.needsOneOf.length > 0 && !rule.needsOneOf.some((alternative) => has(envelope, alternative))) {
    const names = rule.needsOneOf.join(' or ');
    throw new LedgerError('missing_member', `Events of this type need ${names}.`, { pointer });
  }
}
